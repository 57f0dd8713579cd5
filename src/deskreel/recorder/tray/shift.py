"""Once per shift: whether the notice is to be acknowledged now, and the file that remembers that it was.

A shift ends when the agent signs out, at the desktop (another session of it) or at the telephony (a status that
says so), when another agent takes the recorder over, when the notice has another text, or after twelve hours.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import structlog

from deskreel.core.messages import SIGNED_OUT
from deskreel.core.policy import Notice
from deskreel.core.time import WallTime
from deskreel.recorder.files import Filesystem, OsFilesystem, write_atomic
from deskreel.recorder.status.status import RecorderStatus

log = structlog.get_logger(__name__)
SHIFT_MS = 12 * 3600 * 1000
FILE = "acknowledged.json"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """That the agent confirmed the notice."""

    agent: str  # digest of the name
    session: str  # of the desktop
    notice: str  # digest of the text
    at: WallTime
    told: bool = False  # the server has it


def due(status: RecorderStatus, last: Acknowledgement | None, *, session: str, notice: str) -> bool:
    """Whether to ask the agent now. Pure."""
    if status.policy.notice is not Notice.ACKNOWLEDGEMENT or status.agent is None or signed_out(status):
        return False
    if last is None or (last.agent, last.session) != (digest(status.agent.name), session):
        return True
    return last.notice != digest(notice) or not 0 <= status.at - last.at < SHIFT_MS


def signed_out(status: RecorderStatus) -> bool:
    """Whether the agent's status says that their shift is over."""
    said = status.agent.status if status.agent is not None else None
    return said is not None and said.casefold() in SIGNED_OUT


def digest(text: str) -> str:
    """Enough of a digest to tell texts apart."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def desktop_session() -> str:
    """Names this session of the desktop: another after signing in anew or starting the machine."""
    boot = _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""
    return f"{boot}/{os.environ.get('XDG_SESSION_ID', '')}"


class ShiftLog:
    """The last acknowledgement, kept in the recorder's directory."""

    def __init__(
        self, home: Path, *, notice: str, session: str | None = None, fs: Filesystem | None = None
    ) -> None:
        self._path = home / FILE
        self._fs = fs or OsFilesystem()
        self.notice = notice
        self._session = desktop_session() if session is None else session
        self._last = self._load()

    def due(self, status: RecorderStatus) -> bool:
        """Whether to ask now; a sign-out ends what was acknowledged before."""
        if self._last is not None and signed_out(status) and self._last.told:
            self._keep(None)
        return due(status, self._last, session=self._session, notice=self.notice)

    @property
    def untold(self) -> bool:
        """Whether the server does not have the last acknowledgement yet."""
        return self._last is not None and not self._last.told

    def acknowledged(self, status: RecorderStatus) -> None:
        """The agent confirmed the notice just now."""
        name = "" if status.agent is None else status.agent.name
        made = Acknowledgement(
            agent=digest(name), session=self._session, notice=digest(self.notice), at=status.at
        )
        self._keep(made)

    def told(self) -> None:
        """The server has it."""
        if self._last is not None:
            self._keep(replace(self._last, told=True))

    def _keep(self, made: Acknowledgement | None) -> None:
        self._last = made
        try:
            if made is None:
                self._fs.remove(self._path)
            else:
                write_atomic(self._fs, self._path, json.dumps(asdict(made)).encode())
        except OSError as error:  # then it is remembered until the recorder ends
            log.warning("notice.not_remembered", error=str(error))

    def _load(self) -> Acknowledgement | None:
        try:
            return Acknowledgement(**json.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            log.warning("notice.unreadable", error=str(error))
            return None
