"""What the desk needs of the capture."""

from __future__ import annotations

from typing import Protocol

from deskreel.core.policy import CapturePolicy
from deskreel.core.time import WallTime
from deskreel.recorder.capture.job import CaptureJob
from deskreel.recorder.capture.look_back import LookBack


class Capture(Protocol):
    """What captures; its methods may block for seconds (`capture.CaptureLoop`)."""

    def start(self, job: CaptureJob) -> None:
        """Capture `job` from now on."""
        ...

    def boundary(self) -> None:
        """Begin a chunk with a keyframe; does not block."""
        ...

    def apply(self, policy: CapturePolicy) -> None:
        """Go on by this policy; does not block."""
        ...

    def stop(self, at: WallTime | None = None) -> bool:
        """Capture nothing any more."""
        ...

    def look_back(self, what: LookBack | None) -> bool:
        """While there is no job, remember the screen; None: forget it. `start` ends it too."""
        ...

    def flush(self) -> bool:
        """Wait until everything was handed over; False when it was not."""
        ...
