"""`deskreel telephony replay`: its output, its settings, and files that do not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deskreel.cli import app
from deskreel.core.errors import InvalidInputError
from deskreel.telephony.asterisk import replay
from support.asterisk import arrivals, capture, golden

OVERLAP = capture("overlap").read_bytes(), arrivals("overlap").read_bytes()


def recorded(**settings: object) -> dict[str, list[list[str]]]:
    """The states of each screen recording's spans, by agent."""
    chosen = replay.parse_settings(json.dumps(settings).encode())
    found = replay.understand(replay.messages_of(*OVERLAP), chosen)
    shown = replay.document(found, replay.views(found, chosen))["agents"]
    return {
        agent: [[span["state"] for span in one["spans"]] for one in entry["screen_recordings"]]
        for agent, entry in shown.items()
    }


def test_the_command_prints_the_golden_json() -> None:
    result = CliRunner().invoke(
        app,
        [
            "telephony",
            "replay",
            str(capture("overlap")),
            "--arrivals",
            str(arrivals("overlap")),
            "--json",
        ],
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == golden("overlap")


def test_the_table_names_every_span() -> None:
    result = CliRunner().invoke(app, ["telephony", "replay", str(capture("pbx_kill"))])
    assert result.exit_code == 0, result.output
    assert "1001, screen recording 1:" in result.stdout
    assert "telephony_lost" in result.stdout


def test_settings() -> None:
    assert recorded(acw=False)["1002"] == [["recorded"]]
    assert set(recorded(enabled=["1002"])) == {"1002"}
    assert set(recorded(agents={"Alice Agent": "alice"})) == {"alice", "1002"}
    assert recorded(acw_timeout_s=1)["1001"] == [["recorded", "paused", "recorded", "acw"]]
    assert recorded(max_length_minutes=0.05)["1002"] == [["recorded"]]


@pytest.mark.parametrize("document", [b"{", b"[]", b'{"awc": true}', b'{"acw_timeout_s": -1}'])
def test_faulty_settings_are_refused(document: bytes) -> None:
    with pytest.raises(InvalidInputError) as refused:
        replay.parse_settings(document)
    assert "acw_timeout_s" in refused.value.hint_text


def test_arrivals_of_another_capture_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="do not follow"):
        replay.messages_of(OVERLAP[0], arrivals("hold").read_bytes() + OVERLAP[1])
    with pytest.raises(InvalidInputError, match="line 1"):
        replay.messages_of(OVERLAP[0], b'{"offset": 0}')


def test_a_stream_without_any_time_is_refused() -> None:
    bare = b"".join(
        line for line in OVERLAP[0].splitlines(keepends=True) if not line.startswith(b"Timestamp")
    )
    with pytest.raises(InvalidInputError) as refused:
        replay.messages_of(bare, None)
    assert "--arrivals" in refused.value.hint_text


def test_a_missing_file_is_a_clear_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["telephony", "replay", str(tmp_path / "none.txt")])
    assert isinstance(result.exception, InvalidInputError)
