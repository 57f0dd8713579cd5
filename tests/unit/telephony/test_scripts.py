"""Scripts of simulated calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskreel.core.capture_session import CaptureSession
from deskreel.core.errors import InvalidInputError
from deskreel.core.time import WallTime
from deskreel.telephony.call_events import dump_batch, parse_batch
from deskreel.telephony.play import script_event
from deskreel.telephony.scripts import moments, parse_script

EXAMPLES = sorted((Path(__file__).parents[3] / "examples" / "calls").glob("*.yaml"))
BEGAN = 1_700_000_000_000


def spans(text: str, agent: str = "1001") -> list[list[tuple[str, float, float | None]]]:
    """State, from, to in seconds after the script's begin, for each screen recording."""
    events = [script_event(m, n, BEGAN, "r") for n, m in enumerate(moments(parse_script(text)))]
    later = WallTime(BEGAN + 3_600_000)
    own = [e for e in parse_batch(dump_batch(events), later).events if e.agent == agent]
    return [
        [
            (
                s.state.value,
                (s.window.start - BEGAN) / 1000,
                None if s.window.end is None else (s.window.end - BEGAN) / 1000,
            )
            for s in recording.spans
        ]
        for recording in CaptureSession().apply_all(own).at(later).recordings
    ]


def test_the_examples_are_what_they_say() -> None:
    found = {path.stem: spans(path.read_text()) for path in EXAMPLES}
    assert found["overlap"] == [[("recorded", 0, 4), ("paused", 4, 9), ("recorded", 9, 20), ("acw", 20, 25)]]
    assert found["transfer"] == [[("recorded", 0, 8), ("acw", 8, 12)]]
    assert found["back-to-back"] == [
        [("recorded", 0, 8), ("acw", 8, 12)],
        [("recorded", 12, 20), ("acw", 20, 24)],
        [("recorded", 24, 32), ("acw", 32, 35)],
    ]
    assert found["unrecorded"] == [
        [("recorded", 10, 14), ("paused", 14, 19), ("recorded", 19, 25), ("acw", 25, 30)]
    ]
    (storm,) = found["pause-storm"]
    assert sum(1 for state, *_ in storm if state == "paused") == 10


def test_the_second_agent_of_a_transfer_has_the_rest() -> None:
    text = next(path for path in EXAMPLES if path.stem == "transfer").read_text()
    assert spans(text, "1002") == [
        [("recorded", 8, 12), ("paused", 12, 14), ("recorded", 14, 20), ("acw", 20, 24)]
    ]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("calls: []", "calls"),
        ("calls: [{agent: 1001}]", "seconds"),
        ("calls: [{agent: 1001, seconds: 5, pauses: [[3, 9]]}]", "calls.0"),
        ("calls: [{agent: 1001, seconds: 5, recorded: false, pauses: [[1, 2]]}]", "not recorded"),
        ("calls: [{agent: 1001, seconds: 5, transfer: {to: 1002, at: 5}}]", "transfer"),
        ("calls: [{agent: 1001, seconds: 5, colour: red}]", "colour"),
        ("calls: [", "YAML"),
        ("- just a list", "the script"),
    ],
)
def test_a_faulty_script_names_its_fault(text: str, named: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse_script(text)
    assert named in refused.value.detail
