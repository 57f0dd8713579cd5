"""`deskreel doctor`: whether screen recording works on this desktop and network, and what to open."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from deskreel.cli.common import out, run
from deskreel.core.errors import DeskreelError

commands = typer.Typer()
_COLOURS = {"ok": "green", "warning": "yellow", "failed": "bold red", "not checked": "dim"}


@commands.command()
def doctor(
    region: Annotated[str | None, typer.Option(help="Media region; by default that of this agent.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows as JSON.")] = False,
) -> None:
    """Check this desktop and its network; exit code 0 when all is well, 1 with warnings, 2 when something failed."""
    from deskreel.recorder.app import default_screen
    from deskreel.recorder.doctor.judge import judge
    from deskreel.recorder.doctor.rows import exit_code
    from deskreel.recorder.doctor.run import examine
    from deskreel.recorder.enrol import identity
    from deskreel.recorder.settings import load_settings

    settings = load_settings()
    try:
        who = identity.load(settings.home)
    except DeskreelError as error:
        out.print(f"[bold red]{error.code}[/]: {error.detail}\n[dim]→[/] {error.hint_text}")
        raise typer.Exit(2) from error
    facts = run(examine(settings, who, region=region, open_screen=default_screen))
    rows = judge(facts)
    code = exit_code(rows)
    if as_json:
        name = None if facts.region is None else facts.region.name
        document = {"server": who.server_url, "region": name, "rows": [asdict(row) for row in rows]}
        print(json.dumps({**document, "exit_code": code}))
        raise typer.Exit(code)
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
    raise typer.Exit(code)
