"""The demo's last words: what the recorder took, and the figures on the terminal."""

from __future__ import annotations

import psutil
from rich.console import Console
from rich.table import Table

from deskreel.demo.figures import Summary


class Usage:
    """CPU and memory of the recorder's process tree between two moments."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._process.cpu_percent(None)
        self.cpu_percent = 0.0
        self.rss_mb = 0.0

    def stop(self) -> None:
        """Take the figures."""
        self.cpu_percent = self._process.cpu_percent(None)
        self.rss_mb = self._process.memory_info().rss / 1e6


def show(summary: Summary, sign_in: str, console: Console) -> None:
    """Print them; `sign_in` is how the reviewer gets in."""
    table = Table(box=None, show_header=False, padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    rows = [
        ("event → first frame", f"{summary.first_frame_ms} ms"),
        ("frames stored from the pause", str(summary.frames_after_pause)),
        ("call end → playable", f"{summary.playable_after_end_ms} ms"),
        ("end of ACW → finished MP4", f"{summary.available_after_acw_ms} ms"),
        ("coverage", f"{summary.coverage:.2%}" + _why(summary)),
        ("screen to audio", f"± {summary.sync_ms} ms (uncertainty of the clock offset)"),
        ("screen recording", f"{summary.bytes_per_hour / 1e6:.0f} MB an hour at this activity"),
        ("recorder", f"{summary.recorder_cpu_percent} % of a core, {summary.recorder_rss_mb:.0f} MB"),
    ]
    for name, value in rows:
        table.add_row(f"[dim]{name}[/]", value)
    console.print()
    console.print(table)
    console.print()
    for name, value in (
        ("MP4    ", summary.mp4),
        ("page   ", summary.url),
        ("sign in", sign_in),
    ):
        console.print(f"  [bold]{name}[/]  {value}", soft_wrap=True)


def _why(summary: Summary) -> str:
    reasons = [f"{span['end'] - span['start']} ms {span['reason']}" for span in summary.missing]
    return f" [dim](missing: {', '.join(reasons)})[/]" if reasons else ""
