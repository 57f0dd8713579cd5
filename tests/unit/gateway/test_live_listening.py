"""What an operator sets of ports and addresses reaches the gateway, which says at its start what is short."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from deskreel.core.errors import SettingsError
from deskreel.gateway.live_limits import LiveLimits, announce
from deskreel.rtc.listening import ANY_PORT, Listening
from deskreel.server.settings import load_settings


def test_the_environment_says_where_live_views_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().listening == ANY_PORT
    monkeypatch.setenv("DESKREEL_LIVE_PORTS", "50000-50299")
    monkeypatch.setenv("DESKREEL_LIVE_ADDRESSES", "203.0.113.7, 2001:db8::7")
    assert load_settings().listening == Listening(
        ports=range(50_000, 50_300), public=("203.0.113.7", "2001:db8::7")
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DESKREEL_LIVE_PORTS", "50299-50000"),
        ("DESKREEL_LIVE_PORTS", "50000-50299, 50400-50499"),  # longer than any range
        ("DESKREEL_LIVE_ADDRESSES", "media.example.com"),
    ],
)
def test_a_wrong_value_ends_the_start_with_what_to_write(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert name.removeprefix("DESKREEL_") in caught.value.detail.upper()
    assert caught.value.hint_text


def test_fewer_ports_than_sessions_are_a_warning_at_the_start() -> None:
    limits = LiveLimits(publishers=2, viewers=3, probes=1)
    with capture_logs() as said:
        announce(limits, ANY_PORT)
    assert said == []
    with capture_logs() as said:
        announce(limits, Listening(ports=range(50_000, 50_004), public=("203.0.113.7",)))
    assert [(line["event"], line["log_level"]) for line in said] == [
        ("live.listening", "info"),
        ("live.few_ports", "warning"),
    ]
    assert (said[0]["ports"], said[0]["addresses"]) == ("50000-50003", ["203.0.113.7"])
    assert (said[1]["ports"], said[1]["sessions"]) == (4, 6)
    with capture_logs() as said:
        announce(limits, Listening(ports=range(50_000, 50_006)))
    assert [line["event"] for line in said] == ["live.listening"]
