"""Commands of the server: run it, check it, take things out of it, switch features on, see the demo."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated

import typer

from deskreel.cli.common import out, run
from deskreel.core.errors import InvalidInputError

commands = typer.Typer()


@commands.command()
def serve(
    only: Annotated[
        str | None, typer.Option(help="One part alone: server, gateway, worker or turn-web.")
    ] = None,
    region: Annotated[
        str | None, typer.Option(help="A gateway of this media region, or a worker on its media alone.")
    ] = None,
) -> None:
    """Run server, gateway and worker, together or one of them alone."""
    from deskreel import serve as parts
    from deskreel.server.settings import REGION_NAME, load_settings

    if only is not None and only not in parts.Part.__members__.values():
        raise InvalidInputError(f"--only {only!r}", hint="Use server, gateway, worker or turn-web.")
    if region is not None and re.fullmatch(REGION_NAME, region) is None:
        raise InvalidInputError(
            f"--region {region!r}", hint="A name is lower-case letters, digits and hyphens."
        )
    run(parts.serve(load_settings(), parts.Part(only) if only is not None else None, region=region))


@commands.command()
def check(
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    region: Annotated[str | None, typer.Option(help="Media region; by default that of the settings.")] = None,
) -> None:
    """Compare the database with a region's object store; exit code 1 when anything is wrong."""
    from deskreel.server import admin

    report = run(admin.check(region=region))
    if as_json:
        print(json.dumps({"findings": report.findings, "chunks": report.chunks}))
    else:
        out.print(
            f"{report.screen_recordings} screen recordings, {report.call_recordings} call recordings, "
            f"{report.chunks} chunks read: {'[green]clean[/]' if not report.findings else '[red]not clean[/]'}"
        )
        for finding in report.findings:
            out.print(f"  {finding}")
    raise typer.Exit(1 if report.findings else 0)


@commands.command()
def export(
    interaction: Annotated[str, typer.Argument(help="Id of the interaction (int_…).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The MP4 to write.")],
) -> None:
    """Write an interaction as one MP4: screen and call audio, aligned."""
    from deskreel.server import admin

    result = run(admin.export(interaction, output))
    out.print(f"{output}: {result.duration_ms / 1000:.1f} s, {result.frames} frames")


@commands.command()
def account(
    *,
    quality_management: Annotated[bool | None, typer.Option(help="Evaluations; screens need it.")] = None,
    call_recording: Annotated[bool | None, typer.Option(help="The telephony records calls.")] = None,
    screen_recording: Annotated[bool | None, typer.Option(help="Capture screens.")] = None,
    new_agents: Annotated[
        bool | None, typer.Option(help="Agents are selected as soon as the telephony names them.")
    ] = None,
    agents_see_own: Annotated[bool | None, typer.Option(help="Agents may watch their own calls.")] = None,
    notice: Annotated[
        str | None, typer.Option(help="How agents are told: none, icon, banner or acknowledgement.")
    ] = None,
) -> None:
    """Print what the account has switched on, after switching what the options say."""
    from deskreel.core.policy import Notice
    from deskreel.server import admin

    if notice is not None and notice not in Notice.__members__.values():
        raise InvalidInputError(f"--notice {notice!r}", hint=f"Use one of {', '.join(Notice)}.")
    given = {
        "quality_management": quality_management,
        "call_recording": call_recording,
        "screen_recording": screen_recording,
        "new_agents": new_agents,
        "agents_see_own": agents_see_own,
    }
    state = run(
        admin.set_up_account(
            features={name: on for name, on in given.items() if on is not None},
            notice=None if notice is None else Notice(notice),
        )
    )
    for name in given:
        out.print(f"{name.replace('_', ' '):20} {'on' if getattr(state, name) else 'off'}")


@commands.command()
def demo(
    once: Annotated[bool, typer.Option(help="End after the call instead of serving on.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Record the real display without asking.")] = False,
    out_dir: Annotated[Path, typer.Option("--out", help="Where summary and MP4 go.")] = Path("demo-out"),
    seconds: Annotated[float, typer.Option(help="Length of the call.")] = 30.0,
) -> None:
    """Record a real screen during a simulated call and play it back."""
    from deskreel.demo import story

    raise typer.Exit(run(story.run(once=once, yes=yes, out_dir=out_dir.resolve(), seconds=seconds)))
