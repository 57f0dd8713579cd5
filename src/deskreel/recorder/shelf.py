"""The spool of one recording: its directory, and every change to it in an order that survives a crash.

The order of steps is the point of this module. A chunk is written aside, synced, then named; a fate
(acknowledged, given up, replaced) is in the ledger or in a new name before the old file goes. `recover` puts
right whatever a crash left half done, and costs at most the chunk that was being written.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from deskreel.core.chunk import ChunkMeta, Incident, sha256
from deskreel.core.ids import Digest, ScreenRecordingId
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime, Window
from deskreel.recorder import names
from deskreel.recorder.chunker import SealedChunk
from deskreel.recorder.files import Filesystem, write_atomic
from deskreel.recorder.ledger import Ledger

log = structlog.get_logger(__name__)
SetAside = Callable[[Path, str], None]  # moves a file into quarantine, with the reason


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingInfo:
    """What a spool must know of a recording to send it without having been told again."""

    screen_recording_id: ScreenRecordingId
    origin: WallTime  # zero of the media timeline
    gateway_url: str  # no trailing slash; empty when unknown


@dataclass(slots=True, kw_only=True)
class _Outage:
    """A stretch that the disk could not take, not yet in the ledger."""

    start: int
    end: int
    detail: str

    def incident(self) -> Incident:
        window = Window(WallTime(self.start), WallTime(self.end))
        return Incident(window=window, reason=ReasonCode.DISK_FULL, detail=self.detail)


class Shelf:
    """One recording's directory. Not for several threads at once; every change may raise OSError."""

    def __init__(
        self,
        directory: Path,
        info: RecordingInfo,
        fs: Filesystem,
        *,
        set_aside: SetAside,
        relief: Callable[[], bool],
    ) -> None:
        self.directory = directory
        self.info = info
        self._fs = fs
        self._set_aside = set_aside
        self.ledger = Ledger(directory / names.LEDGER, fs, relief)
        self.chunks: dict[int, ChunkMeta] = {}  # what waits, in the order of its numbers
        self.bytes = 0  # of the chunks
        self._inits: set[Digest] = set()
        self._next_seq = self.ledger.account.last_seq + 1
        self.open_since: WallTime | None = None  # capture is on
        self._killed_since: WallTime | None = None  # died while capture was on; until the next chunk
        self._outage: _Outage | None = None
        self._named = False  # recording.json is on the disk

    # --- beginning and end of capture -----------------------------------------------------------------------

    def open(self, at: WallTime) -> None:
        """Capture begins, or goes on after a crash."""
        if self.open_since is None:
            self.open_since = at
        self._write_down()

    def _write_down(self) -> None:
        if not self._named:
            self._fs.mkdir(self.directory)
            self._fs.sync_dir(self.directory.parent)
            document = {"origin": self.info.origin, "gateway_url": self.info.gateway_url}
            write_atomic(self._fs, self.directory / names.RECORDING, json.dumps(document).encode())
            self._named = True
        if self.open_since is not None and not (self.directory / names.OPEN).exists():
            mark = json.dumps({"since": self.open_since}).encode()
            write_atomic(self._fs, self.directory / names.OPEN, mark)

    def close(self, at: WallTime) -> None:
        """Capture is over, everything it made was added; what a crash cost lasts until `at` at most."""
        self._settle_losses(at)
        self.open_since = None
        self._fs.remove(self.directory / names.OPEN)
        if self.directory.exists():
            self._fs.sync_dir(self.directory)

    # --- chunks ---------------------------------------------------------------------------------------------

    def add(self, sealed: SealedChunk) -> ChunkMeta:
        """Take a chunk in: on return it survives everything."""
        meta = ChunkMeta(
            seq=self._next_seq,
            start=sealed.start_ms,
            duration_ms=sealed.duration_ms,
            keyframe=sealed.keyframe,
            init=sha256(sealed.init),
            digest=sha256(sealed.data),
            size=len(sealed.data),
        )
        self._write_down()
        if meta.init not in self._inits:
            write_atomic(self._fs, self.directory / names.init_name(meta.init), sealed.init)
            self._inits.add(meta.init)
        staged = self.directory / f"{meta.seq:08d}{names.PART_SUFFIX}"
        try:
            self._fs.write(staged, sealed.data)
            self._settle_losses(meta.start)  # before the chunk is there, or a crash would forget them
            self._fs.rename(staged, self.directory / names.chunk_name(meta))
        except OSError:
            self._fs.remove(staged)
            raise
        self._next_seq += 1  # from here on the number may be on the disk
        self._count(meta)
        self._fs.sync_dir(self.directory)
        return meta

    def miss(self, sealed: SealedChunk, detail: str) -> None:
        """A chunk that the disk could not take: noted as soon as the disk takes one again."""
        window = sealed.window
        if self._outage is None:
            self._outage = _Outage(start=window.start, end=window.limit, detail=detail)
        self._outage.end = max(self._outage.end, window.limit)

    @property
    def broken(self) -> bool:
        """A chunk is missing right before the next one, which must be a keyframe to be of use."""
        return self._outage is not None

    def _settle_losses(self, until: WallTime) -> None:
        if (since := self._killed_since) is not None:
            if until > since:
                self.ledger.miss(Incident(window=Window(since, until), reason=ReasonCode.RECORDER_KILLED))
            self._killed_since = None
        if self._outage is not None:
            self.ledger.miss(self._outage.incident())
            self._outage = None

    def replace(self, old: ChunkMeta, data: bytes, duration_ms: int) -> ChunkMeta:
        """The privacy cut: the chunk's bytes become `data`, under the same number."""
        new = replace(old, duration_ms=duration_ms, digest=sha256(data), size=len(data))
        staged = self.directory / f"{new.seq:08d}{names.PART_SUFFIX}"
        self._fs.write(staged, data)
        self._fs.rename(staged, self.directory / names.chunk_name(new))
        self._fs.sync_dir(self.directory)
        self._fs.remove(self.directory / names.chunk_name(old))
        self._fs.sync_dir(self.directory)
        self._discount(old)
        self._count(new)
        return new

    def acknowledge(self, meta: ChunkMeta) -> None:
        """The gateway has it."""
        self.ledger.acknowledge(meta)
        self._forget(meta)

    def drop(self, meta: ChunkMeta) -> None:
        """Delete a chunk that must not leave."""
        self.ledger.give_up(meta.seq, "dropped")
        self._forget(meta)

    def quarantine(self, meta: ChunkMeta, reason: str) -> None:
        """Put a chunk aside that is damaged or that the gateway refuses for good."""
        incident = Incident(window=meta.window, reason=ReasonCode.CHUNK_QUARANTINED, detail=reason[:500])
        self.ledger.give_up(meta.seq, "quarantined", incident)
        self._set_aside(self.directory / names.chunk_name(meta), reason)
        self._discount(meta)

    def _forget(self, meta: ChunkMeta) -> None:
        self._fs.remove(self.directory / names.chunk_name(meta))
        self._fs.sync_dir(self.directory)
        self._discount(meta)

    def _count(self, meta: ChunkMeta) -> None:
        in_order = not self.chunks or meta.seq > next(reversed(self.chunks))
        self.chunks[meta.seq] = meta
        self.bytes += meta.size
        if not in_order:
            self.chunks = dict(sorted(self.chunks.items()))

    def _discount(self, meta: ChunkMeta) -> None:
        if self.chunks.pop(meta.seq, None) is not None:
            self.bytes -= meta.size

    # --- after a crash --------------------------------------------------------------------------------------

    def recover(self) -> None:
        """Take stock of the directory and put right what a crash left half done."""
        self._named = read_info(self.directory, self.info.screen_recording_id) is not None
        for path in sorted(self.directory.iterdir()):
            if path.suffix == names.PART_SUFFIX:
                self._fs.remove(path)
            elif (init := names.parse_init_name(path.name)) is not None:
                self._inits.add(init)
            elif path.name not in (names.RECORDING, names.OPEN, names.LEDGER):
                self._recover_chunk(path)
        account = self.ledger.account
        self._next_seq = max(account.last_seq, *self.chunks, 0) + 1
        self.open_since = self._read_open()
        if self.open_since is not None:
            ends = (chunk.window.limit for chunk in self.chunks.values())
            self._killed_since = WallTime(max(self.open_since, account.last_end, *ends))
        if account.damaged:
            log.warning("spool.ledger_damaged", recording=self.directory.name, lines=account.damaged)

    def _recover_chunk(self, path: Path) -> None:
        meta = names.parse_chunk_name(path.name, path.stat().st_size)
        account = self.ledger.account
        if meta is None:
            self._set_aside(path, "the name is not that of a chunk")
        elif meta.seq in account.acknowledged or account.given_up.get(meta.seq) == "dropped":
            self._fs.remove(path)
        elif meta.seq in account.given_up:
            self._set_aside(path, "put aside before, when the recorder was ended")
        elif (twin := self.chunks.get(meta.seq)) is None:
            self._count(meta)
        else:  # a crash in `replace`: the shorter one is what may leave
            shorter, longer = sorted((meta, twin), key=lambda chunk: chunk.duration_ms)
            self._fs.remove(self.directory / names.chunk_name(longer))
            self._discount(twin)
            self._count(shorter)

    def _read_open(self) -> WallTime | None:
        path = self.directory / names.OPEN
        if not path.exists():
            return None
        try:
            return WallTime(int(json.loads(path.read_bytes())["since"]))
        except (ValueError, KeyError, TypeError):
            return self.info.origin


def read_info(directory: Path, recording: ScreenRecordingId) -> RecordingInfo | None:
    """What `recording.json` says; None when it is missing or damaged."""
    try:
        document = json.loads((directory / names.RECORDING).read_bytes())
        return RecordingInfo(
            screen_recording_id=recording,
            origin=WallTime(int(document["origin"])),
            gateway_url=str(document["gateway_url"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
