"""Settings, identity and enrolment."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest
from joserfc import jws
from joserfc.jwk import OKPKey

from deskreel.core.errors import NotEnrolledError, SettingsError
from deskreel.core.ids import make_id
from deskreel.core.time import WallTime
from deskreel.recorder import identity
from deskreel.recorder.enrol import enrol
from deskreel.recorder.problems import UnreachableError
from deskreel.recorder.settings import RecorderSettings, load_settings

RCD = make_id("rcd", WallTime(1), b"0123456789")


def test_unknown_settings_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DESKREEL_RECORDER_DIR", str(tmp_path))
    assert load_settings().spool_dir == tmp_path / "spool"
    monkeypatch.setenv("DESKREEL_RECORDER_SPOOL", "x")
    with pytest.raises(SettingsError, match="DESKREEL_RECORDER_SPOOL"):
        load_settings()
    monkeypatch.delenv("DESKREEL_RECORDER_SPOOL")
    monkeypatch.setenv("DESKREEL_RECORDER_HOLD_BACK_MS", "-1")
    with pytest.raises(SettingsError, match="hold_back_ms"):
        load_settings()


def test_enrolment_saves_who_we_are(tmp_path: Path) -> None:
    asked: list[dict[str, object]] = []

    def server(request: httpx2.Request) -> httpx2.Response:
        assert request.url.path == "/api/v1/recorder/enrolments"
        asked.append(json.loads(request.content))
        return httpx2.Response(201, json={"recorder_id": RCD, "credential": "secret", "agent_name": "Ada"})

    settings = RecorderSettings(dir=tmp_path / "new")
    enrolled = enrol(
        "http://server/",
        "one-time-token",
        settings=settings,
        hostname="desk-7",
        transport=httpx2.MockTransport(server),
    )
    loaded = identity.load(settings.home)
    assert (loaded.server_url, loaded.recorder_id, loaded.credential, loaded.agent_name) == (
        "http://server",
        RCD,
        "secret",
        "Ada",
    )
    assert (settings.home / identity.FILE).stat().st_mode & 0o777 == 0o600
    assert (asked[0]["token"], asked[0]["hostname"]) == ("one-time-token", "desk-7")
    public = OKPKey.import_key(asked[0]["public_key"])  # type: ignore[arg-type]
    assert not public.is_private
    signed = jws.deserialize_compact(loaded.sign("chain"), public, algorithms=["Ed25519", "EdDSA"])
    assert signed.payload == b"chain"
    assert "secret" not in repr(enrolled)


def test_the_servers_refusal_keeps_code_and_hint(tmp_path: Path) -> None:
    def server(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(
            401, json={"code": "not_enrolled", "detail": "the token is used", "hint": "Make another."}
        )

    with pytest.raises(NotEnrolledError, match="the token is used") as raised:
        enrol(
            "http://server",
            "one-time-token",
            settings=RecorderSettings(dir=tmp_path),
            transport=httpx2.MockTransport(server),
        )
    assert raised.value.hint_text == "Make another."
    assert not (tmp_path / identity.FILE).exists()


def test_no_answer(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError):
        enrol("http://127.0.0.1:1", "one-time-token", settings=RecorderSettings(dir=tmp_path))
    with pytest.raises(UnreachableError):
        enrol("server", "one-time-token", settings=RecorderSettings(dir=tmp_path))


def test_missing_and_damaged_identities(tmp_path: Path) -> None:
    with pytest.raises(NotEnrolledError):
        identity.load(tmp_path)
    (tmp_path / identity.FILE).write_text("{")
    with pytest.raises(SettingsError, match="damaged"):
        identity.load(tmp_path)
