"""The recorder's end of the pipe, with trays that are real processes: obedient, dying, hanging, talking nonsense."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from structlog.testing import capture_logs
from tray_display import TrayHost

from deskreel.core.errors import ForbiddenError, NoDisplayError, NotEnrolledError
from deskreel.core.policy import CapturePolicy, Notice
from deskreel.demo.xvfb import XvfbDisplay
from deskreel.recorder.problems import UnreachableError
from deskreel.recorder.settings import RecorderSettings
from deskreel.recorder.status.status import Mood, RecorderStatus
from deskreel.recorder.tray import companion as companion_module
from deskreel.recorder.tray import run as run_module
from deskreel.recorder.tray.companion import COMMAND, TrayCompanion
from deskreel.recorder.tray.describe import STAYING_TEXT, describe_failure
from deskreel.recorder.tray.panel import CheckLine, to_line
from deskreel.recorder.tray.run import run_with_tray
from deskreel.recorder.tray.shift import ShiftLog
from support.tray import status
from support.waiting import turns, until

NOTICE = CapturePolicy(notice=Notice.ACKNOWLEDGEMENT)
STAYS = CapturePolicy(agent_may_quit=False)
PATIENCE_S = 20.0
# A tray without Qt: writes what it is told to a file, and says what stands in another, once.
PUPPET = """
import os, sys, threading
heard, says = sys.argv[1:]
def speak():
    while True:
        if os.path.exists(says):
            line = open(says, "rb").read(); os.remove(says); os.write(1, line)
        threading.Event().wait(0.01)
threading.Thread(target=speak, daemon=True).start()
open(heard, "a").close()
for line in sys.stdin.buffer:
    with open(heard, "ab", buffering=0) as out: out.write(line)
"""


class Hands:
    """What the agent's wishes come to."""

    def __init__(self) -> None:
        self.done: list[tuple[str, ...]] = []
        self.fail: list[Exception] = []

    def _note(self, *what: str) -> None:
        if self.fail:
            raise self.fail.pop(0)
        self.done.append(what)

    def choose_status(self, status: str) -> None:
        self._note("status", status)

    def pause(self) -> None:
        self._note("pause")

    def resume(self) -> None:
        self._note("resume")

    def acknowledge(self, notice: str) -> None:
        self._note("acknowledge", notice)


class Stage:
    """A companion with a puppet."""

    def __init__(self, home: Path) -> None:
        self.hands, self.left, self.bundles = Hands(), asyncio.Event(), list[Path]()
        self.checks, self.checked = list[bool](), asyncio.Event()
        self._heard, self._says = home / "heard", home / "says"
        self.companion = TrayCompanion(
            actions=self.hands,
            shift=ShiftLog(home, notice="You are recorded.", session="s1"),
            diagnose=self._diagnose,
            check=self._check,
            leave=self.left.set,
            command=(sys.executable, "-c", PUPPET, str(self._heard), str(self._says)),
        )

    def _diagnose(self, status: RecorderStatus | None, path: Path) -> None:
        path.write_bytes(b"bundle")
        self.bundles.append(path)

    async def _check(self, quick: bool) -> tuple[CheckLine, ...]:
        self.checks.append(quick)
        await self.checked.wait()
        line = CheckLine(title="TURN", measured="none", required="one", verdict="warning", advice="Open it.")
        return (line,)

    def heard(self, kind: str = "Panel") -> list[dict[str, object]]:
        """What the puppet was told."""
        if not self._heard.exists():
            return []
        lines = [json.loads(line) for line in self._heard.read_bytes().split(b"\n")[:-1]]
        return [line for line in lines if line["type"] == kind]

    def say(self, text: str) -> None:
        """Have the puppet say it."""
        staged = self._says.with_suffix(".part")
        staged.write_text(text + "\n")
        staged.rename(self._says)

    def wish(self, verb: str, text: str = "") -> None:
        """Have the puppet wish for something."""
        self.say(json.dumps({"type": "Wish", "verb": verb, "text": text}))


@asynccontextmanager
async def on_stage(home: Path) -> AsyncIterator[Stage]:
    made = Stage(home)
    running = asyncio.create_task(made.companion.run())
    try:
        yield made
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert made.companion.process is None


async def test_it_is_told_the_newest_status_and_nothing_twice(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        for mood in Mood:
            stage.companion.show(status(mood))
        await until(stage.heard)
        assert [panel["face"] for panel in stage.heard()] == ["problem"]
        for _ in range(3):
            stage.companion.show(status(Mood.PROBLEM))
        stage.companion.show(status(Mood.RECORDING))
        await until(lambda: len(stage.heard()) > 1)
        assert [panel["face"] for panel in stage.heard()] == ["problem", "recording"]


async def test_wishes_are_carried_out_and_answered(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        stage.companion.show(status())
        wishes = [
            ("choose_status", "Away"),
            ("pause", ""),
            ("resume", ""),
            ("diagnose", str(tmp_path / "b.zip")),
        ]
        for number, (verb, text) in enumerate(wishes, 1):
            stage.wish(verb, text)
            await until(lambda number=number: len(stage.heard("Answer")) == number)
        assert stage.hands.done == [("status", "Away"), ("pause",), ("resume",)]
        assert stage.bundles == [tmp_path / "b.zip"]
        assert all(answer["failed"] == "" for answer in stage.heard("Answer"))
        stage.wish("quit")
        await asyncio.wait_for(stage.left.wait(), PATIENCE_S)


async def test_a_check_of_the_connection_once_at_a_time_and_quick_while_recording(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        stage.companion.show(status())
        await until(stage.heard)
        stage.wish("check")
        await until(lambda: stage.checks == [False])
        again = json.dumps({"type": "Wish", "verb": "check", "text": ""})
        stage.say(again + "\n" + json.dumps({"type": "Wish", "verb": "pause", "text": ""}))
        await until(lambda: stage.hands.done == [("pause",)])
        stage.checked.set()
        await until(lambda: len(stage.heard("Answer")) == 2)
        answers = {str(answer["verb"]): answer for answer in stage.heard("Answer")}
        lines = answers["check"]["lines"]
        assert isinstance(lines, list)
        assert (lines[0]["title"], lines[0]["advice"]) == ("TURN", "Open it.")
        assert stage.checks == [False]
        stage.companion.show(status(Mood.RECORDING))
        stage.wish("check")
        await until(lambda: stage.checks == [False, True])


async def test_quitting_needs_the_policy_s_leave_of_now(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        stage.companion.show(status(policy=STAYS))
        await until(stage.heard)
        assert stage.heard()[-1]["staying"] == STAYING_TEXT
        stage.wish("quit")  # from a tray whose menu was open before that
        await until(lambda: stage.heard("Answer"))
        assert (stage.heard("Answer")[0]["failed"], stage.left.is_set()) == (STAYING_TEXT, False)
        assert stage.heard("Answer")[0]["hint"]
        stage.companion.show(status())
        stage.wish("quit")
        await asyncio.wait_for(stage.left.wait(), PATIENCE_S)


async def test_a_recorder_that_cannot_run_can_be_closed_whatever_the_policy_was(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        stage.companion.show(status(policy=STAYS))
        stage.companion.fail(describe_failure("no identity", "Enrol it", "0.1.0"))
        await until(lambda: stage.heard() and stage.heard()[-1]["final"])
        assert stage.heard()[-1]["staying"] == ""
        stage.wish("quit")
        await asyncio.wait_for(stage.left.wait(), PATIENCE_S)


async def test_a_wish_that_fails_is_answered_with_detail_and_hint(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        stage.hands.fail = [ForbiddenError("not by policy", hint="Ask an admin")]
        stage.wish("pause")
        await until(lambda: stage.heard("Answer"))
        stage.wish("diagnose", str(tmp_path / "missing" / "b.zip"))
        await until(lambda: len(stage.heard("Answer")) == 2)
        first, second = stage.heard("Answer")
        assert (first["failed"], first["hint"]) == ("not by policy", "Ask an admin")
        assert "No such file" in str(second["failed"])


async def test_the_acknowledgement_counts_once_and_reaches_the_server_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(companion_module, "_TELL_AGAIN_S", 0.05)
    async with on_stage(tmp_path) as stage:
        stage.hands.fail = [UnreachableError("no answer"), UnreachableError("no answer")]
        stage.companion.show(status(policy=NOTICE))
        await until(stage.heard)
        assert stage.heard()[-1]["notice"]
        for number in (1, 2, 3):  # an impatient agent
            stage.wish("acknowledge", "You are recorded.")
            await until(lambda number=number: len(stage.heard("Answer")) == number)
        await until(lambda: stage.hands.done)
        await until(lambda: stage.heard()[-1]["notice"] == "")
        assert stage.hands.fail == []  # both faults fired
        assert stage.hands.done == [("acknowledge", "You are recorded.")]
    async with on_stage(tmp_path) as again:
        again.companion.show(status(Mood.RECORDING, policy=NOTICE))
        await until(lambda: any(panel["face"] == "recording" for panel in again.heard()))
        assert [panel["notice"] for panel in again.heard() if panel["face"] == "recording"] == [""]
        assert again.hands.done == []


async def test_a_tray_killed_at_any_moment_comes_back_with_the_state_of_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(companion_module, "_RESTART_S", (0.01, 0.05))
    dice, killed = random.Random(7), set[int]()
    moods = (Mood.IDLE, Mood.RECORDING, Mood.PAUSED)
    async with on_stage(tmp_path) as stage:
        for number in range(8):
            await until(
                lambda: stage.companion.process is not None and stage.companion.process.pid not in killed
            )
            stage.companion.show(status(moods[number % 3]))
            await turns(dice.randrange(20))  # at some point of starting, reading or writing
            assert stage.companion.process is not None
            killed.add(stage.companion.process.pid)
            os.kill(stage.companion.process.pid, signal.SIGKILL)
        assert len(killed) == 8
        before = len(stage.heard())
        stage.companion.show(status(Mood.ACW))
        await until(lambda: len(stage.heard()) > before and stage.heard()[-1]["face"] == "acw")


async def test_a_tray_that_hangs_costs_the_recorder_nothing(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        stage.companion.show(status())
        await until(stage.heard)
        assert stage.companion.process is not None
        pid = stage.companion.process.pid
        os.kill(pid, signal.SIGSTOP)
        me, long = psutil.Process(), "x" * 2000
        before = me.memory_info().rss
        for number in range(3000):
            stage.companion.show(status(problem_text=f"{number} {long}"))
            if number % 10 == 0:
                await turns(1)
        assert me.memory_info().rss - before < 4_000_000  # 3000 panels would be more
        os.kill(pid, signal.SIGCONT)
        await until(lambda: str(stage.heard()[-1]["problem"]).startswith("2999 "))
        assert len(stage.heard()) < 3000  # what was old by then was left out


async def test_nonsense_from_the_tray_changes_nothing(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        stage.say("nonsense\n{}\n[]\n" + json.dumps({"type": "Wish", "verb": "fly", "text": ""}))
        stage.wish("pause")
        await until(lambda: stage.hands.done == [("pause",)])


async def test_a_tray_that_cannot_start_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(companion_module, "_RESTART_S", (0.01, 0.02))
    stage = Stage(tmp_path)
    good, stage.companion._command = stage.companion._command, ("/nonexistent/program",)
    with capture_logs() as logs:
        running = asyncio.create_task(stage.companion.run())
        stage.companion.show(status())
        await until(lambda: [line["event"] for line in logs].count("tray.not_started") > 1)
    assert stage.heard() == []
    stage.companion._command = good
    await until(stage.heard)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


# --- the real tray --------------------------------------------------------------------------------------------


@pytest.fixture
def display() -> Iterator[XvfbDisplay]:
    with XvfbDisplay("1280x900") as made:
        yield made


@pytest.fixture
def host(display: XvfbDisplay, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrayHost]:
    monkeypatch.setenv("DISPLAY", display.name)
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
    made = TrayHost(display.name)
    yield made
    made.close()


async def test_the_real_tray_shows_itself_comes_back_and_ends_with_the_recorder(
    host: TrayHost, tmp_path: Path
) -> None:
    stage = Stage(tmp_path)
    stage.companion._command = COMMAND
    running = asyncio.create_task(stage.companion.run())
    stage.companion.show(status(Mood.RECORDING))
    await until(host.docked)
    await until(lambda: host.map_state(host.icons[-1]) == "viewable")
    host.click(*host.middle(host.icons[-1]))
    await until(lambda: "Deskreel: Recording" in host.titles())
    stage.companion.show(status(Mood.ACW))
    await until(lambda: "Deskreel: After Call Work" in host.titles())
    assert stage.companion.process is not None
    first = psutil.Process(stage.companion.process.pid)
    first.kill()
    await until(lambda: len(host.docked()) == 2)
    second = psutil.Process(stage.companion.process.pid)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not second.is_running()
    assert not host.titles().keys() & {"Deskreel: Recording", "Deskreel: After Call Work"}


async def test_the_real_tray_ends_by_itself_with_its_window_open(host: TrayHost) -> None:
    tray = await asyncio.create_subprocess_exec(*COMMAND, stdin=PIPE, stdout=PIPE)
    assert tray.stdin is not None
    tray.stdin.write(to_line(describe_failure("no", "why", "1")))
    await until(lambda: "Deskreel: Not running" in host.titles())
    tray.stdin.close()
    assert await asyncio.wait_for(tray.wait(), PATIENCE_S) == 0


async def test_a_recorder_that_is_not_enrolled_says_so_in_a_window_until_it_is_closed(
    host: TrayHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[TrayCompanion] = []

    class Watched(TrayCompanion):
        def __init__(self, **given: object) -> None:
            super().__init__(**given)  # type: ignore[arg-type]
            made.append(self)

    monkeypatch.setattr(run_module, "TrayCompanion", Watched)
    running = asyncio.create_task(run_with_tray(RecorderSettings(dir=tmp_path)))
    await until(lambda: "Deskreel: Not running" in host.titles())
    assert not running.done()
    host.close_window(host.titles()["Deskreel: Not running"])
    with pytest.raises(NotEnrolledError):
        await asyncio.wait_for(running, PATIENCE_S)
    assert made[0].process is None


async def test_without_a_desktop_session_the_tray_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(NoDisplayError) as caught:
        await run_with_tray(RecorderSettings(dir=tmp_path))
    assert "--headless" in caught.value.hint_text
