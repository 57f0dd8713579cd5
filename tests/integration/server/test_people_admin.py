"""Users, teams, identities, passwords by code, import and export."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest

from deskreel.core.messages import Phase
from deskreel.server import admin
from support.server import EMAIL, PASSWORD, Deskreel, wall_ms

ADA = {"email": "Ada@x.example", "name": "Ada", "role": "supervisor"}


async def create(deskreel: Deskreel, *, expect: int = 201, **fields: Any) -> dict[str, Any]:
    answer = await deskreel.client.post("/api/v1/users", json={**ADA, **fields})
    assert answer.status_code == expect, answer.text
    return dict(answer.json())


async def change(
    deskreel: Deskreel, user: dict[str, Any], *, expect: int = 200, **fields: Any
) -> dict[str, Any]:
    body = {name: user[name] for name in ("email", "name", "role", "active")}
    now = await deskreel.client.get(f"/api/v1/users/{user['id']}")
    body["version"] = now.json().get("version", "")
    body["teams"] = [team["id"] for team in user["teams"]]
    body["identities"] = user["agent"]["identities"] if user["agent"] else []
    answer = await deskreel.client.put(f"/api/v1/users/{user['id']}", json={**body, **fields})
    assert answer.status_code == expect, answer.text
    return dict(answer.json())


def stranger(deskreel: Deskreel) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=deskreel.settings.base_url, timeout=20)


async def sign_in(client: httpx2.AsyncClient, email: str, password: str = PASSWORD) -> int:
    answer = await client.post("/api/v1/session", json={"email": email, "password": password})
    if answer.is_success:
        client.headers["x-csrf-token"] = answer.json()["csrf_token"]
    return answer.status_code


async def by_code(client: httpx2.AsyncClient, code: str, password: str = PASSWORD) -> int:
    answer = await client.post("/api/v1/password-by-code", json={"code": code, "password": password})
    return answer.status_code


async def test_a_new_user_sets_their_password_once(deskreel: Deskreel) -> None:
    made = await create(deskreel)
    assert (made["user"]["email"], made["user"]["has_password"]) == ("ada@x.example", False)
    async with stranger(deskreel) as ada:
        assert await sign_in(ada, "ada@x.example") == 401
        assert await by_code(ada, made["reset"]["code"], "short") == 422
        assert await by_code(ada, made["reset"]["code"]) == 204
        assert await by_code(ada, made["reset"]["code"], "another long one") == 401
        assert await sign_in(ada, "ada@x.example") == 200


async def test_a_reset_ends_password_and_sessions(deskreel: Deskreel) -> None:
    made = await create(deskreel)
    async with stranger(deskreel) as ada:
        await by_code(ada, made["reset"]["code"])
        await sign_in(ada, "ada@x.example")
        reset = await deskreel.client.post(f"/api/v1/users/{made['user']['id']}/password-reset")
        assert (await ada.get("/api/v1/session")).status_code == 401
        assert await sign_in(ada, "ada@x.example") == 401
        assert await by_code(ada, reset.json()["code"], "a new long password") == 204
        assert await sign_in(ada, "ada@x.example", "a new long password") == 200


async def test_ones_own_password(deskreel: Deskreel) -> None:
    async with stranger(deskreel) as elsewhere:
        await sign_in(elsewhere, EMAIL)
        body = {"current": "wrong", "new": "a new long password"}
        assert (await deskreel.client.put("/api/v1/session/password", json=body)).status_code == 401
        body["current"] = PASSWORD
        assert (await deskreel.client.put("/api/v1/session/password", json=body)).status_code == 204
        assert (await deskreel.client.get("/api/v1/session")).status_code == 200
        assert (await elsewhere.get("/api/v1/session")).status_code == 401
        assert await sign_in(elsewhere, EMAIL) == 401


async def test_deactivating_ends_sessions_keys_and_capture_at_once(deskreel: Deskreel) -> None:
    identities = [{"kind": "extension", "value": "1001"}]
    pbx, recorder = await deskreel.telephony(), await deskreel.recorder("1001")
    made = await create(deskreel, role="agent", identities=identities)
    assert made["user"]["agent"]["screen_recording"]  # the agent whom the telephony knew before
    async with stranger(deskreel) as ada, recorder.control() as socket:
        await by_code(ada, made["reset"]["code"])
        await sign_in(ada, "ada@x.example")
        await pbx.say("call.answered", wall_ms())
        await pbx.say("recording.started", wall_ms())
        await recorder.desired(socket, lambda d: d.phase is Phase.RECORDING)
        user = await change(deskreel, made["user"], active=False)
        await recorder.desired(socket, lambda d: d.phase is Phase.IDLE)
        assert (await ada.get("/api/v1/session")).status_code == 401
        assert await sign_in(ada, "ada@x.example") == 401
        line = (await deskreel.client.get("/api/v1/screen-recording/users", params={"q": "ada@x"})).json()
        assert line["items"][0]["not_captured_reason"] == "user_inactive"
        await change(deskreel, user, active=True)
        await recorder.desired(socket, lambda d: d.phase is Phase.RECORDING)


async def test_sign_out_everywhere(deskreel: Deskreel) -> None:
    made = await create(deskreel)
    async with stranger(deskreel) as one, stranger(deskreel) as two:
        await by_code(one, made["reset"]["code"])
        for client in (one, two):
            await sign_in(client, "ada@x.example")
        ended = await deskreel.client.post(f"/api/v1/users/{made['user']['id']}/sign-out")
        assert ended.status_code == 204
        assert [(await client.get("/api/v1/session")).status_code for client in (one, two)] == [401, 401]


async def test_the_last_admin_stays(deskreel: Deskreel) -> None:
    found = (await deskreel.client.get("/api/v1/users", params={"role": "admin"})).json()["items"]
    assert [user["email"] for user in found] == [EMAIL]
    for fields in ({"role": "supervisor"}, {"active": False}):
        answer = await change(deskreel, found[0], expect=409, **fields)
        assert answer["code"] == "last_admin"
    other = await create(deskreel, role="admin")
    await change(deskreel, other["user"], active=False)  # one is left


async def test_an_identity_belongs_to_one_agent_of_a_source(deskreel: Deskreel) -> None:
    for name in ("pbx", "cloud"):
        await deskreel.telephony(name)
    extension = {"kind": "extension", "value": "1001"}
    await create(deskreel, role="agent", identities=[{**extension, "source": "pbx"}])
    taken = await create(
        deskreel, email="bo@x.example", role="agent", identities=[{**extension, "source": "pbx"}], expect=409
    )
    assert taken["code"] == "identity_taken"
    taken = await create(deskreel, email="bo@x.example", role="agent", identities=[extension], expect=409)
    assert taken["code"] == "identity_taken"  # of any source, so of pbx too


async def test_events_find_the_agent_by_identity(deskreel: Deskreel) -> None:
    pbx, cloud = await deskreel.telephony("pbx"), await deskreel.telephony("cloud")
    people = (
        ("Ada", [("interface", "PJSIP/1001", None), ("external_id", "7", "cloud")]),
        ("Bo", [("extension", "7", "pbx")]),
    )
    for name, names in people:
        identities = [{"kind": k, "value": v, "source": s} for k, v, s in names]
        await create(deskreel, email=f"{name}@x.example", name=name, role="agent", identities=identities)
    for source, agent, call in ((pbx, "PJSIP/1001", "a"), (cloud, "7", "b"), (pbx, "7", "c")):
        await source.say("call.answered", wall_ms(), agent=agent, call=call)
    took = {call: (await deskreel.interaction(call))["agents"][0]["name"] for call in ("a", "b", "c")}
    assert took == {"a": "Ada", "b": "Ada", "c": "Bo"}


async def test_lists_have_pages_and_filters(deskreel: Deskreel) -> None:
    red = (await deskreel.client.post("/api/v1/teams", json={"name": "Red"})).json()["id"]
    assert (await deskreel.client.post("/api/v1/teams", json={"name": "red"})).status_code == 409
    for number in range(5):
        await create(
            deskreel, email=f"u{number}@x.example", name="Same Name", teams=[red] if number % 2 else []
        )

    async def emails(**params: Any) -> list[str]:
        found: list[str] = []
        cursor: str | None = None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = (await deskreel.client.get("/api/v1/users", params={"limit": 2, **params, **more})).json()
            found += [user["email"] for user in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    everybody = await emails()
    assert sorted(everybody) == sorted(set(everybody)) == [EMAIL, *(f"u{n}@x.example" for n in range(5))]
    assert sorted(await emails(team=red)) == ["u1@x.example", "u3@x.example"]
    assert await emails(q="U4@") == ["u4@x.example"]
    assert await emails(role="admin") == [EMAIL]


# --- import and export ----------------------------------------------------------------------------------------

HEAD = "name,email,role,team,extension,interface,external_id,qm,screen\n"
PEOPLE = (
    HEAD
    + "Ada,ada@x.example,agent,Red,1001,PJSIP/1001|SIP/1001,,yes,yes\n"
    + 'Bo,bo@x.example,agent,Red,1002,,+4917,yes,no\n"Cy, Dr",cy@x.example,supervisor,Red|Blue,,,,,\n'
)


async def send(deskreel: Deskreel, text: str, *, dry_run: bool = False, expect: int = 200) -> dict[str, Any]:
    answer = await deskreel.client.post(
        "/api/v1/users/import",
        params={"dry_run": dry_run},
        content=text.encode(),
        headers={"content-type": "text/csv"},
    )
    assert answer.status_code == expect, answer.text
    return dict(answer.json())


async def test_import_and_export_are_each_other_s_reverse(deskreel: Deskreel) -> None:
    dry = await send(deskreel, PEOPLE, dry_run=True)
    assert (dry["state"], dry["created"], dry["teams_created"], dry["errors"]) == (
        "dry_run",
        3,
        ["Red", "Blue"],
        [],
    )
    assert (await deskreel.client.get("/api/v1/teams")).json()["items"] == []
    done = await send(deskreel, PEOPLE)
    assert (done["state"], done["created"]) == ("done", 3)
    exported = (await deskreel.client.get("/api/v1/users/export")).text
    assert "Ada,ada@x.example,agent,Red,1001,PJSIP/1001|SIP/1001,,yes,yes" in exported
    assert '"Cy, Dr",cy@x.example,supervisor,Blue|Red,,,,,' in exported
    assert ",1002,,'+4917,yes,no" in exported  # no spreadsheet takes it for a formula
    again = await send(deskreel, exported)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 4)
    assert (await deskreel.client.get("/api/v1/users/export")).text == exported


async def test_errors_come_by_line_and_nothing_is_half_done(deskreel: Deskreel) -> None:
    bad = PEOPLE + (
        "Di,di@x.example,boss,,,,,,\n"  # 5
        "Ed,no address,agent,,,,,,\n"  # 6
        "Fi,ada@x.example,agent,,,,,,\n"  # 7
        "Gu,gu@x.example,agent,,1001,,,,\n"  # 8
        "Ha,ha@x.example,agent,,1008,,,no,yes\n"  # 9
        "Ia,ia@x.example,evaluator,,,,,,yes\n"  # 10
        "Jo,jo@x.example,agent,,1010,,,maybe,\n"  # 11
        ",ko@x.example,agent,,,,,,\n"  # 12
    )
    refused = await send(deskreel, bad, expect=422)
    assert refused["code"] == "import_refused"
    assert [(error["line"], error["column"]) for error in refused["errors"]] == [
        (5, "role"),
        (6, "email"),
        (7, "email"),
        (8, "extension"),
        (9, "screen"),
        (10, "screen"),
        (11, "qm"),
        (12, "name"),
    ]
    assert refused["errors"] == (await send(deskreel, bad, dry_run=True))["errors"]
    users = (await deskreel.client.get("/api/v1/users")).json()["items"]
    assert [user["email"] for user in users] == [EMAIL]
    assert (await deskreel.client.get("/api/v1/teams")).json()["items"] == []


async def test_lines_that_speak_of_each_other_come_to_what_they_would_one_by_one(deskreel: Deskreel) -> None:
    await send(deskreel, PEOPLE)
    done = await send(
        deskreel,
        HEAD
        + "Ada,ada@x.example,agent,Red,1009,,,yes,yes\n"  # gives 1001 up
        + "Di,di@x.example,agent,Green,1001,,,yes,yes\n"  # which is another's now
        + "Ed,ed@x.example,agent,Green,1010,,,yes,no\n"
        + "Fi,fi@x.example,evaluator,Green|Red,,,,,\n",
    )
    assert (done["created"], done["updated"], done["teams_created"]) == (3, 1, ["Green"])
    exported = (await deskreel.client.get("/api/v1/users/export")).text
    for line in (
        "Ada,ada@x.example,agent,Red,1009,,,yes,yes",
        "Di,di@x.example,agent,Green,1001,,,yes,yes",
        "Ed,ed@x.example,agent,Green,1010,,,yes,no",
        "Fi,fi@x.example,evaluator,Green|Red,,,,,",
    ):
        assert line in exported
    made = (await deskreel.client.get("/api/v1/audit", params={"action": "user.created"})).json()["items"]
    assert {entry["details"]["changes"]["email"][1] for entry in made} >= {"di@x.example", "ed@x.example"}
    two = "{0},{0}@x.example,agent,,1020,,,,\n"
    refused = await send(deskreel, HEAD + two.format("gu") + two.format("ha"), expect=422)
    assert [(error["line"], error["column"]) for error in refused["errors"]] == [(3, "extension")]


async def test_an_agent_whom_the_telephony_knew_is_found_by_an_import(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    await pbx.say("call.answered", wall_ms(), agent="1042")
    done = await send(deskreel, HEAD + "Io,io@x.example,agent,,1042,,,,\nJo,jo@x.example,agent,,1043,,,,\n")
    assert done["created"] == 2
    users = (await deskreel.client.get("/api/v1/users")).json()["items"]
    keys = {user["email"]: user["agent"]["key"] for user in users if user["agent"]}
    assert keys == {"io@x.example": "1042", "jo@x.example": "jo@x.example"}


async def test_a_change_of_a_user_whom_another_admin_changed_is_refused(deskreel: Deskreel) -> None:
    made = (await create(deskreel))["user"]
    path = f"/api/v1/users/{made['id']}"
    body = {name: made[name] for name in ("email", "role", "version")}
    first, second = await asyncio.gather(
        deskreel.client.put(path, json={**body, "name": "One"}),
        deskreel.client.put(path, json={**body, "name": "Two"}),
    )
    won, lost = (first, second) if first.status_code == 200 else (second, first)
    assert (won.status_code, lost.status_code) == (200, 409)
    problem = lost.json()
    assert (problem["code"], problem["current"]["name"]) == ("changed_meanwhile", won.json()["name"])
    assert problem["current"]["version"] == won.json()["version"] != made["version"]
    again = {**body, "name": "Two", "version": problem["current"]["version"]}
    assert (await deskreel.client.put(path, json=again)).status_code == 200


async def test_columns_that_are_not_there_leave_things_as_they_are(deskreel: Deskreel) -> None:
    await send(deskreel, PEOPLE)
    done = await send(deskreel, "name,email,role\nAda Lovelace,ada@x.example,agent\n")
    assert (done["created"], done["updated"]) == (0, 1)
    exported = (await deskreel.client.get("/api/v1/users/export")).text
    assert "Ada Lovelace,ada@x.example,agent,Red,1001,PJSIP/1001|SIP/1001,,yes,yes" in exported


@pytest.mark.parametrize(
    "text", ["name,email\nA,a@x.example\n", HEAD + "only,two\n", "name,email,role,odd\n"]
)
async def test_a_file_of_another_shape_is_refused(deskreel: Deskreel, text: str) -> None:
    assert (await send(deskreel, text, expect=422))["code"] == "invalid_input"


async def test_the_command_line_does_the_same(deskreel: Deskreel) -> None:
    done = await admin.import_users(PEOPLE.encode(), settings=deskreel.settings)
    assert done.created == 3
    code = await admin.reset_password("ada@x.example", deskreel.settings)
    async with stranger(deskreel) as ada:
        assert await by_code(ada, code.code) == 204
        assert await sign_in(ada, "ada@x.example") == 200
        await admin.set_active("ada@x.example", False, deskreel.settings)
        assert (await ada.get("/api/v1/session")).status_code == 401
    assert [u.email for u in await admin.list_users(deskreel.settings) if not u.active] == ["ada@x.example"]
    assert "Ada,ada@x.example" in await admin.export_users(deskreel.settings)
