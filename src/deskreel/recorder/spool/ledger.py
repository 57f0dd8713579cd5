"""A recording's ledger: one line of JSON per acknowledged chunk, chunk given up, missing stretch, and mark.

Append-only and synced line by line. What a line says twice counts once, and a torn or damaged line counts as
not written: the chunk it was about is still in the spool and is sent again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from deskreel.core.chunk import ChunkMeta, Incident, Mark, check_digest
from deskreel.core.errors import InvalidInputError
from deskreel.core.time import WallTime, Window, merge
from deskreel.recorder.files import Filesystem

GivenUp = Literal["dropped", "quarantined", "expired"]
_GIVEN_UP: dict[str, GivenUp] = {why: why for why in get_args(GivenUp)}
MAX_MARKS = 10_000  # lines of one ledger; what comes after them is not noted
JOIN_MS = 50  # incidents of one cause this close to each other are one


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a ledger amounts to."""

    acknowledged: dict[int, ChunkMeta] = field(default_factory=dict[int, ChunkMeta])  # by sequence number
    given_up: dict[int, GivenUp] = field(default_factory=dict[int, GivenUp])  # their numbers stay used
    incidents: tuple[Incident, ...] = ()
    marks: list[Mark] = field(default_factory=list[Mark])  # in the order in which they were noted
    damaged: int = 0  # lines that say nothing
    torn: bool = False  # the last line has no end

    @property
    def last_seq(self) -> int:
        """The highest number used; 0 for none."""
        return max((*self.acknowledged, *self.given_up), default=0)

    @property
    def last_end(self) -> WallTime:
        """Until when there are chunks; 0 for none."""
        return WallTime(max((chunk.window.limit for chunk in self.acknowledged.values()), default=0))


def acknowledged_line(chunk: ChunkMeta) -> bytes:
    """A chunk that the gateway stored."""
    return _line(
        {
            "ack": chunk.seq,
            "start": chunk.start,
            "duration_ms": chunk.duration_ms,
            "keyframe": chunk.keyframe,
            "init": chunk.init,
            "digest": chunk.digest,
            "size": chunk.size,
        }
    )


def given_up_line(seq: int, why: GivenUp) -> bytes:
    """A chunk that will never be sent."""
    return _line({"gone": seq, "why": why})


def incident_line(incident: Incident) -> bytes:
    """A stretch that is missing."""
    window = incident.window
    return _line(
        {
            "missing": incident.reason,
            "start": window.start,
            "end": window.limit,
            "detail": incident.detail[:500],
        }
    )


def mark_line(mark: Mark) -> bytes:
    """Something that happened on the desktop."""
    return _line({"mark": mark.kind, "at": mark.at, "detail": dict(mark.detail)})


def replay(data: bytes) -> Account:
    """The account that a ledger's bytes amount to, whatever state they are in."""
    acknowledged: dict[int, ChunkMeta] = {}
    given_up: dict[int, GivenUp] = {}
    incidents: dict[Incident, None] = {}
    marks: dict[bytes, Mark] = {}
    damaged = 0
    for text in data.split(b"\n"):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
            if "ack" in line:
                chunk = _chunk(line)
                acknowledged.setdefault(chunk.seq, chunk)
            elif "gone" in line:
                given_up.setdefault(_whole(line["gone"]), _GIVEN_UP.get(line["why"], "dropped"))
            elif "mark" in line:
                marks.setdefault(text, _mark(line))
            else:
                incidents[_incident(line)] = None
        except (ValueError, KeyError, TypeError, InvalidInputError, RecursionError):
            damaged += 1
    return Account(
        acknowledged=acknowledged,
        given_up=given_up,
        incidents=tuple(incidents),
        marks=list(marks.values()),
        damaged=damaged,
        torn=bool(data) and not data.endswith(b"\n"),
    )


def merged_incidents(incidents: Iterable[Incident]) -> tuple[Incident, ...]:
    """Incidents of one reason that overlap or nearly touch become one, with the first one's detail."""
    ordered = sorted(incidents, key=lambda i: (i.window.start, i.window.limit))
    merged: list[Incident] = []
    for reason in {incident.reason: None for incident in ordered}:
        same = [incident for incident in ordered if incident.reason == reason]
        for window in merge((incident.window for incident in same), slack_ms=JOIN_MS):
            first = next(i for i in same if window.contains(i.window.start))
            merged.append(Incident(window=window, reason=reason, detail=first.detail))
    return tuple(sorted(merged, key=lambda i: (i.window.start, i.window.limit)))


class Ledger:
    """The file. `relief` is called when the disk is full, and says whether it freed something."""

    def __init__(self, path: Path, fs: Filesystem, relief: Callable[[], bool] = lambda: False) -> None:
        self._path = path
        self._fs = fs
        self._relief = relief
        try:
            self.account = replay(path.read_bytes())
        except FileNotFoundError:
            self.account = Account()
        self._torn = self.account.torn
        self._named = path.exists()

    def acknowledge(self, chunk: ChunkMeta) -> None:
        """Note a chunk that the gateway stored."""
        if chunk.seq not in self.account.acknowledged:
            self._append(acknowledged_line(chunk))
            self.account.acknowledged[chunk.seq] = chunk

    def give_up(self, seq: int, why: GivenUp, incident: Incident | None = None) -> None:
        """Note a chunk that will never be sent, and what is missing by it."""
        lines = given_up_line(seq, why)
        if incident is not None:
            lines = incident_line(incident) + lines
        self._append(lines)
        self.account.given_up[seq] = why
        self._count(incident)

    def miss(self, incident: Incident) -> None:
        """Note a missing stretch."""
        if incident.window.limit > incident.window.start and incident not in self.account.incidents:
            self._append(incident_line(incident))
            self._count(incident)

    def mark(self, mark: Mark) -> None:
        """Note something that happened; over the limit it is forgotten."""
        if len(self.account.marks) < MAX_MARKS:
            self._append(mark_line(mark))
            self.account.marks.append(mark)

    def _count(self, incident: Incident | None) -> None:
        if incident is not None:
            self.account = replace(self.account, incidents=(*self.account.incidents, incident))

    def _append(self, data: bytes) -> None:
        try:
            self._write(data)
        except OSError:
            if not self._relief():
                raise
            self._write(data)

    def _write(self, data: bytes) -> None:
        prefix = b"\n" if self._torn else b""
        self._torn = True  # until it is known to be whole
        self._fs.append(self._path, prefix + data)
        if not self._named:
            self._fs.sync_dir(self._path.parent)
            self._named = True
        self._torn = False


def _line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def _chunk(line: dict[str, Any]) -> ChunkMeta:
    return ChunkMeta(
        seq=_whole(line["ack"]),
        start=WallTime(_whole(line["start"])),
        duration_ms=_whole(line["duration_ms"]),
        keyframe=line["keyframe"] is True,
        init=check_digest(line["init"]),
        digest=check_digest(line["digest"]),
        size=_whole(line["size"]),
    )


def _mark(line: dict[str, Any]) -> Mark:
    detail = dict(line["detail"])
    if not all(isinstance(value, (str, int, float, bool)) for value in detail.values()):
        raise TypeError("not plain values")
    return Mark(at=WallTime(_whole(line["at"])), kind=str(line["mark"]), detail=detail)


def _incident(line: dict[str, Any]) -> Incident:
    window = Window(WallTime(_whole(line["start"])), WallTime(_whole(line["end"])))
    return Incident(window=window, reason=str(line["missing"]), detail=str(line["detail"]))


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError("not a whole number")
    return value
