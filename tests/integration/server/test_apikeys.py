"""API keys: a program does what its key allows, as its user may, until it ends."""

from __future__ import annotations

from typing import Any

import httpx2
import psycopg

from deskreel.server import admin
from support.server import EMAIL, PASSWORD, Deskreel


async def make(deskreel: Deskreel, *permissions: str, expect: int = 201, **fields: Any) -> dict[str, Any]:
    body = {"name": "report", "permissions": list(permissions), **fields}
    answer = await deskreel.client.post("/api/v1/api-keys", json=body)
    assert answer.status_code == expect, answer.text
    return dict(answer.json())


def program(deskreel: Deskreel, key: str) -> httpx2.AsyncClient:
    headers = {"authorization": f"Bearer {key}"}
    return httpx2.AsyncClient(base_url=deskreel.settings.base_url, headers=headers, timeout=20)


async def test_a_key_may_what_it_was_given(deskreel: Deskreel) -> None:
    made = await make(deskreel, "users.view", "users.manage")
    assert made["key"].startswith(made["prefix"])
    async with program(deskreel, made["key"]) as report:
        assert (await report.get("/api/v1/users")).status_code == 200
        assert (await report.post("/api/v1/teams", json={"name": "Red"})).status_code == 201  # without CSRF
        assert (await report.get("/api/v1/interactions")).status_code == 403
        assert (await report.get("/api/v1/session")).status_code == 403
    audit = (await deskreel.client.get("/api/v1/audit", params={"action": "team.created"})).json()["items"]
    assert (audit[0]["actor"], audit[0]["actor_name"]) == (made["id"], "Admin")
    listed = (await deskreel.client.get("/api/v1/api-keys")).json()["items"]
    assert listed[0]["last_used_at"] is not None
    assert "key" not in listed[0]


async def test_only_a_hash_is_stored(deskreel: Deskreel) -> None:
    made = await make(deskreel, "users.view")
    async with await psycopg.AsyncConnection.connect(deskreel.context.db.url) as connection:
        row = await (await connection.execute("SELECT * FROM api_keys")).fetchone()
    assert made["key"] not in str(row)


async def test_a_revoked_an_expired_and_an_invented_key_open_nothing(deskreel: Deskreel) -> None:
    revoked, expired = await make(deskreel, "users.view"), await make(deskreel, "users.view", days=1)
    assert (await deskreel.client.delete(f"/api/v1/api-keys/{revoked['id']}")).status_code == 204
    assert (await deskreel.client.delete(f"/api/v1/api-keys/{revoked['id']}")).status_code == 404
    async with await psycopg.AsyncConnection.connect(deskreel.context.db.url) as connection:
        await connection.execute("UPDATE api_keys SET expires_at = 0 WHERE id = %s", [expired["id"]])
    answers = []
    for key in (revoked["key"], expired["key"], "dsk_invented"):
        async with program(deskreel, key) as client:
            answers.append(await client.get("/api/v1/users"))
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert answers[0].json() == answers[1].json() == answers[2].json()


async def test_no_key_has_what_is_for_persons(deskreel: Deskreel) -> None:
    assert (await make(deskreel, "account.own", expect=403))["code"] == "forbidden"
    assert (await make(deskreel, "world.domination", expect=422))["code"] == "invalid_input"


async def test_a_key_makes_no_stronger_key(deskreel: Deskreel) -> None:
    made = await make(deskreel, "api_keys.manage", "users.view")
    body = {"name": "more", "permissions": ["audit.view"]}
    async with program(deskreel, made["key"]) as client:
        assert (await client.post("/api/v1/api-keys", json=body)).status_code == 403


async def test_a_key_follows_its_user(deskreel: Deskreel) -> None:
    made = await make(deskreel, "users.manage", "users.view")
    await admin.add_user(
        email="two@test.example", name="Two", role="admin", password=PASSWORD, settings=deskreel.settings
    )
    async with program(deskreel, made["key"]) as client:
        assert (await client.get("/api/v1/users/export")).status_code == 200
        me = (await deskreel.client.get("/api/v1/users", params={"q": EMAIL})).json()["items"][0]
        body = {"email": EMAIL, "name": "Admin", "role": "supervisor", "version": me["version"]}
        assert (await deskreel.client.put(f"/api/v1/users/{me['id']}", json=body)).status_code == 200
        assert (await client.get("/api/v1/users/export")).status_code == 403
        assert (await client.get("/api/v1/users")).status_code == 200
        await admin.set_active(EMAIL, False, deskreel.settings)
        assert (await client.get("/api/v1/users")).status_code == 401
