"""What this process costs the desktop."""

from __future__ import annotations

import psutil

from deskreel.core.messages import Health


class ProcessHealth:
    """Reads the cost of this process."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._process.cpu_percent()  # the first reading begins the count

    def read(self) -> Health:
        """The cost since the last reading."""
        with self._process.oneshot():
            return Health(cpu_percent=self._process.cpu_percent(), rss_bytes=self._process.memory_info().rss)
