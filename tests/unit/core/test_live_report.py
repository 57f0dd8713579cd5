"""What a recorder says of a live view, between programs of different ages."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.live import LiveReport, LiveState, Obstacle, ObstacleCode, Rung, sentence
from deskreel.core.messages import Observed, Phase, dump, parse_recorder_message

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
OBSTACLES = st.builds(
    Obstacle, code=st.sampled_from(ObstacleCode), text=TEXT, rung=st.none() | st.sampled_from(Rung)
)


def heard(live: dict[str, Any]) -> LiveReport:
    """As it arrives at the server."""
    line = json.loads(dump(Observed(version=1, phase=Phase.RECORDING, screen_recording_id=None)))
    message = parse_recorder_message(json.dumps({**line, "live": live}))
    assert isinstance(message, Observed)
    assert message.live is not None
    return message.live


@given(st.lists(OBSTACLES, max_size=6).map(tuple))
def test_what_is_in_the_way_arrives_as_it_was_said(obstacles: tuple[Obstacle, ...]) -> None:
    report = LiveReport(state=LiveState.OFF, why=sentence(obstacles), obstacles=obstacles)
    observed = Observed(version=1, phase=Phase.RECORDING, screen_recording_id=None, live=report)
    assert heard(json.loads(dump(observed))["live"]) == report


def test_an_older_recorder_says_a_sentence_and_nothing_else() -> None:
    report = heard({"state": "off", "rung": "https", "why": "direct: blocked"})
    assert (report.why, report.obstacles) == ("direct: blocked", ())


def test_what_only_a_newer_recorder_knows_keeps_its_text() -> None:
    newer = {"code": "moon_in_the_way", "text": "the moon is in the way", "rung": "direct", "since": 7}
    report = heard({"state": "live", "rung": "turn-udp", "obstacles": [newer]})
    assert report.obstacles == (
        Obstacle(code=ObstacleCode.OTHER, text="the moon is in the way", rung=Rung.DIRECT),
    )
