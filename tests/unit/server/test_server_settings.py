"""The settings that become the recorders' policy."""

from __future__ import annotations

import pytest

from deskreel.core.errors import SettingsError
from deskreel.core.policy import CapturePolicy, MonitorMode, Notice
from deskreel.server.accounts.model import SettingValues, initial_values
from deskreel.server.settings import ServerSettings, load_settings


def policy_of(settings: ServerSettings) -> CapturePolicy:
    """What recorders go by until somebody sets something."""
    return SettingValues(**initial_values(settings)).policy


def test_without_settings_the_policy_is_the_default_one() -> None:
    assert policy_of(load_settings()) == CapturePolicy()
    assert load_settings().statuses == ()


def test_the_environment_sets_the_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("MONITORS", "primary"),
        ("DWELL_MS", "100"),
        ("MAX_FPS", "15"),
        ("MAX_KBPS", "400"),
        ("UPLOAD_KBPS", "1000"),
        ("NOTICE", "banner"),
        ("AGENT_MAY_PAUSE", "true"),
        ("LOOK_BACK_S", "10"),
        ("AGENT_MAY_QUIT", "false"),
        ("LIVE_NOTICE", "false"),
        ("AGENT_STATUSES", " Available,Away,, After Call Work ,Away"),
    ):
        monkeypatch.setenv(f"DESKREEL_{name}", value)
    settings = load_settings()
    assert policy_of(settings) == CapturePolicy(
        max_fps=15,
        monitors=MonitorMode.PRIMARY,
        dwell_ms=100,
        max_kbps=400,
        upload_kbps=1000,
        notice=Notice.BANNER,
        agent_may_pause=True,
        look_back_ms=10_000,
        agent_may_quit=False,
        live_notice=False,
    )
    assert settings.statuses == ("Available", "Away", "After Call Work")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MONITORS", "some"),
        ("NOTICE", "loud"),
        ("MAX_FPS", "16"),
        ("MAX_KBPS", "10"),
        ("CANVAS", "3842x2160"),
        ("LOOK_BACK_S", "31"),
        ("CANVAS", "1920x2162"),
    ],
)
def test_what_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"DESKREEL_{name}", value)
    with pytest.raises(SettingsError):
        load_settings()
