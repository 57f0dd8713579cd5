"""What this process costs the desktop, and what is left of it for others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """A reading; percentages are since the reading before."""

    cpu_percent: float  # of this process, of one core
    machine_cpu_percent: float  # of all cores
    rss_bytes: int  # resident memory of this process
    disk_free_bytes: int | None  # where the spool is; None: it cannot be asked


class ProcessHealth:
    """Reads the cost of this process; `directory` is on the disk that fills."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process = psutil.Process()
        self._process.cpu_percent()  # the first readings begin the count
        psutil.cpu_percent()

    def read(self) -> Costs:
        """The cost since the last reading."""
        try:
            free = psutil.disk_usage(str(self._directory)).free
        except OSError:
            free = None
        return Costs(
            cpu_percent=self._process.cpu_percent(),
            machine_cpu_percent=psutil.cpu_percent(),
            rss_bytes=self._process.memory_info().rss,
            disk_free_bytes=free,
        )
