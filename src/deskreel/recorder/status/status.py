"""How the recorder is, in one value: for the tray, `deskreel recorder status` and the diagnostics bundle.

Flows one way: the desk makes a new status when something changed, everyone else looks at it. `StatusFile` keeps
the last one in the recorder's directory, so that another process can look too.
"""

from __future__ import annotations

import asyncio
import math
import os
import time
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import structlog
from pydantic import TypeAdapter, ValidationError

from deskreel.core.ids import ScreenRecordingId
from deskreel.core.messages import AgentDesk, Health, MonitorInfo, Phase
from deskreel.core.policy import CapturePolicy
from deskreel.core.time import WallTime

log = structlog.get_logger(__name__)
FILE = "status.json"
_LOCK = ".lock"  # of a spool, as `spool` names it
_EVERY_S = 1.0  # the file is written at most this often
_FRESH_S = 30.0  # a recorder that runs writes more often


class Mood(StrEnum):
    """What the tray icon shows."""

    IDLE = "idle"  # connected, nothing to capture
    RECORDING = "recording"
    PAUSED = "paused"
    ACW = "acw"
    OFFLINE = "offline"  # no connection to the server
    PROBLEM = "problem"  # something needs a person


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderStatus:
    """A reading; JSON by way of `to_json`."""

    at: WallTime  # when it was made
    mood: Mood
    connected: bool
    server_url: str
    recorder_id: str
    agent: AgentDesk | None
    policy: CapturePolicy
    screen_recording_id: ScreenRecordingId | None  # being captured
    since: WallTime | None  # since when the mood stands
    problem: str | None  # a ReasonCode or error code
    problem_text: str  # what is wrong
    hint: str  # and what to do
    backlog_chunks: int  # waiting for upload
    backlog_bytes: int
    health: Health = field(default_factory=Health)
    monitors: tuple[MonitorInfo, ...] = ()
    watched: bool = False  # somebody watches the screen live, and the agent is to be told
    version: str = ""


_MOODS = {Phase.RECORDING: Mood.RECORDING, Phase.PAUSED: Mood.PAUSED, Phase.ACW: Mood.ACW}


def mood_of(*, phase: Phase, problem: bool, connected: bool) -> Mood:
    """What to show first: what needs a person, then whether the screen is recorded, then the connection."""
    if problem:
        return Mood.PROBLEM
    return _MOODS.get(phase) or (Mood.IDLE if connected else Mood.OFFLINE)


_STATUS: TypeAdapter[RecorderStatus] = TypeAdapter(RecorderStatus)


def to_json(status: RecorderStatus) -> bytes:
    """For a file or a terminal."""
    return _STATUS.dump_json(status, indent=1)


def from_json(data: bytes) -> RecorderStatus | None:
    """The status in a file; None when it is none, such as one of another version."""
    try:
        return _STATUS.validate_json(data)
    except ValidationError:
        return None


def load(directory: Path) -> RecorderStatus | None:
    """The last status of the recorder in `directory`; None when it never ran, or as `from_json`."""
    try:
        return from_json((directory / FILE).read_bytes())
    except OSError:
        return None


def runs(directory: Path, spool: Path) -> bool:
    """Whether a recorder is at work in `directory`: it holds the lock of its `spool`."""
    try:
        import fcntl
    except ImportError:  # no locks of this kind: a file that is fresh must do
        return _age_s(directory / FILE) < _FRESH_S
    try:
        descriptor = os.open(spool / _LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return math.inf


class StatusFile:
    """Keeps the file fresh: `put` as often as you like, `run` writes the newest at most once a second."""

    def __init__(self, directory: Path, *, every_s: float = _EVERY_S) -> None:
        self._path = directory / FILE
        self._every_s = every_s
        self._news = asyncio.Event()
        self._latest: RecorderStatus | None = None
        self._broken = False

    def put(self, status: RecorderStatus) -> None:
        """The status that is to stand in the file."""
        self._latest = status
        self._news.set()

    async def run(self) -> None:
        """Write for ever."""
        while True:
            await self._news.wait()
            self._news.clear()
            await asyncio.to_thread(self.write)
            await asyncio.sleep(self._every_s)

    def write(self) -> None:
        """Write the newest now. A disk that does not take it is logged once: this is a convenience."""
        if self._latest is None:
            return
        staged = self._path.with_name(self._path.name + ".part")
        try:
            # without a sync: after a power cut an empty file is as good as an old one
            descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as out:
                out.write(to_json(self._latest))
            staged.replace(self._path)
            self._broken = False
        except OSError as error:
            if not self._broken:
                log.warning("status.not_written", error=str(error))
            self._broken = True
