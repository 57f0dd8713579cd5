"""`deskreel doctor`: whether screen recording works on this desktop and network, and what to open."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from deskreel.cli.common import out, run
from deskreel.core.errors import DeskreelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deskreel.recorder.doctor.rows import Row
    from deskreel.recorder.enrol.identity import Identity
    from deskreel.recorder.settings import RecorderSettings

commands = typer.Typer()
_COLOURS = {"ok": "green", "warning": "yellow", "failed": "bold red", "not checked": "dim"}


@commands.command()
def doctor(
    *,
    region: Annotated[str | None, typer.Option(help="Media region; by default that of this agent.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows as JSON.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out how much goes through.")] = False,
    no_send: Annotated[
        bool, typer.Option("--no-send", help="Keep the result here; otherwise the server shows it.")
    ] = False,
) -> None:
    """Check this desktop and its network; exit code 0 when all is well, 1 with warnings, 2 when something failed."""
    from deskreel.recorder.enrol import identity
    from deskreel.recorder.settings import load_settings

    settings = load_settings()
    try:
        who = identity.load(settings.home)
    except DeskreelError as error:
        out.print(f"[bold red]{error.code}[/]: {error.detail}\n[dim]→[/] {error.hint_text}")
        raise typer.Exit(2) from error
    # of another region than the agent's own, it says nothing about this desktop's recordings
    send = region is None and not no_send
    rows, report, not_sent = run(_check(settings, who, region, quick=quick, send=send))
    if as_json:
        print(json.dumps(report))
        raise typer.Exit(report["exit_code"])
    _print(rows)
    if not_sent is not None:
        out.print("[dim]→[/] The result was not sent to the server:", Text(not_sent.detail))
    raise typer.Exit(report["exit_code"])


async def _check(
    settings: RecorderSettings, who: Identity, region: str | None, *, quick: bool, send: bool
) -> tuple[list[Row], dict[str, Any], DeskreelError | None]:
    from deskreel.recorder.app import default_screen
    from deskreel.recorder.doctor import report
    from deskreel.recorder.doctor.judge import judge
    from deskreel.recorder.doctor.run import examine

    facts = await examine(settings, who, region=region, quick=quick, open_screen=default_screen)
    rows = judge(facts)
    made = report.document(who, None if facts.region is None else facts.region.name, rows)
    if send:
        try:
            await report.send(who, made)
        except DeskreelError as error:
            return rows, made, error
    return rows, made, None


def _print(rows: Sequence[Row]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("", "check", "measured", "required"):
        table.add_column(Text(title, style="dim"), overflow="fold")
    for row in rows:
        mark = Text(row.verdict.value, style=_COLOURS[row.verdict.value])
        table.add_row(mark, Text(row.title), Text(row.measured), Text(row.required, style="dim"))
    out.print(table)
    for row in rows:
        if row.advice:
            out.print(f"[dim]→[/] {row.title}:", Text(row.advice))
