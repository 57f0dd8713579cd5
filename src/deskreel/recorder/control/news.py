"""What comes of the capture, and who hears of it: the desk of everything, the uploader of new chunks."""

from __future__ import annotations

from collections.abc import Callable

from deskreel.recorder.capture.job import CaptureJob
from deskreel.recorder.control.desk import Desk


class CaptureNews:
    """The capture's news: all for the desk, a new chunk also for whoever has it sent."""

    def __init__(self, desk: Desk, have_sent: Callable[[], None]) -> None:
        self._have_sent = have_sent
        self.first_frame = desk.first_frame
        self.capture_problem = desk.capture_problem
        self.spool_full = desk.spool_full
        self._spooled = desk.spooled

    def spooled(self, job: CaptureJob) -> None:
        """A chunk is safe on the disk."""
        self._spooled(job)
        self._have_sent()
