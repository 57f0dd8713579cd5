"""The command line: `deskreel …`. Each command finds its settings, calls one function, and prints the result.

Parts are imported where they run, so that an agent's desktop needs no server and starts fast.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from deskreel import __version__, logs
from deskreel.core.errors import DeskreelError, InvalidInputError

T = TypeVar("T")
app = typer.Typer(
    name="deskreel",
    help="Records a contact-centre agent's screen while a recorded call is up, and plays it back in step.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
recorder = typer.Typer(help="The desktop program, and its enrolment.", no_args_is_help=True)
telephony = typer.Typer(help="Telephony sources.", no_args_is_help=True)
source = typer.Typer(help="Sources of call events.", no_args_is_help=True)
call = typer.Typer(help="Simulated calls.", no_args_is_help=True)
user = typer.Typer(help="People who sign in.", no_args_is_help=True)
app.add_typer(recorder, name="recorder")
app.add_typer(telephony, name="telephony")
telephony.add_typer(source, name="source")
app.add_typer(call, name="call")
app.add_typer(user, name="user")

out = Console(highlight=False, soft_wrap=True)
ServerUrl = Annotated[
    str, typer.Option("--server", help="Address of the server.", envvar="DESKREEL_PUBLIC_URL")
]
DEFAULT_SERVER = "http://127.0.0.1:8321"


def main() -> None:
    """Run the command line; errors of ours become two lines on standard error and exit code 1."""
    try:
        app()
    except DeskreelError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            f"[bold red]{error.code}[/]: {error.detail}\n[dim]→[/] {error.hint_text}"
        )
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; on uvloop where that is installed (servers)."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        new_event_loop = asyncio.new_event_loop
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"deskreel {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
) -> None:
    del version
    if log_level not in ("debug", "info", "warning", "error"):
        raise InvalidInputError(f"--log-level {log_level!r}", hint="Use debug, info, warning or error.")
    logs.configure(level=log_level)


# --- server ---------------------------------------------------------------------------------------------------


@app.command()
def serve(
    only: Annotated[str | None, typer.Option(help="One part alone: server, gateway or worker.")] = None,
) -> None:
    """Run server, gateway and worker, together or one of them alone."""
    from deskreel.serve import Part
    from deskreel.serve import serve as run
    from deskreel.server.settings import load_settings

    if only is not None and only not in Part.__members__.values():
        raise InvalidInputError(f"--only {only!r}", hint="Use server, gateway or worker.")
    _run(run(load_settings(), Part(only) if only is not None else None))


@app.command()
def check(
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Compare the database with the object store; exit code 1 when anything is wrong."""
    from deskreel.server import admin

    report = _run(admin.check())
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


@app.command()
def export(
    interaction: Annotated[str, typer.Argument(help="Id of the interaction (int_…).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The MP4 to write.")],
) -> None:
    """Write an interaction as one MP4: screen and call audio, aligned."""
    from deskreel.server import admin

    result = _run(admin.export(interaction, output))
    out.print(f"{output}: {result.duration_ms / 1000:.1f} s, {result.frames} frames")


@user.command("add")
def user_add(
    email: Annotated[str, typer.Option(prompt=True)],
    name: Annotated[str, typer.Option(help="Shown in the UI; the e-mail address if not given.")] = "",
    role: Annotated[str, typer.Option(help="admin, supervisor, evaluator or agent.")] = "admin",
    reset: Annotated[bool, typer.Option(help="Set a new password for a user who exists.")] = False,
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input.")] = False,
) -> None:
    """Add a user; asks for the password."""
    from deskreel.server import admin

    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    user_id = _run(admin.add_user(email=email, name=name or email, role=role, password=password, reset=reset))
    out.print(user_id)


@source.command("add")
def source_add(name: Annotated[str, typer.Argument(help="A name for the telephony.")]) -> None:
    """Add a telephony source; prints its signing secret, this once."""
    from deskreel.server import admin

    out.print(_run(admin.add_source(name)))


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
    secret = _run(admin.simulator_secret())
    _run(
        play_call(
            server,
            admin.SIMULATOR,
            secret,
            script,
            on_cue=lambda cue: out.print(f"{cue.at_s:6.1f} s  {cue.kind}"),
        )
    )
    out.print(f"call {script.call_id} is over")


# --- recorder -------------------------------------------------------------------------------------------------


@recorder.command("token")
def recorder_token(
    agent: Annotated[str, typer.Option(help="The agent, as the telephony names them.")],
) -> None:
    """Make a one-time enrolment token for an agent's recorder (admin, on the server)."""
    from deskreel.server import admin

    out.print(_run(admin.recorder_token(agent)))


@recorder.command("enroll")
def recorder_enroll(
    server: ServerUrl,
    token: Annotated[str, typer.Option(help="One-time token; '-' reads it from standard input.")],
) -> None:
    """Enrol this desktop's recorder."""
    from deskreel.recorder.enrol import enrol
    from deskreel.recorder.settings import load_settings

    secret = sys.stdin.readline().strip() if token == "-" else token  # noqa: S105 - '-' is no secret
    identity = enrol(server, secret, settings=load_settings())
    out.print(f"enrolled as {identity.recorder_id}")


@recorder.command("run")
def recorder_run(
    headless: Annotated[bool, typer.Option(help="Without a window; the only mode so far.")] = True,
) -> None:
    """Run the recorder in this desktop session."""
    from deskreel.recorder.app import run
    from deskreel.recorder.settings import load_settings

    if not headless:
        raise InvalidInputError("the recorder has no window yet", hint="Run it with --headless.")
    _run(run(load_settings()))


# --- demo -----------------------------------------------------------------------------------------------------


@app.command()
def demo(
    once: Annotated[bool, typer.Option(help="End after the call instead of serving on.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Record the real display without asking.")] = False,
    out_dir: Annotated[Path, typer.Option("--out", help="Where summary and MP4 go.")] = Path("demo-out"),
    seconds: Annotated[float, typer.Option(help="Length of the call.")] = 30.0,
) -> None:
    """Record a real screen during a simulated call and play it back."""
    from deskreel.demo.story import run

    raise typer.Exit(_run(run(once=once, yes=yes, out_dir=out_dir.resolve(), seconds=seconds)))
