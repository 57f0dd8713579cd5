"""Runs benchmarks one after the other, prints their figures and keeps them in `bench-out/results.json`."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.figures import Figure, merged, rounded
from bench.registry import Benchmark

RESULTS = Path("bench-out") / "results.json"
_WIDTH = 120


def run(benchmarks: Sequence[Benchmark], *, results: Path = RESULTS, console: Console | None = None) -> int:
    """Run them; gives the exit code: 1 when one crashed, whatever the figures are."""
    console = console or _console()
    figures: list[Figure] = []
    rows: list[dict[str, Any]] = []
    ran: list[str] = []
    busy = os.getloadavg()[0]
    for benchmark in benchmarks:
        load = round(os.getloadavg()[0], 1)  # of others, if the machine is not ours alone
        measured = _run_one(benchmark, console)
        if measured is None:
            continue
        at = datetime.now(UTC).isoformat(timespec="seconds")
        ran.append(benchmark.name)
        figures += measured
        rows += [
            {**figure.row(), "benchmark": benchmark.name, "at": at, "load_before": load}
            for figure in measured
        ]
        write(results, rows, ran)  # now, so that a crash or Ctrl-C later loses nothing
    if figures:
        console.print(table(figures))
        _print_notes(figures, console)
        console.print(f"\n{os.cpu_count()} cores, load average {busy:.1f} before the first benchmark")
        console.print(f"written to {results}")
    return 0 if len(ran) == len(benchmarks) else 1


def _console() -> Console:
    """Into a file or a pipe as wide as the table; on a terminal as wide as that is."""
    wide = Console(highlight=False)
    return wide if wide.is_terminal else Console(highlight=False, width=_WIDTH)


def _run_one(benchmark: Benchmark, console: Console) -> list[Figure] | None:
    began = time.monotonic()
    try:
        with console.status(f"{benchmark.name}: {benchmark.what}") as status:
            figures = benchmark.run(lambda line: status.update(f"{benchmark.name}: {line}"))
    except Exception:
        console.print(f"[red]✗[/] {benchmark.name} crashed after {time.monotonic() - began:.0f} s")
        console.print_exception(max_frames=8)
        return None
    console.print(
        f"[green]✓[/] {benchmark.name}: {benchmark.what} [dim]({time.monotonic() - began:.0f} s)[/]"
    )
    return figures


def write(results: Path, rows: Sequence[dict[str, Any]], ran: Sequence[str]) -> None:
    """Merge `rows` into the file; a file that cannot be read as such is replaced."""
    try:
        known = json.loads(results.read_text())
    except (FileNotFoundError, ValueError):
        known = []
    results.parent.mkdir(parents=True, exist_ok=True)
    staged = results.with_suffix(".part")
    staged.write_text(json.dumps(merged(known, rows, ran), indent=2, ensure_ascii=False) + "\n")
    staged.replace(results)


def table(figures: Sequence[Figure]) -> Table:
    """The figures for people."""
    out = Table(box=None, padding=(0, 1), title="bench", title_justify="left")
    out.add_column("figure", no_wrap=True)
    for name in ("value", "runs", "goal"):
        out.add_column(name, justify="right", no_wrap=True)
    out.add_column("met", justify="center")
    out.add_column("peer")
    out.add_column("peer's", justify="right", no_wrap=True)
    out.add_column("ratio", justify="right", no_wrap=True)
    for figure in figures:
        out.add_row(
            figure.name,
            f"{_number(figure.value)} {figure.unit}",
            str(figure.runs),
            figure.goal or "",
            {True: "[green]✓[/]", False: "[red]✗[/]", None: ""}[figure.met],
            figure.peer or "",
            "" if figure.peer_value is None else f"{_number(figure.peer_value)} {figure.unit}",
            ""
            if figure.ratio is None
            else f"{figure.ratio:.2g}"
            if figure.ratio < 10
            else f"{figure.ratio:.0f}",
        )
    return out


def _print_notes(figures: Sequence[Figure], console: Console) -> None:
    by_note: dict[str, list[str]] = {}
    for figure in figures:
        if figure.note:
            by_note.setdefault(figure.note, []).append(figure.name)
    for note, names in by_note.items():
        console.print(f"[dim]{_short(names)}:[/] {note}", soft_wrap=True)


def _short(names: Sequence[str]) -> str:
    """Some names in a few words."""
    if len(names) <= 3:
        return ", ".join(names)
    first, last = min(names), max(names)  # what these two share, all share
    same = next((at for at in range(len(first)) if first[at] != last[at : at + 1]), len(first))
    return f"{first[:same]}*"


def _number(value: float) -> str:
    short = rounded(value)
    return f"{short:,}".replace(",", " ") if short is not None else ""
