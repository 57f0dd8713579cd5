"""The recorder with its tray: the app's asyncio part in this process, Qt in the other."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from collections.abc import Sequence
from dataclasses import fields
from functools import partial

import structlog

from deskreel import __version__
from deskreel.core.errors import DeskreelError, NoDisplayError, SettingsError
from deskreel.recorder import app
from deskreel.recorder.doctor.program import run_check
from deskreel.recorder.enrol import identity
from deskreel.recorder.settings import RecorderSettings
from deskreel.recorder.status.status import RecorderStatus
from deskreel.recorder.tray.agent_actions import AgentActions
from deskreel.recorder.tray.companion import COMMAND, TrayCompanion
from deskreel.recorder.tray.describe import NOTICE_TEXT, describe_failure
from deskreel.recorder.tray.diagnostics import write_bundle
from deskreel.recorder.tray.front import listening, opened_elsewhere
from deskreel.recorder.tray.panel import CheckLine
from deskreel.recorder.tray.shift import ShiftLog

log = structlog.get_logger(__name__)


async def run_with_tray(settings: RecorderSettings, *, command: Sequence[str] = COMMAND) -> None:
    """As `app.run`, with a tray; an error that ends the recorder is shown until the agent closes it, then raised.

    If a recorder with a tray runs in this directory already, that one opens its window, and this returns at once.

    Raises:
        SettingsError: Qt is not installed.
        NoDisplayError: there is no desktop session to show a tray in.
    """
    if importlib.util.find_spec("PySide6") is None:
        hint = "Install the extra deskreel[desktop], or run the recorder with --headless."
        raise SettingsError("the tray needs PySide6, which is not installed", hint=hint)
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        hint = "Start the recorder in the agent's desktop session, or run it with --headless."
        raise NoDisplayError("neither DISPLAY nor WAYLAND_DISPLAY is set", hint=hint)
    if await opened_elsewhere(settings.home):
        log.info("recorder.runs_already", home=str(settings.home), window="opened")
        return
    stop = asyncio.Event()
    actions = AgentActions(partial(identity.load, settings.home))
    companion = TrayCompanion(
        actions=actions,
        shift=ShiftLog(settings.home, notice=NOTICE_TEXT),
        diagnose=partial(write_bundle, settings),
        check=partial(_check, settings),
        leave=stop.set,
        command=command,
    )
    tray = asyncio.create_task(companion.run(), name="tray")
    running = asyncio.Event()  # the first status: the spool is ours

    def show(status: RecorderStatus) -> None:
        companion.show(status)
        running.set()

    window = asyncio.create_task(_open_when_asked(settings, running, companion), name="window")
    try:
        await app.run(settings, stop=stop, on_status=show)
    except DeskreelError as error:
        log.error("recorder.cannot_run", code=error.code, detail=error.detail, hint=error.hint_text)
        companion.fail(describe_failure(error.detail, error.hint_text, __version__))
        await stop.wait()
        raise
    finally:
        tray.cancel()
        window.cancel()
        await asyncio.gather(tray, window, return_exceptions=True)
        actions.close()


async def _check(settings: RecorderSettings, quick: bool) -> tuple[CheckLine, ...]:
    report = await run_check(settings.home, quick=quick)
    names = [field.name for field in fields(CheckLine)]
    return tuple(CheckLine(**{name: row[name] for name in names}) for row in report["rows"])


async def _open_when_asked(
    settings: RecorderSettings, running: asyncio.Event, companion: TrayCompanion
) -> None:
    """For every second start of the program."""
    await running.wait()
    async with listening(settings.home, companion.open_window):
        await asyncio.Event().wait()
