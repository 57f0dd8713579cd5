"""A desktop short of room gives up the live view before anything of the recording; the agent is told of a view."""

from __future__ import annotations

from dataclasses import replace

import pytest
from leg_rig import live_order

from deskreel.core.ids import ScreenRecordingId
from deskreel.core.messages import Desired, Phase
from deskreel.core.policy import CapturePolicy, Notice
from deskreel.core.time import WallTime
from deskreel.recorder.adapt.adaptation import Adapting, adapt, adaptations_of, limits_of
from deskreel.recorder.adapt.values import Base, Limits, Readings, Rules
from deskreel.recorder.control.view import ServerView
from deskreel.recorder.status.status import Mood, RecorderStatus
from deskreel.recorder.tray.describe import describe

BASE, RULES = Base(max_fps=5), Rules()


class Machine:
    def __init__(self) -> None:
        self.adapting = Adapting()
        self.at_ms = 0

    def look(self, cpu: float, *, live: bool) -> Limits:
        readings = Readings(at_ms=self.at_ms, machine_cpu_percent=cpu, live=live)
        self.adapting = adapt(self.adapting, readings, BASE, RULES)
        self.at_ms += 5_000
        return limits_of(self.adapting, BASE, capturing=True)

    def texts(self) -> list[str]:
        return [one.text for one in adaptations_of(self.adapting, BASE, capturing=True)]


def test_the_live_view_goes_first_and_the_recording_stays_as_it_is_if_that_helps() -> None:
    machine = Machine()
    machine.look(95, live=True)
    limits = machine.look(95, live=True)
    assert (limits.live, limits.max_fps) == (False, 5)
    assert machine.texts() == ["no live view: machine CPU 95 %, limit 80 %"]
    for _ in range(5):
        limits = machine.look(60, live=False)
    assert (limits.live, limits.max_fps) == (False, 5)  # not at once again
    for _ in range(4):
        limits = machine.look(60, live=False)
    assert (limits.live, limits.max_fps) == (True, 5)
    # it was too early: the next time it waits longer
    machine.look(95, live=True)
    assert not machine.look(95, live=True).live
    for _ in range(9):
        limits = machine.look(60, live=False)
    assert not limits.live


def test_if_it_does_not_help_the_recording_follows() -> None:
    machine = Machine()
    machine.look(95, live=True)
    machine.look(95, live=True)
    machine.look(95, live=False)
    limits = machine.look(95, live=False)
    assert (limits.live, limits.max_fps) == (False, 3)


def test_nobody_watches_and_the_recording_gives_way_as_ever() -> None:
    machine = Machine()
    machine.look(95, live=False)
    assert machine.look(95, live=False).max_fps == 3


@pytest.fixture
def status() -> RecorderStatus:
    return RecorderStatus(
        at=WallTime(1_000),
        mood=Mood.RECORDING,
        connected=True,
        server_url="https://deskreel.example",
        recorder_id="rcd_1",
        agent=None,
        policy=CapturePolicy(),
        screen_recording_id=None,
        since=None,
        problem=None,
        problem_text="",
        hint="",
        backlog_chunks=0,
        backlog_bytes=0,
        watched=True,
    )


def test_the_agent_is_told_in_window_icon_and_banner(status: RecorderStatus) -> None:
    shown = describe(
        replace(
            status,
            screen_recording_id=ScreenRecordingId("scr_1"),
            policy=CapturePolicy(notice=Notice.BANNER),
        )
    )
    assert shown.watched == "A supervisor is watching your screen live."
    assert "supervisor" not in shown.detail
    assert shown.watched in shown.tooltip
    trouble = replace(status, problem_text="The disk is full", hint="Free some space")
    assert describe(trouble).tooltip.splitlines()[1:] == [
        shown.watched,
        "The disk is full",
        "Free some space",
    ]
    assert shown.banner is not None
    assert shown.banner.text == "This screen is recorded, and a supervisor is watching"
    nobody = describe(replace(status, watched=False))
    assert (nobody.watched, "supervisor" in nobody.tooltip) == ("", False)


def test_who_is_told_of_nothing_else_is_told_of_this(status: RecorderStatus) -> None:
    quiet = replace(status, policy=CapturePolicy(notice=Notice.NONE))
    assert "A supervisor is watching" in describe(quiet).tooltip
    assert describe(replace(quiet, watched=False)).headline == "Running"


def test_who_is_dismissed_is_not_watched_any_more() -> None:
    desired = Desired(
        version=1, as_of=WallTime(1), phase=Phase.RECORDING, order=None, keep=(), live=live_order()
    )
    dismissed = ServerView(desired=desired).dismissed()
    assert dismissed.desired is not None
    assert dismissed.desired.live is None
