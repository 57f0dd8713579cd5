"""What the agent reads in each state, and what they must not read when the policy is not to tell them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.ids import ScreenRecordingId
from deskreel.core.messages import Health
from deskreel.core.policy import CapturePolicy, Notice
from deskreel.core.time import WallTime
from deskreel.recorder.status.status import Mood
from deskreel.recorder.tray.describe import describe, describe_failure, duration, size
from deskreel.recorder.tray.panel import Face, Pausing
from support.tray import IN_A_CALL, NOON, status

NONE = CapturePolicy(notice=Notice.NONE)
BANNER = CapturePolicy(notice=Notice.BANNER)
MAY_PAUSE = CapturePolicy(agent_may_pause=True)


@pytest.mark.parametrize(
    ("mood", "face", "headline"),
    [
        (Mood.IDLE, Face.IDLE, "Not recording"),
        (Mood.RECORDING, Face.RECORDING, "Recording"),
        (Mood.PAUSED, Face.PAUSED, "Paused"),
        (Mood.ACW, Face.ACW, "After Call Work"),
        (Mood.OFFLINE, Face.OFFLINE, "No connection"),
        (Mood.PROBLEM, Face.PROBLEM, "Needs attention"),
    ],
)
def test_each_mood_has_its_face_and_its_words(mood: Mood, face: Face, headline: str) -> None:
    panel = describe(status(mood), zone=UTC)
    assert (panel.face, panel.headline, panel.since) == (face, headline, "11:59")
    assert panel.tooltip.startswith(f"Deskreel: {headline} since 11:59\n")
    assert panel.agent == "Ada Lovelace"
    assert dict(panel.about)["Recorder"] == "rcd_1"


def test_what_is_kept_in_memory_is_said() -> None:
    looks_back = CapturePolicy(look_back_ms=10_000)
    assert "last 10 s are kept in memory" in describe(status(Mood.IDLE, policy=looks_back)).detail
    assert "memory" not in describe(status(Mood.RECORDING, policy=looks_back)).detail


def test_waiting_chunks_are_a_face_of_their_own_only_when_nothing_is_recorded() -> None:
    waiting: dict[str, Any] = {"backlog_chunks": 12, "backlog_bytes": 3_400_000}
    health = Health(oldest_backlog_ms=150_000, backlog_eta_s=40.4)
    panel = describe(status(**waiting, health=health))
    assert panel.face is Face.UPLOADING
    assert panel.upload == "12 chunks waiting (3.4 MB), the oldest for 2 min, about 40 s to go"
    assert panel.sending == "Upload: 12 chunks waiting, about 40 s to go"
    assert describe(status(Mood.RECORDING, **waiting)).face is Face.RECORDING
    assert describe(status(backlog_chunks=1, backlog_bytes=999)).upload == "1 chunk waiting (1 kB)"


def test_a_problem_comes_with_its_hint_also_in_the_tooltip() -> None:
    panel = describe(
        status(Mood.PROBLEM, problem="disk_full", problem_text="The disk is full", hint="Free it")
    )
    assert (panel.problem, panel.hint) == ("The disk is full", "Free it")
    assert panel.tooltip.splitlines()[1:] == ["The disk is full", "Free it"]


def test_a_recording_without_connection_says_that_it_goes_on() -> None:
    panel = describe(status(Mood.RECORDING, connected=False))
    assert "goes on" in panel.detail
    assert panel.network == "Network: no connection"
    assert "No new recording" in describe(status(Mood.OFFLINE, connected=False)).detail


@pytest.mark.parametrize(
    ("health", "name", "warning"),
    [
        (Health(machine_cpu_percent=80.0), "CPU of this desktop", ""),
        (Health(machine_cpu_percent=81.0), "CPU of this desktop", "over 80 %"),
        (Health(loss_percent=2.0), "Loss", ""),
        (Health(loss_percent=2.1), "Loss", "over 2 %"),
        (Health(jitter_ms=400), "Jitter", ""),
        (Health(jitter_ms=401), "Jitter", "over 400 ms"),
        (Health(upload_kbps=500), "Upload", ""),
        (Health(upload_kbps=499), "Upload", "under 500 kbit/s"),
        (Health(disk_free_bytes=10**9), "Disk free", ""),
        (Health(disk_free_bytes=10**9 - 1), "Disk free", "under 1.0 GB"),
    ],
)
def test_readings_warn_beyond_the_promised_thresholds(health: Health, name: str, warning: str) -> None:
    panel = describe(status(health=health))
    assert {fact.name: fact.warning for fact in panel.facts} == {name: warning}
    poor = "poor" in panel.network or "busy" in panel.machine
    assert poor == bool(warning)


def test_what_is_not_known_is_not_shown() -> None:
    assert describe(status()).facts == ()
    assert describe(status()).machine == "This desktop: not measured yet"


# --- the notice by policy -------------------------------------------------------------------------------------


@given(st.sampled_from(IN_A_CALL), st.booleans())
def test_under_the_notice_none_a_call_looks_as_no_call(mood: Mood, capturing: bool) -> None:
    recording = ScreenRecordingId("scr_1") if capturing else None
    panel = describe(status(mood, policy=NONE, screen_recording_id=recording, since=WallTime(NOON - 5000)))
    idle = describe(status(policy=NONE))
    # only the question before quitting knows
    assert replace(panel, capturing=False, since="") == replace(idle, since="")
    assert "record" not in f"{panel.headline} {panel.detail} {panel.tooltip}"
    assert panel.since == ""


def test_who_may_pause_is_told() -> None:
    policy = CapturePolicy(notice=Notice.NONE, agent_may_pause=True)
    assert describe(status(Mood.RECORDING, policy=policy)).face is Face.RECORDING


@pytest.mark.parametrize("notice", list(Notice))
@pytest.mark.parametrize("mood", list(Mood))
def test_the_banner_is_there_only_by_policy_and_only_in_a_call(notice: Notice, mood: Mood) -> None:
    banner = describe(status(mood, policy=CapturePolicy(notice=notice))).banner
    assert (banner is not None) == (notice is Notice.BANNER and mood in IN_A_CALL)


def test_the_banner_stays_while_a_recording_has_a_problem() -> None:
    panel = describe(status(Mood.PROBLEM, policy=BANNER, screen_recording_id=ScreenRecordingId("scr_1")))
    assert panel.banner is not None
    assert panel.banner.face is Face.RECORDING


def test_the_notice_is_in_the_panel_when_it_is_due() -> None:
    assert "recorded" in describe(status(), acknowledge=True).notice
    assert describe(status()).notice == ""


@pytest.mark.parametrize(
    ("mood", "pausing"),
    [
        (Mood.IDLE, Pausing.IDLE),
        (Mood.RECORDING, Pausing.PAUSE),
        (Mood.PAUSED, Pausing.RESUME),
        (Mood.ACW, Pausing.IDLE),
        (Mood.OFFLINE, Pausing.IDLE),
    ],
)
def test_pausing_by_policy_and_mood(mood: Mood, pausing: Pausing) -> None:
    assert describe(status(mood, policy=MAY_PAUSE)).pausing is pausing
    assert describe(status(mood)).pausing is Pausing.NO


def test_a_call_in_trouble_can_be_paused() -> None:
    recording = ScreenRecordingId("scr_1")
    panel = describe(status(Mood.PROBLEM, policy=MAY_PAUSE, screen_recording_id=recording))
    assert panel.pausing is Pausing.PAUSE


def test_a_recorder_that_cannot_run_says_why() -> None:
    panel = describe_failure("not enrolled", "Enrol it", "0.1.0")
    assert panel.final
    assert (panel.problem, panel.hint, panel.face) == ("not enrolled", "Enrol it", Face.PROBLEM)


def test_a_moment_of_another_day_has_its_date() -> None:
    yesterday = WallTime(NOON - 24 * 3_600_000)
    assert describe(status(since=yesterday), zone=UTC).since == "14 Jan 12:00"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (89, "89 s"), (90, "2 min"), (5399, "90 min"), (7380, "2 h 3 min")]
)
def test_lengths_of_time(seconds: float, text: str) -> None:
    assert duration(seconds) == text.replace("90 min", "1 h 30 min")


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 kB"), (1500, "2 kB"), (38.4e6, "38.4 MB"), (2e9, "2.0 GB")]
)
def test_sizes(count: float, text: str) -> None:
    assert size(int(count)) == text
