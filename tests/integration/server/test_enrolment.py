"""Enrolment by code (RFC 8628), renewal and revocation, over HTTP on a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from joserfc.jwk import OKPKey
from sqlalchemy import select, update

from deskreel.core.ids import RecorderId, ScreenRecordingId
from deskreel.core.messages import Hello, Observed, Phase
from deskreel.server import admin
from deskreel.server.audit.tables import audit_log
from deskreel.server.recorders.approvals import MAX_WRONG_CODES
from deskreel.server.recorders.enrolment import MAX_REQUESTS_PER_ADDRESS
from deskreel.server.recorders.tables import enrolment_requests, recorders
from support.server import PASSWORD, Deskreel, FakeRecorder, wall_ms
from support.waiting import eventually

API = "/api/v1"


async def ask(deskreel: Deskreel, hostname: str = "desk-7", key: OKPKey | None = None) -> dict[str, Any]:
    """What `deskreel recorder enroll` asks for first."""
    key = key or OKPKey.generate_key("Ed25519")
    answer = await deskreel.client.post(
        f"{API}/recorder/device-codes",
        json={
            "hostname": hostname,
            "platform": "linux-x11",
            "version": "9.9",
            "public_key": key.as_dict(private=False),
        },
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def poll(deskreel: Deskreel, code: dict[str, Any]) -> httpx2.Response:
    return await deskreel.client.post(
        f"{API}/recorder/device-tokens", json={"device_code": code["device_code"]}
    )


async def decide(client: httpx2.AsyncClient, code: str, **decision: Any) -> httpx2.Response:
    return await client.post(f"{API}/recorder-enrolments/{code}", json=decision)


async def patient(deskreel: Deskreel) -> None:
    """As if the interval had gone by since the last poll."""
    async with deskreel.context.db.begin() as connection:
        await connection.execute(update(enrolment_requests).values(polled_at=0))


@asynccontextmanager
async def signed_in(deskreel: Deskreel, email: str, role: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Another user's browser."""
    await admin.add_user(email=email, name=email, role=role, password=PASSWORD, settings=deskreel.settings)
    async with httpx2.AsyncClient(base_url=deskreel.settings.base_url, timeout=20) as client:
        answer = await client.post(f"{API}/session", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        client.headers["x-csrf-token"] = answer.json()["csrf_token"]
        yield client


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_code_becomes_a_recorder_once(deskreel: Deskreel) -> None:
    code = await ask(deskreel)
    page = f"{deskreel.settings.base_url}/enrol"
    assert code["verification_uri"] == page
    assert code["verification_uri_complete"] == f"{page}?code={code['user_code']}"
    assert (code["expires_in"], code["interval"]) == (600, 5)
    waiting = (await deskreel.client.get(f"{API}/recorder-enrolments")).json()["items"]
    assert [(w["hostname"], w["platform"], w["version"]) for w in waiting] == [("desk-7", "linux-x11", "9.9")]
    assert code["user_code"] not in str(waiting), "whoever approves reads the code on the desktop"

    assert code_of(await poll(deskreel, code)) == (400, "authorization_pending")
    typed = code["user_code"].lower().replace("-", " ")
    shown = (await deskreel.client.get(f"{API}/recorder-enrolments/{typed}")).json()
    assert (shown["hostname"], shown["user_code"], shown["may_choose"]) == (
        "desk-7",
        code["user_code"],
        True,
    )
    assert (await decide(deskreel.client, typed, approve=True, agent="1001")).status_code == 200
    enrolled = await poll(deskreel, code)
    assert enrolled.status_code == 200, enrolled.text
    body = enrolled.json()
    assert body["agent_name"] == "1001"
    assert 89 < (body["credential_expires_at"] - wall_ms()) / 86_400_000 <= 90
    assert code_of(await poll(deskreel, code)) == (400, "invalid_grant"), "one use"
    assert code_of(await deskreel.client.get(f"{API}/recorder-enrolments/{typed}")) == (404, "unknown_code")
    (known,) = (await deskreel.client.get(f"{API}/recorders")).json()["items"]
    assert (known["id"], known["hostname"], known["online"]) == (body["recorder_id"], "desk-7", False)
    assert (await deskreel.client.get(f"{API}/recorder-enrolments")).json()["items"] == []


async def test_nothing_stored_opens_anything(deskreel: Deskreel) -> None:
    code = await ask(deskreel)
    await decide(deskreel.client, code["user_code"], approve=True, agent="1001")
    credential = (await poll(deskreel, code)).json()["credential"]
    async with deskreel.context.db.begin() as connection:
        rows = [
            *(await connection.execute(select(enrolment_requests))).all(),
            *(await connection.execute(select(recorders))).all(),
            *(await connection.execute(select(audit_log))).all(),
        ]
    stored = str(rows)
    for secret in (code["device_code"], code["user_code"], credential):
        assert secret not in stored


async def test_who_asks_too_often_is_slowed_down(deskreel: Deskreel) -> None:
    code = await ask(deskreel)
    first, hasty, again = [await poll(deskreel, code) for _ in range(3)]
    assert code_of(first) == (400, "authorization_pending")
    assert [code_of(a) for a in (hasty, again)] == [(400, "slow_down")] * 2
    assert [a.json()["interval"] for a in (first, hasty, again)] == [5, 10, 15]
    await patient(deskreel)
    calm = await poll(deskreel, code)
    assert (code_of(calm), calm.json()["interval"]) == ((400, "authorization_pending"), 15)


async def test_a_refusal_and_an_expiry_are_told_apart(deskreel: Deskreel) -> None:
    refused, expired = await ask(deskreel), await ask(deskreel, "desk-8")
    assert (await decide(deskreel.client, refused["user_code"], approve=False)).status_code == 200
    assert code_of(await poll(deskreel, refused)) == (400, "access_denied")
    async with deskreel.context.db.begin() as connection:
        await connection.execute(
            update(enrolment_requests)
            .where(enrolment_requests.c.hostname == "desk-8")
            .values(expires_at=wall_ms())
        )
    assert code_of(await poll(deskreel, expired)) == (400, "expired_token")
    late = await decide(deskreel.client, expired["user_code"], approve=True, agent="1001")
    assert code_of(late) == (404, "unknown_code")
    unknown = await poll(deskreel, {"device_code": "never given out"})
    assert code_of(unknown) == (400, "invalid_grant")


async def test_an_approval_names_an_agent(deskreel: Deskreel) -> None:
    code = await ask(deskreel)
    answer = await decide(deskreel.client, code["user_code"], approve=True, agent=" ")
    assert code_of(answer) == (422, "invalid_input")
    assert code_of(await poll(deskreel, code)) == (400, "authorization_pending")


async def test_who_may_approve(deskreel: Deskreel) -> None:
    token_for_ada = await admin.recorder_token("ada@test.example", deskreel.settings)
    assert token_for_ada
    code = (await ask(deskreel))["user_code"]
    async with signed_in(deskreel, "eve@test.example", "evaluator") as eve:
        assert code_of(await eve.get(f"{API}/recorder-enrolments")) == (403, "forbidden")
        assert (await eve.get(f"{API}/recorder-enrolments/{code}")).json()["agents"] == []
        assert code_of(await decide(eve, code, approve=True, agent="1001")) == (403, "forbidden")
        assert code_of(await decide(eve, code, approve=False)) == (403, "forbidden")
    async with signed_in(deskreel, "ada@test.example", "agent") as ada:
        shown = (await ada.get(f"{API}/recorder-enrolments/{code}")).json()
        assert [choice["key"] for choice in shown["agents"]] == ["ada@test.example"]
        assert code_of(await decide(ada, code, approve=True, agent="1001")) == (403, "forbidden")
        assert (await decide(ada, code, approve=True, agent="ada@test.example")).status_code == 200
    async with httpx2.AsyncClient(base_url=deskreel.settings.base_url) as stranger:
        assert (await stranger.get(f"{API}/recorder-enrolments/{code}")).status_code == 401


async def test_guessing_codes_is_held_back(deskreel: Deskreel) -> None:
    code = (await ask(deskreel))["user_code"]
    guess = "BBBB-BBBB" if code != "BBBB-BBBB" else "BBBB-BBBC"
    wrong = [await deskreel.client.get(f"{API}/recorder-enrolments/{guess}") for _ in range(MAX_WRONG_CODES)]
    assert {code_of(answer) for answer in wrong} == {(404, "unknown_code")}
    right = await deskreel.client.get(f"{API}/recorder-enrolments/{code}")
    assert code_of(right) == (429, "too_many_attempts"), "even the right one, for a while"
    async with signed_in(deskreel, "other@test.example", "admin") as other:
        assert (await other.get(f"{API}/recorder-enrolments/{code}")).status_code == 200


async def test_one_address_cannot_fill_the_table(deskreel: Deskreel) -> None:
    for _ in range(MAX_REQUESTS_PER_ADDRESS):
        await ask(deskreel)
    body = {"hostname": "one more", "public_key": OKPKey.generate_key("Ed25519").as_dict(private=False)}
    answer = await deskreel.client.post(f"{API}/recorder/device-codes", json=body)
    assert code_of(answer) == (429, "too_many_attempts")


# --- credentials ----------------------------------------------------------------------------------------------


async def upload_token(recorder: FakeRecorder, credential: str | None = None) -> httpx2.Response:
    """Any request that needs a credential; the recording does not exist."""
    scr = ScreenRecordingId("scr_" + "0" * 26)
    return await recorder.client.post(
        f"{API}/recorder/recordings/{scr}/upload-token",
        headers={"authorization": f"Bearer {credential or recorder.credential}"},
    )


async def renewed(recorder: FakeRecorder) -> str:
    answer = await recorder.client.post(f"{API}/recorder/credential", headers=recorder.headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["credential"])


async def test_the_old_credential_is_good_until_the_new_one_is_used(deskreel: Deskreel) -> None:
    recorder = await deskreel.recorder()
    lost, new = await renewed(recorder), await renewed(recorder)
    assert (await upload_token(recorder, lost)).status_code == 401, "only the newest renewal counts"
    assert (await upload_token(recorder)).status_code == 404
    assert (await upload_token(recorder, new)).status_code == 404
    assert (await upload_token(recorder)).status_code == 401
    assert (await upload_token(recorder, new)).status_code == 404


async def test_credentials_expire_the_renewed_one_later(deskreel: Deskreel) -> None:
    recorder = await deskreel.recorder()
    new = await renewed(recorder)
    async with deskreel.context.db.begin() as connection:
        await connection.execute(update(recorders).values(credential_expires_at=wall_ms()))
    refused = await upload_token(recorder)
    assert code_of(refused) == (401, "not_enrolled")
    assert "expired" in refused.json()["detail"]
    assert (await upload_token(recorder, new)).status_code == 404


async def test_a_revoked_recorder_is_told_at_once(deskreel: Deskreel) -> None:
    recorder = await deskreel.recorder()
    async with recorder.control() as socket:
        await recorder.desired(socket)
        answer = await deskreel.client.post(f"{API}/recorders/{recorder.recorder_id}/revoke")
        assert answer.status_code == 204
        await socket.wait_closed()
        assert socket.close_code == 4401
    assert (await upload_token(recorder)).status_code == 401
    assert (await deskreel.client.get(f"{API}/recorders")).json()["items"] == []
    again = await deskreel.client.post(f"{API}/recorders/{recorder.recorder_id}/revoke")
    assert again.status_code == 204
    nobody = await deskreel.client.post(f"{API}/recorders/rcd_{'0' * 26}/revoke")
    assert code_of(nobody) == (404, "not_found")


async def test_only_admins_revoke(deskreel: Deskreel) -> None:
    recorder = await deskreel.recorder()
    async with signed_in(deskreel, "sue@test.example", "supervisor") as sue:
        answer = await sue.post(f"{API}/recorders/{recorder.recorder_id}/revoke")
    assert code_of(answer) == (403, "forbidden")
    assert (await upload_token(recorder)).status_code == 404


async def test_a_desktop_that_keeps_its_key_stays_the_same_recorder(deskreel: Deskreel) -> None:
    key = OKPKey.generate_key("Ed25519")
    found: list[tuple[str, str]] = []
    for hostname, agent in (("desk-7", "1001"), ("desk-renamed", "1001"), ("desk-renamed", "1002")):
        code = await ask(deskreel, hostname, key)
        await decide(deskreel.client, code["user_code"], approve=True, agent=agent)
        body = (await poll(deskreel, code)).json()
        found.append((body["recorder_id"], body["credential"]))
    (first, old), (second, new), (third, _) = found
    assert first == second != third, "another agent's recordings are not this one's to send"
    recorder = FakeRecorder(
        base_url=deskreel.settings.base_url,
        recorder_id=RecorderId(second),
        credential=new,
        key=key,
        client=deskreel.client,
    )
    assert (await upload_token(recorder, old)).status_code == 401
    assert (await upload_token(recorder)).status_code == 404


async def test_what_a_recorder_says_of_itself_is_shown(deskreel: Deskreel) -> None:
    recorder = await deskreel.recorder()
    before = wall_ms()
    async with recorder.control() as socket:
        await recorder.say(
            socket, Hello(recorder_id=recorder.recorder_id, version="1.2", platform="linux-x11")
        )
        await recorder.say(
            socket, Observed(version=0, phase=Phase.IDLE, screen_recording_id=None, problem="no_display")
        )

        async def known() -> dict[str, Any] | None:
            (item,) = (await deskreel.client.get(f"{API}/recorders")).json()["items"]
            return dict(item) if item["observed"] and item["version"] else None

        item = await eventually("the report", known)
    assert (item["platform"], item["version"], item["online"]) == ("linux-x11", "1.2", True)
    assert before - 1000 <= item["online_since"] <= wall_ms()
    assert (item["observed"]["problem"], item["observed"]["health"]["frames"]) == ("no_display", 0)
