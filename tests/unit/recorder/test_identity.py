"""Settings, identity and enrolment."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest
from joserfc import jws
from joserfc.jwk import OKPKey

from deskreel.core.enrolment import AccessDeniedError, ExpiredTokenError
from deskreel.core.errors import DeskreelError, NotEnrolledError, SettingsError
from deskreel.core.ids import RecorderId, make_id
from deskreel.core.time import WallTime
from deskreel.recorder.enrol import identity, secret_store
from deskreel.recorder.enrol.enrol import ShownCode, enrol, enrol_by_code
from deskreel.recorder.enrol.identity import Identity
from deskreel.recorder.problems import UnreachableError
from deskreel.recorder.settings import RecorderSettings, load_settings

RCD = RecorderId(make_id("rcd", WallTime(1), b"0123456789"))
RCD_2 = RecorderId(make_id("rcd", WallTime(2), b"0123456789"))


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
    public_part = (settings.home / identity.FILE).read_text()
    assert "secret" not in public_part.replace('"secrets"', ""), "neither credential nor key"
    assert str(loaded.key.as_dict(private=True)["d"]) not in public_part
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


class Approver:
    """A server that answers polls as scripted; each answer is a code of RFC 8628, a status, or "lost" for none."""

    def __init__(self, *answers: str | int) -> None:
        self.answers = list(answers)
        self.polls: list[float] = []
        self.asked: dict[str, object] = {}
        self.now_s = 0.0

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content)
        if request.url.path == "/api/v1/recorder/device-codes":
            self.asked = body
            code = {
                "device_code": "device-code",
                "user_code": "WDJB-MJHT",
                "verification_uri": "http://server/enrol",
                "verification_uri_complete": "http://server/enrol?code=WDJB-MJHT",
                "expires_in": 600,
                "interval": 5,
            }
            return httpx2.Response(201, json=code)
        assert request.url.path == "/api/v1/recorder/device-tokens"
        assert body == {"device_code": "device-code"}
        self.polls.append(self.now_s)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer == "lost":
            raise httpx2.ConnectError("no route")
        if answer == 200:
            enrolled = {"recorder_id": RCD, "credential": "secret", "agent_name": "Ada"}
            return httpx2.Response(200, json={**enrolled, "credential_renew_at": 77})
        if isinstance(answer, int):
            return httpx2.Response(answer, json={"code": "database_unavailable"})
        return httpx2.Response(400, json={"code": answer, "detail": answer, "hint": "as the server says"})

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def enrol(self, home: Path, shown: list[ShownCode]) -> Identity:
        return enrol_by_code(
            "http://server/",
            show=shown.append,
            settings=RecorderSettings(dir=home),
            hostname="desk-7",
            transport=httpx2.MockTransport(self),
            sleep=self.sleep,
            now_s=lambda: self.now_s,
        )


def test_a_code_is_shown_and_polled_for_until_it_is_approved(tmp_path: Path) -> None:
    server = Approver("authorization_pending", "slow_down", "authorization_pending", 200)
    shown: list[ShownCode] = []
    who = server.enrol(tmp_path, shown)
    assert [(code.user_code, code.address, code.expires_in_s) for code in shown] == [
        ("WDJB-MJHT", "http://server/enrol", 600)
    ]
    assert server.polls == [5, 10, 20, 30], "5 s apart, and 5 s more once told to slow down"
    assert (server.asked["hostname"], bool(server.asked["platform"])) == ("desk-7", True)
    assert (who.recorder_id, who.agent_name, who.renew_at) == (RCD, "Ada", 77)
    assert identity.load(tmp_path).renew_at == 77


@pytest.mark.parametrize(
    ("answer", "kind"), [("access_denied", AccessDeniedError), ("expired_token", ExpiredTokenError)]
)
def test_a_decision_against_ends_it(tmp_path: Path, answer: str, kind: type[DeskreelError]) -> None:
    server = Approver("authorization_pending", answer)
    with pytest.raises(kind) as raised:
        server.enrol(tmp_path, [])
    assert raised.value.hint_text == "as the server says"
    assert len(server.polls) == 2
    assert list(tmp_path.iterdir()) == []


def test_nobody_decides(tmp_path: Path) -> None:
    server = Approver("authorization_pending")
    with pytest.raises(ExpiredTokenError):
        server.enrol(tmp_path, [])
    assert 590 <= server.polls[-1] < 600


def test_a_server_that_is_away_for_a_while_is_asked_less_often(tmp_path: Path) -> None:
    server = Approver("authorization_pending", "lost", "lost", 503, "authorization_pending", 200)
    server.enrol(tmp_path, [])
    assert server.polls == [5, 10, 20, 40, 80, 85]


def test_enrolling_again_keeps_the_key_for_the_same_server(tmp_path: Path) -> None:
    first = Approver(200).enrol(tmp_path, [])
    again = Approver(200).enrol(tmp_path, [])
    assert first.key.thumbprint() == again.key.thumbprint()
    elsewhere = enrol(
        "http://other",
        "one-time-token",
        settings=RecorderSettings(dir=tmp_path),
        transport=httpx2.MockTransport(
            lambda _: httpx2.Response(201, json={"recorder_id": RCD, "credential": "x", "agent_name": ""})
        ),
    )
    assert elsewhere.key.thumbprint() != first.key.thumbprint()


def test_an_identity_that_is_replaced_leaves_no_secret_behind(tmp_path: Path) -> None:
    old = Identity(server_url="http://s", recorder_id=RCD_2, credential="old-secret", key=identity.new_key())
    identity.save(tmp_path, old)
    Approver(200).enrol(tmp_path, [])
    assert identity.load(tmp_path).recorder_id == RCD
    held = "".join(path.read_text() for path in tmp_path.iterdir())
    assert "old-secret" not in held


def test_secrets_that_are_gone_mean_not_enrolled(tmp_path: Path) -> None:
    Approver(200).enrol(tmp_path, [])
    (tmp_path / secret_store.FILE).unlink()
    with pytest.raises(NotEnrolledError, match="holds no secret") as raised:
        identity.load(tmp_path)
    assert "recorder enroll" in raised.value.hint_text


def test_missing_and_damaged_identities(tmp_path: Path) -> None:
    with pytest.raises(NotEnrolledError):
        identity.load(tmp_path)
    assert identity.place_of(tmp_path) is None
    (tmp_path / identity.FILE).write_text("{")
    with pytest.raises(SettingsError, match="damaged"):
        identity.load(tmp_path)
