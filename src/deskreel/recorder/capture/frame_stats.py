"""What frames cost and which were missed: written by the capture's thread, read by any."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass

_KEPT = 100  # frame times


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameCost:
    """Where the time of one frame went, in seconds."""

    look_s: float = 0.0  # asking the display
    draw_s: float = 0.0  # scaling and converting
    encode_s: float = 0.0

    @property
    def total_s(self) -> float:
        """All of it."""
        return self.look_s + self.draw_s + self.encode_s

    @property
    def slowest(self) -> str:
        """What took longest, as the reason for a dropped slot."""
        return max(
            ("screen_slow", self.look_s), ("drawing_slow", self.draw_s), ("encoder_slow", self.encode_s),
            key=lambda stage: stage[1],
        )[0]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureStats:
    """Since the program began."""

    frames: int  # encoded
    frame_ms: tuple[float, ...]  # from looking at the screen until the frame is in the encoder; the last ones
    dropped_slots: dict[str, int]  # in which something changed and no frame was taken, by reason


class FrameMeter:
    """Counts. A slot is one period of the frame rate."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frames = 0
        self._frame_ms: deque[float] = deque(maxlen=_KEPT)
        self._dropped: Counter[str] = Counter()

    def frame(self, cost: FrameCost) -> None:
        """A frame went into the encoder."""
        with self._lock:
            self._frames += 1
            self._frame_ms.append(cost.total_s * 1000)

    def late(self, elapsed_s: float, slot_s: float, before: FrameCost) -> None:
        """A change waited; `elapsed_s` after the frame `before` was taken it is looked at."""
        slots = int(elapsed_s / slot_s + 0.01) - 1
        if slots > 0:
            reason = before.slowest if before.total_s >= slot_s else "machine_busy"
            with self._lock:
                self._dropped[reason] += slots

    def read(self) -> CaptureStats:
        """As it stands."""
        with self._lock:
            return CaptureStats(
                frames=self._frames, frame_ms=tuple(self._frame_ms), dropped_slots=dict(self._dropped)
            )
