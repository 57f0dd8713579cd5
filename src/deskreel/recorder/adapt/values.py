"""What adaptation goes by and what it decides: readings, rules, and the limits in force. Pure values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """How desktop, disk and link are. None: not known."""

    at_ms: int  # of a steady clock
    machine_cpu_percent: float | None = None  # of all cores, since the readings before
    frame_ms: float | None = None  # median of look to encoded, of the frames since then
    room_bytes: int | None = None  # what the spool may still grow by
    backlog_bytes: int = 0  # waiting for upload
    backlog_ms: int | None = None  # age of the oldest chunk that waits
    upload_kbps: float | None = None  # while something was being sent
    loss_percent: float | None = None
    jitter_ms: float | None = None
    rtt_ms: float | None = None
    live: bool = False  # a live view is being sent, and can be given up


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Where pressure begins, and the paces."""

    cpu_percent: float = 80.0
    frame_share: float = 0.8  # of the time that a frame rate leaves for a frame
    room_bytes: int = 512 * 1024 * 1024
    loss_percent: float = 2.0
    jitter_ms: float = 400.0
    rtt_ms: float = 1000.0
    uplink_kbps: float = 500.0
    behind_ms: int = 10_000  # a backlog this old: the rate of the upload is that of the link
    worse_ms: int = 5_000  # pressure lasts this long before each step down
    calm_ms: int = 30_000  # calm lasts this long before each step up
    max_calm_ms: int = 480_000  # …at most, after steps up that were too early
    calm_share: float = 0.85  # below this share of a limit is calm; between is neither


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What applies with no pressure."""

    max_fps: int
    upload_kbps: int | None = None  # of the backlog; None: no limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What applies now."""

    max_fps: int  # frames per second
    quality: int  # steps below the best: 0, 1, 2
    scale: float  # of the picture's detail: 1.0, 0.75, 0.5
    upload_kbps: int | None  # of the backlog; None: no limit
    live: bool  # whether a live view may be sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Adaptation:
    """One decision in force."""

    what: str  # "3 frames per second"
    why: str  # "machine CPU 91 %, limit 80 %"
    picture: bool  # it concerns the recording, not only the upload

    @property
    def text(self) -> str:
        """For people."""
        return f"{self.what}: {self.why}"
