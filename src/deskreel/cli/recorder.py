"""`deskreel recorder …`: the desktop program, and its enrolment."""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated

import typer
from rich.text import Text

from deskreel import logs
from deskreel.cli.common import ServerUrl, out, run
from deskreel.core.errors import InvalidInputError

recorder = typer.Typer(help="The desktop program, and its enrolment.", no_args_is_help=True)


@recorder.command("token")
def recorder_token(
    agent: Annotated[str, typer.Option(help="The agent, as the telephony names them.")],
) -> None:
    """Make a one-time enrolment token for an agent's recorder (admin, on the server)."""
    from deskreel.server import admin

    out.print(run(admin.recorder_token(agent)))


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
    from deskreel.recorder.enrol.enrol import ShownCode, enrol, enrol_by_code
    from deskreel.recorder.enrol.secret_store import Place, choose
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
    arguments = ["--log-level", logs.level(), *(["--headless"] if headless else [])]
    if os.name != "posix":  # exec there leaves whoever waits for this process alone
        from deskreel.recorder.__main__ import main

        raise typer.Exit(main(arguments))
    # -P: the directory it is started in holds no modules of ours
    os.execv(sys.executable, [sys.executable, "-P", "-m", "deskreel.recorder", *arguments])  # noqa: S606


@recorder.command("status")
def recorder_status(
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Print how this desktop's recorder is; exit code 1 when it does not run."""
    from rich.table import Table

    from deskreel.recorder.settings import load_settings
    from deskreel.recorder.status import status
    from deskreel.recorder.status import table as status_table

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
