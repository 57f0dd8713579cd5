"""What every group of commands shares: the console, running to the end, reading a file, common options."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from deskreel.core.errors import InvalidInputError

T = TypeVar("T")
out = Console(highlight=False, soft_wrap=True)
ServerUrl = Annotated[
    str, typer.Option("--server", help="Address of the server.", envvar="DESKREEL_PUBLIC_URL")
]
DEFAULT_SERVER = "http://127.0.0.1:8321"


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; on uvloop where that is installed (servers)."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        new_event_loop = asyncio.new_event_loop
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)


def read(path: Path) -> bytes:
    """The bytes of a file that a command was given.

    Raises:
        InvalidInputError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInputError(
            f"{path}: {error.strerror}", hint="Check the path and its permissions."
        ) from error
