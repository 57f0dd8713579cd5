"""The command line: `deskreel …`. Each command finds its settings, calls one function, and prints the result.

Parts are imported where they run, so that an agent's desktop needs no server and starts fast.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.text import Text

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


@user.command("list")
def user_list() -> None:
    """List users by name: e-mail address, role, teams, active or not."""
    from deskreel.server import admin

    for person in _run(admin.list_users()):
        teams = ", ".join(team.name for team in person.teams)
        state = "active" if person.active else "inactive"
        out.print(f"{person.name}  {person.email}  {person.role}  {state}  {teams}".rstrip(), markup=False)


@user.command("reset")
def user_reset(email: Annotated[str, typer.Argument(help="Their e-mail address.")]) -> None:
    """End a user's password and sessions; prints the one-time code by which they set a new one."""
    from deskreel.server import admin

    out.print(_run(admin.reset_password(email)).code)


@user.command("activate")
def user_activate(email: Annotated[str, typer.Argument(help="Their e-mail address.")]) -> None:
    """Let a user sign in, and be captured, again."""
    from deskreel.server import admin

    _run(admin.set_active(email, True))


@user.command("deactivate")
def user_deactivate(email: Annotated[str, typer.Argument(help="Their e-mail address.")]) -> None:
    """Shut a user out at once: sessions and API keys end, and so does capture."""
    from deskreel.server import admin

    _run(admin.set_active(email, False))


@user.command("import")
def user_import(
    file: Annotated[Path, typer.Argument(help="CSV; see docs/guide/users-and-settings.md.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would do.")] = False,
) -> None:
    """Make or change users from a CSV file: all of it, or nothing."""
    from deskreel.server import admin

    report = _run(admin.import_users(_read(file), dry_run=dry_run))
    for error in report.errors:
        out.print(f"line {error.line}, {error.column}: {error.message}", markup=False)
    would = "would be " if dry_run else ""
    out.print(
        f"{report.created} {would}created, {report.updated} {would}updated, {report.unchanged} unchanged"
    )
    raise typer.Exit(1 if report.errors else 0)


@user.command("export")
def user_export() -> None:
    """Print all users as CSV, as `import` reads them."""
    from deskreel.server import admin

    sys.stdout.write(_run(admin.export_users()))


@app.command()
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
    state = _run(
        admin.set_up_account(
            features={name: on for name, on in given.items() if on is not None},
            notice=None if notice is None else Notice(notice),
        )
    )
    for name in given:
        out.print(f"{name.replace('_', ' '):20} {'on' if getattr(state, name) else 'off'}")


@source.command("add")
def source_add(name: Annotated[str, typer.Argument(help="A name for the telephony.")]) -> None:
    """Add a telephony source; prints its signing secret, this once."""
    from deskreel.server import admin

    out.print(_run(admin.add_source(name)))


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

    chosen = replay.parse_settings(_read(settings)) if settings is not None else replay.ReplaySettings()
    times = _read(arrivals) if arrivals is not None else None
    found = replay.understand(replay.messages_of(_read(capture), times), chosen)
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

    calls = parse_script(_read(script))
    if secret is None:
        from deskreel.server import admin

        source_name, key = admin.SIMULATOR, _run(admin.simulator_secret())
    else:
        key = sys.stdin.readline().strip() if secret == "-" else secret  # noqa: S105 - '-' is no secret
    sent = _run(
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
    _run(probe(pbx, seconds, lambda line: out.print(line, markup=False)))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInputError(
            f"{path}: {error.strerror}", hint="Check the path and its permissions."
        ) from error


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
    token: Annotated[
        str | None,
        typer.Option(help="One-time token instead of a code; '-' reads it from standard input."),
    ] = None,
    secrets: Annotated[
        str, typer.Option(help="Where credential and key are kept: auto, keyring or file.")
    ] = "auto",
) -> None:
    """Enrol this desktop's recorder: shows a code that an admin, or the agent, approves in the browser."""
    from deskreel.recorder.enrol import ShownCode, enrol, enrol_by_code
    from deskreel.recorder.secret_store import Place, choose
    from deskreel.recorder.settings import load_settings

    if secrets != "auto" and secrets not in Place.__members__.values():
        raise InvalidInputError(f"--secrets {secrets!r}", hint="Use auto, keyring or file.")
    settings = load_settings()
    store, why = choose(None if secrets == "auto" else Place(secrets), settings.home)

    def show(code: ShownCode) -> None:
        out.print("Open this address, sign in, and approve this desktop:")
        out.print(f"\n  {code.address_with_code}\n")
        out.print(f"Compare the code, or enter it at {code.address}:")
        out.print(f"\n  [bold]{code.user_code}[/]\n")
        out.print(f"Waiting; the code lasts {code.expires_in_s // 60} minutes. Ctrl-C ends this.")

    if token is None:
        identity = enrol_by_code(server, show=show, settings=settings, store=store)
    else:
        secret = sys.stdin.readline().strip() if token == "-" else token  # noqa: S105 - '-' is no secret
        identity = enrol(server, secret, settings=settings, store=store)
    out.print(f"enrolled as {identity.recorder_id}, the recorder of {identity.agent_name}")
    out.print(f"credential and key are in the {store.place}: {why}")


@recorder.command("install")
def recorder_install(
    headless: Annotated[bool, typer.Option("--headless", help="Without tray and window.")] = False,
    system: Annotated[
        bool, typer.Option("--system", help="For every user of this machine; as root.")
    ] = False,
) -> None:
    """Start the recorder with the desktop session; harmless when repeated."""
    from deskreel.recorder import autostart

    for line in autostart.install(autostart.plan(headless=headless, system=system)):
        out.print(line, markup=False)


@recorder.command("uninstall")
def recorder_uninstall(
    system: Annotated[bool, typer.Option("--system", help="What was installed for every user.")] = False,
) -> None:
    """Undo `install`; identity and spool stay."""
    from deskreel.recorder import autostart

    for line in autostart.uninstall(system=system):
        out.print(line, markup=False)


@recorder.command("run")
def recorder_run(
    headless: Annotated[bool, typer.Option("--headless", help="Without tray icon and windows.")] = False,
) -> None:
    """Run the recorder in this desktop session, with its tray icon."""
    from deskreel.recorder.settings import load_settings
    from deskreel.recorder.tray.diagnostics import log_path

    settings = load_settings()
    with contextlib.suppress(OSError):  # the recorder itself says what is wrong with its directory
        logs.also_to(log_path(settings))
    if headless:
        from deskreel.recorder.app import run

        _run(run(settings))
    else:
        from deskreel.recorder.tray.run import run_with_tray

        _run(run_with_tray(settings))


@recorder.command("status")
def recorder_status(
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Print how this desktop's recorder is; exit code 1 when it does not run."""
    from rich.table import Table

    from deskreel.recorder import status, status_table
    from deskreel.recorder.settings import load_settings

    settings = load_settings()
    found = status.load(settings.home)
    running = status.runs(settings.home, settings.spool_dir)
    if as_json:
        document = None if found is None else json.loads(status.to_json(found))
        print(json.dumps({"running": running, "status": document}))
    else:
        if not running:
            last = "" if found is None else "; as it was last:"
            out.print(f"[red]not running[/] in {settings.home}{last}")
        if found is not None:
            table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
            for name, value in status_table.lines(found):
                table.add_row(f"[dim]{name}[/]", Text(value))
            out.print(table)
    raise typer.Exit(0 if running else 1)


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
