"""Settings of the recorder and what is made of them."""

from __future__ import annotations

from typing import get_args

import pytest

from deskreel.core.errors import SettingsError
from deskreel.recorder.adapt.values import Rules
from deskreel.recorder.encode.choice import WANTED
from deskreel.recorder.settings import EncoderName, load_settings


def test_the_encoders_are_the_ones_there_are() -> None:
    assert set(get_args(EncoderName)) == set(WANTED)


def test_the_rules_of_adaptation(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().adapt_rules == Rules()
    for name, value in (
        ("CPU_LIMIT_PERCENT", "60"),
        ("LOSS_LIMIT_PERCENT", "1.5"),
        ("JITTER_LIMIT_MS", "200"),
        ("UPLINK_LIMIT_KBPS", "800"),
        ("LOW_DISK_MB", "300"),
        ("MAX_SPOOL_MB", "1000"),
    ):
        monkeypatch.setenv(f"DESKREEL_RECORDER_{name}", value)
    rules = load_settings().adapt_rules
    assert (rules.cpu_percent, rules.loss_percent, rules.jitter_ms) == (60, 1.5, 200)
    assert (rules.uplink_kbps, rules.room_bytes) == (800, 250 * 2**20), "a quarter of the spool"


@pytest.mark.parametrize(
    ("name", "value"), [("ENCODER", "h265"), ("CPU_LIMIT_PERCENT", "101"), ("MAX_SPOOL_HOURS", "0")]
)
def test_what_cannot_be_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"DESKREEL_RECORDER_{name}", value)
    with pytest.raises(SettingsError):
        load_settings()
