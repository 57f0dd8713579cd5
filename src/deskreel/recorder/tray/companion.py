"""The recorder's end of the pipe: keeps one tray process alive, tells it how things are, does what it asks.

The recorder never waits for it: a tray that hangs or dies costs the agent the icon for a moment, and the
recording nothing. The tray ends with the pipe, so none outlives its recorder.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import structlog

from deskreel.core.errors import DeskreelError
from deskreel.recorder.status.status import RecorderStatus
from deskreel.recorder.tray.describe import STAYING_TEXT, describe
from deskreel.recorder.tray.panel import Answer, CheckLine, Panel, Show, Verb, Wish, from_line, to_line
from deskreel.recorder.tray.shift import ShiftLog

log = structlog.get_logger(__name__)
COMMAND = (sys.executable, "-m", "deskreel.recorder.tray")
_RESTART_S = (1.0, 60.0)  # before a tray that died is started again: at first, and at most
_STEADY_S = 30.0  # a tray that ran this long begins again at the first pause
_LEAVE_S = 3.0  # for the tray to end by itself
_TELL_AGAIN_S = 60.0  # between attempts to have the server log an acknowledgement
_STAYING_HINT = "Ask whoever looks after Deskreel; it is a setting of the recording."
_LINE_LIMIT = 256 * 1024  # bytes


class Actions(Protocol):
    """What the agent can have done; calls block (`agent_actions.AgentActions`) and raise DeskreelError."""

    def choose_status(self, status: str) -> None:
        """The agent is in `status` from now on."""
        ...

    def pause(self) -> None:
        """Do not record the screen."""
        ...

    def resume(self) -> None:
        """Record it again."""
        ...

    def acknowledge(self, notice: str) -> None:
        """The agent confirmed `notice`."""
        ...


class TrayCompanion:
    """Runs the tray beside the recorder; everything but `actions` and `diagnose` happens on the event loop.

    `check` makes a connectivity check, a quick one when told True.
    """

    def __init__(
        self,
        *,
        actions: Actions,
        shift: ShiftLog,
        diagnose: Callable[[RecorderStatus | None, Path], None],
        check: Callable[[bool], Awaitable[tuple[CheckLine, ...]]],
        leave: Callable[[], None],
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._actions = actions
        self._shift = shift
        self._diagnose = diagnose
        self._check = check
        self._checking = False
        self._leave = leave
        self._command = command
        self._status: RecorderStatus | None = None
        self._failure: Panel | None = None
        self._answers: list[Answer] = []
        self._opening = False  # the window is to come to the front
        self._news = asyncio.Event()
        self._work: set[asyncio.Task[None]] = set()
        self._telling = False
        self.process: Process | None = None  # the tray that runs now

    def show(self, status: RecorderStatus) -> None:
        """The recorder is so now; only the newest status is ever sent."""
        self._status = status
        if self._shift.untold and status.connected:
            self._tell()
        self._news.set()

    def fail(self, panel: Panel) -> None:
        """The recorder cannot go on: show why instead of any status."""
        self._failure = panel
        self._news.set()

    def open_window(self) -> None:
        """Bring the window to the front, with the tray that comes next if none runs."""
        self._opening = True
        self._news.set()

    async def run(self) -> None:
        """Keep a tray running, for ever."""
        pause_s = _RESTART_S[0]
        loop = asyncio.get_running_loop()
        try:
            while True:
                began = loop.time()
                code = await self._live()
                if loop.time() - began > _STEADY_S:
                    pause_s = _RESTART_S[0]
                log.warning("tray.ended", code=code, again_in_s=pause_s)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, _RESTART_S[1])
        finally:
            for task in self._work:
                task.cancel()

    async def _live(self) -> int | None:
        """One tray from start to end; its exit code."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, limit=_LINE_LIMIT
            )
        except OSError as error:
            log.warning("tray.not_started", error=str(error))
            return None
        self.process = process
        log.info("tray.started", pid=process.pid)
        self._news.set()
        writing = asyncio.create_task(self._write(process), name="tray-panels")
        try:
            await self._read(process)
            return await process.wait()
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            await _end(process)
            self.process = None

    # --- down -----------------------------------------------------------------------------------------------

    async def _write(self, process: Process) -> None:
        assert process.stdin is not None  # noqa: S101 - asked for above
        sent: bytes | None = None
        with contextlib.suppress(ConnectionError):
            while True:
                await self._news.wait()
                self._news.clear()
                lines = [to_line(answer) for answer in self._answers]
                self._answers.clear()
                panel = self._panel()
                line = None if panel is None else to_line(panel)
                if line is not None and line != sent:
                    lines.append(line)
                    sent = line
                if self._opening:
                    self._opening = False
                    lines.append(to_line(Show()))
                process.stdin.writelines(lines)
                await process.stdin.drain()

    def _panel(self) -> Panel | None:
        if self._failure is not None or self._status is None:
            return self._failure
        return describe(self._status, acknowledge=self._shift.due(self._status))

    # --- up -------------------------------------------------------------------------------------------------

    async def _read(self, process: Process) -> None:
        assert process.stdout is not None  # noqa: S101 - asked for above
        while line := await process.stdout.readline():
            try:
                wish = from_line(line)
            except (ValueError, KeyError, TypeError):
                log.warning("tray.not_understood", size=len(line))
                continue
            if isinstance(wish, Wish):
                self._spawn(self._grant(wish))

    async def _grant(self, wish: Wish) -> None:
        log.info("tray.wish", verb=wish.verb.value)
        if wish.verb is Verb.QUIT and self._may_quit():
            self._leave()
            return
        answer = Answer(verb=wish.verb, text=wish.text)
        try:
            if wish.verb is Verb.QUIT:
                answer = replace(answer, failed=STAYING_TEXT, hint=_STAYING_HINT)
            elif wish.verb is Verb.ACKNOWLEDGE:
                self._acknowledge()
            elif wish.verb is Verb.CHECK:
                if self._checking:
                    return  # asked for twice: the answer to the first is on its way
                answer = replace(answer, lines=await self._check_now())
            else:
                await asyncio.to_thread(self._do, wish)
        except DeskreelError as error:
            log.warning("tray.wish_failed", verb=wish.verb.value, code=error.code, detail=error.detail)
            answer = Answer(verb=wish.verb, text=wish.text, failed=error.detail, hint=error.hint_text)
        except OSError as error:
            log.warning("tray.wish_failed", verb=wish.verb.value, error=str(error))
            answer = Answer(verb=wish.verb, text=wish.text, failed=str(error), hint="Choose another place.")
        self._answers.append(answer)
        self._news.set()

    async def _check_now(self) -> tuple[CheckLine, ...]:
        """Quick while the screen is recorded: what fills the way would take it from the call."""
        recording = self._status is not None and self._status.screen_recording_id is not None
        self._checking = True
        try:
            return await self._check(recording)
        finally:
            self._checking = False

    def _may_quit(self) -> bool:
        """By the newest policy; the agent may have chosen in a menu that was open before it came."""
        return self._failure is not None or self._status is None or self._status.policy.agent_may_quit

    def _do(self, wish: Wish) -> None:
        match wish.verb:
            case Verb.CHOOSE_STATUS:
                self._actions.choose_status(wish.text)
            case Verb.PAUSE:
                self._actions.pause()
            case Verb.RESUME:
                self._actions.resume()
            case Verb.DIAGNOSE:
                self._diagnose(self._status, Path(wish.text))
            case _:
                raise ValueError(wish.verb)

    def _acknowledge(self) -> None:
        if self._status is None or not self._shift.due(self._status):
            return  # said twice: it counts once
        self._shift.acknowledged(self._status)
        log.info("notice.acknowledged")
        self._tell()

    def _tell(self) -> None:
        if not self._telling:
            self._telling = True
            self._spawn(self._tell_server())

    async def _tell_server(self) -> None:
        try:
            while self._shift.untold:
                try:
                    await asyncio.to_thread(self._actions.acknowledge, self._shift.notice)
                except DeskreelError as error:
                    log.warning("notice.not_told", code=error.code, again_in_s=_TELL_AGAIN_S)
                    await asyncio.sleep(_TELL_AGAIN_S)
                else:
                    self._shift.told()
        finally:
            self._telling = False

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)


async def _end(process: Process) -> None:
    """Close the pipe, which ends a tray; one that hangs is killed."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(_LEAVE_S):
            await process.wait()
    except TimeoutError:
        log.warning("tray.hung", pid=process.pid)
        process.kill()
        await process.wait()
