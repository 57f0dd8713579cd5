"""`deskreel telephony …` and `deskreel call …`: sources of call events, real and simulated."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from deskreel.cli.common import DEFAULT_SERVER, ServerUrl, out, read, run

telephony = typer.Typer(help="Telephony sources.", no_args_is_help=True)
source = typer.Typer(help="Sources of call events.", no_args_is_help=True)
call = typer.Typer(help="Simulated calls.", no_args_is_help=True)
telephony.add_typer(source, name="source")


@source.command("add")
def source_add(name: Annotated[str, typer.Argument(help="A name for the telephony.")]) -> None:
    """Add a telephony source; prints its signing secret, this once."""
    from deskreel.server import admin

    out.print(run(admin.add_source(name)))


@telephony.command("replay")
def telephony_replay(
    capture: Annotated[Path, typer.Argument(help="Bytes received from an Asterisk manager interface.")],
    arrivals: Annotated[
        Path | None, typer.Option(help="When they came: JSON lines with offset, len, recv.")
    ] = None,
    settings: Annotated[Path | None, typer.Option(help="JSON file with settings to read it by.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what would be recorded from a captured AMI stream; needs no server."""
    from deskreel.telephony.asterisk import replay

    chosen = replay.parse_settings(read(settings)) if settings is not None else replay.ReplaySettings()
    times = read(arrivals) if arrivals is not None else None
    found = replay.understand(replay.messages_of(read(capture), times), chosen)
    if as_json:
        print(json.dumps(replay.document(found, replay.views(found, chosen))))
        return
    out.print(f"{found.messages} messages, {len(found.events)} call events, agents: {len(found.agents)}")
    for line in replay.table(found, replay.views(found, chosen)):
        out.print(line)


@telephony.command("simulate")
def telephony_simulate(
    script: Annotated[Path, typer.Argument(help="YAML file with the calls.")],
    server: ServerUrl = DEFAULT_SERVER,
    source_name: Annotated[
        str, typer.Option("--source", help="The source to send as; without --secret the built-in simulator.")
    ] = "simulator",
    secret: Annotated[
        str | None,
        typer.Option(
            help="Its signing secret; '-' reads it from standard input; without one, on the server's own machine.",
        ),
    ] = None,
) -> None:
    """Send the events of scripted calls in real time."""
    from deskreel.telephony.play import play_script
    from deskreel.telephony.scripts import parse_script

    calls = parse_script(read(script))
    if secret is None:
        from deskreel.server import admin

        source_name, key = admin.SIMULATOR, run(admin.simulator_secret())
    else:
        key = sys.stdin.readline().strip() if secret == "-" else secret  # noqa: S105 - '-' is no secret
    sent = run(
        play_script(
            server,
            source_name,
            key,
            calls,
            run_id=f"sim-{os.urandom(6).hex()}",
            on_moment=lambda moment: out.print(f"{moment.at_s:6.1f} s  {moment.agent}  {moment.kind}"),
        )
    )
    out.print(f"{sent} events were taken")


@telephony.command("test")
def telephony_test(
    *,
    host: Annotated[str, typer.Option(help="Where Asterisk's manager interface listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Its port.")] = 5038,
    username: Annotated[str, typer.Option(help="The section in manager.conf.")] = "deskreel",
    secret: Annotated[str, typer.Option(help="Its secret; '-' reads it from standard input.")] = "-",  # noqa: S107 - no secret
    tls: Annotated[bool, typer.Option("--tls", help="Speak TLS.")] = False,
    tls_ca: Annotated[Path | None, typer.Option(help="PEM file of the certificate's authority.")] = None,
    seconds: Annotated[float, typer.Option(help="Listen for so long.")] = 10.0,
) -> None:
    """Connect to an Asterisk, and print what is seen of it; changes nothing there."""
    from pydantic import SecretStr

    from deskreel.telephony.asterisk.probe import probe
    from deskreel.telephony.asterisk.settings import AsteriskSettings

    given = sys.stdin.readline().strip() if secret == "-" else secret  # noqa: S105 - '-' is no secret
    pbx = AsteriskSettings(
        host=host,
        port=port,
        username=username,
        secret=SecretStr(given),
        tls=tls,
        tls_ca=None if tls_ca is None else str(tls_ca),
    )
    run(probe(pbx, seconds, lambda line: out.print(line, markup=False)))


@call.command("simulate")
def call_simulate(
    agent: Annotated[str, typer.Option(help="The agent, as the telephony names them.")],
    seconds: Annotated[float, typer.Option(help="From answer to hang-up.")] = 30.0,
    pause: Annotated[str | None, typer.Option(help="FROM-TO in seconds: the recording is paused.")] = None,
    acw: Annotated[float, typer.Option(help="Seconds of After Call Work; 0: none.")] = 5.0,
    server: ServerUrl = DEFAULT_SERVER,
) -> None:
    """Send the events of one recorded call in real time. Runs on the server's own machine."""
    from deskreel.server import admin
    from deskreel.telephony.play import play_call
    from deskreel.telephony.simulator import ScriptedCall, parse_pause

    script = ScriptedCall(
        agent=agent,
        call_id=f"sim-{os.urandom(6).hex()}",
        seconds=seconds,
        pause=parse_pause(pause) if pause else None,
        acw=acw or None,
    )
    secret = run(admin.simulator_secret())
    run(
        play_call(
            server,
            admin.SIMULATOR,
            secret,
            script,
            on_cue=lambda cue: out.print(f"{cue.at_s:6.1f} s  {cue.kind}"),
        )
    )
    out.print(f"call {script.call_id} is over")
