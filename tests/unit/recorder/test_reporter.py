"""What the recorder says of itself, from what its parts know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from recorder_samples import SCR, desired, keep, order

from deskreel.core.enrolment import EnrolmentEndedError
from deskreel.core.errors import DeskreelError
from deskreel.core.ids import RecorderId
from deskreel.core.messages import AgentDesk, Health, MonitorInfo, Phase
from deskreel.core.policy import CapturePolicy
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import ClockSample, WallTime
from deskreel.recorder.control.clock import ServerClock
from deskreel.recorder.control.desk import Desk, DeskState
from deskreel.recorder.enrol.identity import Identity, new_key
from deskreel.recorder.problems import UnreachableError
from deskreel.recorder.spool.spool import Spool
from deskreel.recorder.spool.thread import SpoolThread
from deskreel.recorder.status.reporter import Reporter, same_but_for_time
from deskreel.recorder.status.status import Mood
from deskreel.recorder.upload.pace import UploadStats

WHO = Identity(server_url="https://server", recorder_id=RecorderId("rcd_1"), credential="c", key=new_key())
NOTHING = UploadStats(chunks=0, bytes=0, upload_kbps=None, oldest_backlog_ms=None, eta_s=None, problem=None)
STUCK = UploadStats(
    chunks=3,
    bytes=30,
    upload_kbps=None,
    oldest_backlog_ms=90_000,
    eta_s=None,
    problem="unknown_region_key",
    problem_detail="sealed for another key",
    problem_hint="Give the gateway the key.",
)
MONITOR = MonitorInfo(name="A", x=0, y=0, width=9, height=9, primary=True, active=True)


class StandingDesk(Desk):
    """One whose state is given."""

    standing = DeskState(
        version=1, phase=Phase.IDLE, recording=None, first_frame_at=None, problem=None, problem_detail=""
    )

    def state(self) -> DeskState:
        return self.standing


class Rig:
    def __init__(self, home: Path) -> None:
        self.local_ms = 1_000.0
        self.clock = ServerClock(lambda: self.local_ms)
        self.spool = SpoolThread(Spool(home / "spool", home / "quarantine", max_bytes=2**20))
        self.desk = StandingDesk(spool=self.spool, clock=self.clock, changed=lambda: None)
        self.uploads = NOTHING
        self.connection: tuple[bool, DeskreelError | None] = (True, None)
        self.reporter = Reporter(
            desk=self.desk,
            spool=self.spool,
            clock=self.clock,
            health=lambda: Health(cpu_percent=1.5, adaptations=("a: b",)),
            monitors=lambda: (MONITOR,),
            uploads=lambda: self.uploads,
            connection=lambda: self.connection,
        )

    def recording(self) -> None:
        self.desk.standing = replace(
            self.desk.standing, phase=Phase.RECORDING, recording=SCR, first_frame_at=WallTime(900)
        )


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.spool.close()


async def test_the_report(rig: Rig) -> None:
    rig.recording()
    rig.clock.add(ClockSample(sent_ms=0, server_ms=505, received_ms=10))
    observed = await rig.reporter.observed()
    assert (observed.version, observed.phase, observed.screen_recording_id) == (1, Phase.RECORDING, SCR)
    assert (observed.first_frame_at, observed.clock_offset_ms, observed.clock_uncertainty_ms) == (900, 500, 5)
    assert observed.health.adaptations == ("a: b",)
    assert observed.monitors == (MONITOR,)
    assert observed.problem is None


def test_the_status_knows_since_when(rig: Rig) -> None:
    first = rig.reporter.status(WHO)
    assert (first.mood, first.since, first.agent) == (Mood.IDLE, 1_000, None)
    rig.local_ms = 2_000
    later = rig.reporter.status(WHO)
    assert (later.at, later.since) == (2_000, 1_000)
    assert same_but_for_time(first, later)
    rig.recording()
    recording = rig.reporter.status(WHO)
    assert (recording.mood, recording.since) == (Mood.RECORDING, 2_000)
    assert not same_but_for_time(later, recording)


def test_policy_and_agent_come_from_the_server(rig: Rig) -> None:
    state = replace(
        desired(keep((0, None)), phase=Phase.RECORDING, order=order()),
        policy=CapturePolicy(max_fps=2),
        agent=AgentDesk(name="Ada"),
    )
    rig.desk.desired(state, first_of_connection=True)
    status = rig.reporter.status(WHO)
    assert (status.policy.max_fps, status.agent) == (2, AgentDesk(name="Ada"))


async def test_a_problem_of_the_capture_comes_first_with_its_advice(rig: Rig) -> None:
    rig.recording()
    rig.uploads = STUCK
    rig.desk.standing = replace(rig.desk.standing, problem="no_display", problem_detail="gone")
    status = rig.reporter.status(WHO)
    assert (status.mood, status.problem, status.problem_text) == (Mood.PROBLEM, "no_display", "gone")
    assert status.hint == ReasonCode.NO_DISPLAY.advice
    assert status.screen_recording_id == SCR


async def test_an_upload_that_is_stuck_is_told_once_it_lasts(rig: Rig) -> None:
    rig.uploads = replace(STUCK, oldest_backlog_ms=5_000)
    assert rig.reporter.status(WHO).problem is None
    rig.uploads = STUCK
    status = rig.reporter.status(WHO)
    assert (status.mood, status.problem, status.hint) == (
        Mood.PROBLEM,
        "unknown_region_key",
        "Give the gateway the key.",
    )
    assert (status.backlog_chunks, status.backlog_bytes) == (3, 30)
    observed = await rig.reporter.observed()
    assert (observed.problem, observed.problem_detail) == ("unknown_region_key", "sealed for another key")


def test_without_a_network_nobody_is_called(rig: Rig) -> None:
    rig.connection = (False, UnreachableError("refused"))
    rig.uploads = replace(STUCK, problem="unreachable", problem_hint="Check the network.")
    offline = rig.reporter.status(WHO)
    assert (offline.mood, offline.problem, offline.hint) == (
        Mood.OFFLINE,
        "unreachable",
        "Check the network.",
    )
    rig.recording()
    assert rig.reporter.status(WHO).mood is Mood.RECORDING, "it goes on, and the agent is to see so"


def test_an_enrolment_that_ended_needs_a_person(rig: Rig) -> None:
    rig.connection = (False, EnrolmentEndedError("revoked"))
    status = rig.reporter.status(WHO)
    assert (status.mood, status.connected, status.problem) == (Mood.PROBLEM, False, "enrolment_ended")
    assert status.hint
