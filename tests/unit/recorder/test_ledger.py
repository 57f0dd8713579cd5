"""The ledger under replay: duplicates, torn lines, any cut."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from recorder_samples import meta

from deskreel.core.chunk import Incident, Mark
from deskreel.core.time import WallTime, Window
from deskreel.recorder.files import OsFilesystem
from deskreel.recorder.spool.ledger import (
    MAX_MARKS,
    Ledger,
    acknowledged_line,
    given_up_line,
    incident_line,
    mark_line,
    merged_incidents,
    replay,
)


class UnsyncedFilesystem(OsFilesystem):
    """Ten thousand lines need no power cut."""

    def append(self, path: Path, data: bytes) -> None:
        with path.open("ab") as out:
            out.write(data)


def incident(start: int, end: int, reason: str = "disk_full", detail: str = "") -> Incident:
    return Incident(window=Window(WallTime(start), WallTime(end)), reason=reason, detail=detail)


entries = st.one_of(
    st.integers(0, 9).map(
        lambda n: mark_line(Mark(at=WallTime(n), kind="monitor", detail={"x": -n, "on": n > 3}))
    ),
    st.integers(1, 30).map(lambda seq: acknowledged_line(meta(seq, seq * 2000))),
    st.integers(31, 40).map(lambda seq: given_up_line(seq, "dropped")),
    st.tuples(st.integers(0, 50), st.integers(1, 50)).map(
        lambda w: incident_line(incident(w[0], w[0] + w[1], detail='a "quoted"\nline'))
    ),
)


@given(st.lists(entries, max_size=20), st.data())
def test_any_cut_costs_at_most_the_last_line(lines: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(lines)
    cut = data.draw(st.integers(0, len(whole)))
    kept, length = [], 0
    for line in lines:
        if length + len(line) - 1 > cut:  # the line's end itself is not needed
            break
        kept.append(line)
        length += len(line)
    account, expected = replay(whole[:cut]), replay(b"".join(kept))
    assert account.acknowledged == expected.acknowledged
    assert account.given_up == expected.given_up
    assert account.incidents == expected.incidents
    assert account.marks == expected.marks


@given(st.lists(entries, max_size=20))
def test_replaying_twice_counts_once(lines: list[bytes]) -> None:
    once, twice = replay(b"".join(lines)), replay(b"".join(lines) * 2)
    assert (once.acknowledged, once.given_up, once.incidents, once.marks) == (
        twice.acknowledged,
        twice.given_up,
        twice.incidents,
        twice.marks,
    )


def test_marks_have_a_limit(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl", UnsyncedFilesystem())
    for n in range(MAX_MARKS + 5):
        ledger.mark(Mark(at=WallTime(n), kind="monitor", detail={}))
    again = Ledger(tmp_path / "ledger.jsonl", OsFilesystem()).account
    assert [mark.at for mark in again.marks] == list(range(MAX_MARKS))


def test_the_next_line_after_a_torn_one_stands_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(acknowledged_line(meta(1)) + acknowledged_line(meta(2))[:40])
    ledger = Ledger(path, OsFilesystem())
    assert sorted(ledger.account.acknowledged) == [1]
    ledger.acknowledge(meta(2))
    ledger.acknowledge(meta(2))
    again = Ledger(path, OsFilesystem()).account
    assert sorted(again.acknowledged) == [1, 2]
    assert again.damaged == 1
    assert path.read_bytes().count(b'"ack":2') == 1 + 1  # the torn one and the whole one


def test_a_line_that_is_not_ours_is_counted_and_passed_over() -> None:
    account = replay(b'{"ack":true}\n[]\n\xff\n' + acknowledged_line(meta(3)))
    assert sorted(account.acknowledged) == [3]
    assert account.damaged == 3
    assert account.last_seq == 3
    assert account.last_end == 2000


def test_incidents_of_one_cause_that_touch_are_one() -> None:
    merged = merged_incidents(
        [
            incident(2000, 4000, detail="second"),
            incident(0, 2000, detail="first"),
            incident(1000, 3000, "recorder_killed"),
            incident(9000, 9500),
        ]
    )
    assert merged == (
        incident(0, 4000, detail="first"),
        incident(1000, 3000, "recorder_killed"),
        incident(9000, 9500),
    )
