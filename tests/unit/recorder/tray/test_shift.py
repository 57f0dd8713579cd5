"""The notice is acknowledged once per shift, over restarts and whatever the disk does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.messages import AgentDesk
from deskreel.core.policy import CapturePolicy, Notice
from deskreel.core.time import WallTime
from deskreel.recorder.files import OsFilesystem
from deskreel.recorder.status.status import RecorderStatus
from deskreel.recorder.tray.shift import FILE, SHIFT_MS, ShiftLog
from support.tray import NOON, status

POLICY = CapturePolicy(notice=Notice.ACKNOWLEDGEMENT)
TEXT = "You may be recorded."
NOW = status(policy=POLICY)


def later(ms: int) -> RecorderStatus:
    return replace(NOW, at=WallTime(NOON + ms))


def log(home: Path, session: str = "s1", notice: str = TEXT) -> ShiftLog:
    return ShiftLog(home, notice=notice, session=session)


@pytest.mark.parametrize("notice", list(Notice))
def test_it_is_due_only_under_its_policy(tmp_path: Path, notice: Notice) -> None:
    due = log(tmp_path).due(status(policy=CapturePolicy(notice=notice)))
    assert due == (notice is Notice.ACKNOWLEDGEMENT)


def test_it_is_not_due_before_the_agent_is_known(tmp_path: Path) -> None:
    assert not log(tmp_path).due(replace(NOW, agent=None))


def test_once_a_shift_also_over_a_restart(tmp_path: Path) -> None:
    first = log(tmp_path)
    assert first.due(NOW)
    first.acknowledged(NOW)
    assert not first.due(NOW)
    again = log(tmp_path)
    assert not again.due(later(SHIFT_MS - 1))
    assert again.due(later(SHIFT_MS))


@given(st.integers(-SHIFT_MS, 3 * SHIFT_MS))
def test_it_holds_for_twelve_hours_and_not_backwards(
    tmp_path_factory: pytest.TempPathFactory, ms: int
) -> None:
    made = log(tmp_path_factory.mktemp("shift"))
    made.acknowledged(NOW)
    assert made.due(later(ms)) == (not 0 <= ms < SHIFT_MS)


def test_another_session_agent_or_text_asks_again(tmp_path: Path) -> None:
    log(tmp_path).acknowledged(NOW)
    assert log(tmp_path, session="s2").due(NOW)
    assert log(tmp_path, notice="Another text.").due(NOW)
    assert log(tmp_path).due(replace(NOW, agent=AgentDesk(name="Grace Hopper")))
    assert not log(tmp_path).due(NOW)


def test_signing_out_ends_the_shift(tmp_path: Path) -> None:
    made = log(tmp_path)
    made.acknowledged(NOW)
    made.told()
    gone = replace(NOW, agent=AgentDesk(name="Ada Lovelace", status="Signed out"))
    assert not made.due(gone)
    assert made.due(NOW)


def test_what_the_server_does_not_know_yet_outlives_a_restart(tmp_path: Path) -> None:
    made = log(tmp_path)
    assert not made.untold
    made.acknowledged(NOW)
    assert log(tmp_path).untold
    made.told()
    assert not made.untold
    assert not log(tmp_path).untold


def test_no_name_of_a_person_is_in_the_file(tmp_path: Path) -> None:
    log(tmp_path).acknowledged(NOW)
    assert "Ada" not in (tmp_path / FILE).read_text()


class FullDisk(OsFilesystem):
    def __init__(self) -> None:
        self.fired = 0

    def write(self, path: Path, data: bytes) -> None:
        self.fired += 1
        raise OSError(28, "No space left on device")


def test_on_a_full_disk_it_is_remembered_until_the_recorder_ends(tmp_path: Path) -> None:
    disk = FullDisk()
    made = ShiftLog(tmp_path, notice=TEXT, session="s1", fs=disk)
    made.acknowledged(NOW)
    assert disk.fired == 1
    assert not made.due(NOW)
    assert log(tmp_path).due(NOW)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"agent": 1}'])
def test_a_damaged_file_asks_again(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / FILE).write_bytes(damage)
    assert log(tmp_path).due(NOW)
