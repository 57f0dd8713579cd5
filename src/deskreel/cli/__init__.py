"""The command line: `deskreel …`. Each command finds its settings, calls one function, and prints the result.

One module for each group of commands. Parts are imported where they run, so that an agent's desktop needs no
server and starts fast.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from deskreel import __version__, logs
from deskreel.cli import doctor, recorder, server, telephony, users
from deskreel.cli.common import out
from deskreel.core.errors import DeskreelError, InvalidInputError

app = typer.Typer(
    name="deskreel",
    help="Records a contact-centre agent's screen while a recorded call is up, and plays it back in step.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(server.commands)
app.add_typer(recorder.recorder, name="recorder")
app.add_typer(doctor.commands)
app.add_typer(telephony.telephony, name="telephony")
app.add_typer(telephony.call, name="call")
app.add_typer(users.user, name="user")


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
