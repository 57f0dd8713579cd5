"""`deskreel doctor` beside a running recorder: as a program of its own, so that nothing of it stays in memory."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import structlog

from deskreel.core.errors import DeskreelError

log = structlog.get_logger(__name__)
COMMAND = (sys.executable, "-m", "deskreel", "doctor", "--json")
_LIMIT_S = 180.0  # with every step at its own limit, a check takes less
_FIRST_S = (
    600.0,
    3600.0,
)  # after the start: desktops of a shift start together, and not all are to check then
_EVERY_S = 24 * 3600.0
_LOOK_AGAIN_S = 60.0  # while the screen is being recorded


class CheckFailedError(DeskreelError):
    """The connectivity check itself broke."""

    code: ClassVar[str] = "check_failed"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "The connectivity check could not be made"
    retryable: ClassVar[bool] = True
    hint: ClassVar[str] = "Run deskreel doctor in a terminal of this desktop to see why."


async def run_check(home: Path, *, quick: bool, command: Sequence[str] = COMMAND) -> dict[str, Any]:
    """Make a check of the recorder in `home` and have it sent; its document (`report.document`).

    Raises:
        CheckFailedError: it broke, or took too long.
    """
    options = ["--quick"] if quick else []
    environment = {**os.environ, "DESKREEL_RECORDER_DIR": str(home)}
    try:
        process = await asyncio.create_subprocess_exec(
            *command, *options, env=environment, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL
        )
    except OSError as error:
        raise CheckFailedError(str(error)) from error
    try:
        async with asyncio.timeout(_LIMIT_S):
            printed, _ = await process.communicate()
        report: dict[str, Any] = json.loads(printed)
    except TimeoutError as error:
        raise CheckFailedError(f"it took longer than {_LIMIT_S:g} s") from error
    except ValueError as error:
        raise CheckFailedError(f"it ended with code {process.returncode} and no report") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return report


async def check_daily(
    home: Path,
    *,
    idle: Callable[[], bool],
    check: Callable[..., Awaitable[dict[str, Any]]] = run_check,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Check some time after the start and then once a day, never while the screen is recorded; for ever.

    It leaves the measuring of throughput out: that is for whoever asks.
    """
    pause_s = random.uniform(*_FIRST_S)  # noqa: S311 - spreads load, guards nothing
    while True:
        await sleep(pause_s)
        while not idle():
            await sleep(_LOOK_AGAIN_S)
        try:
            report = await check(home, quick=True)
            log.info("check.done", exit_code=report.get("exit_code"), region=report.get("region"))
        except DeskreelError as error:
            log.warning("check.failed", code=error.code, detail=error.detail)
        pause_s = _EVERY_S
