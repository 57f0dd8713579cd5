"""News of how the recorder is: whenever that changed, the file gets it, and whoever listens in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from deskreel.recorder.status.reporter import same_but_for_time
from deskreel.recorder.status.status import RecorderStatus, StatusFile


class StatusNews:
    """Compares what `read` says with what was told last; on the event loop's thread."""

    def __init__(
        self, directory: Path, read: Callable[[], RecorderStatus], listener: Callable[[RecorderStatus], None]
    ) -> None:
        self.file = StatusFile(directory)
        self._read = read
        self._listener = listener
        self._told: RecorderStatus | None = None

    def tell(self) -> None:
        """If anything changed."""
        status = self._read()
        if self._told is None or not same_but_for_time(self._told, status):
            self._told = status
            self.file.put(status)
            self._listener(status)

    def idle(self) -> bool:
        """Whether, as told last, it is connected and records nothing."""
        status = self._told
        return status is not None and status.connected and status.screen_recording_id is None
