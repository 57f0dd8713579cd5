"""The audit log: filled by what people do, filtered, exported, and never changed."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.server.audit import service
from support.server import EMAIL, Deskreel, wall_ms


async def entries(deskreel: Deskreel, **params: Any) -> list[dict[str, Any]]:
    answer = await deskreel.client.get("/api/v1/audit", params=params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_who_signed_in_changed_settings_and_watched(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    now = wall_ms()
    await pbx.say("call.answered", now)
    interaction = await deskreel.interaction()
    body = {"version": 1, "values": {"notice": "banner", "max_fps": 3}}
    assert (await deskreel.client.put("/api/v1/recording-settings", json=body)).status_code == 200
    me = (await deskreel.client.get("/api/v1/session")).json()["user"]["id"]
    mine = await entries(deskreel, actor=me)
    assert {entry["actor_name"] for entry in mine} == {"Admin"}
    by_action = {entry["action"]: entry for entry in mine}
    assert by_action["session.created"]["subject"] == me
    assert by_action["interaction.opened"]["subject"] == interaction["id"]
    assert by_action["recording_settings.changed"]["details"]["changes"] == {
        "max_fps": [None, 3],
        "notice": ["icon", "banner"],
    }


async def test_filters_and_pages(deskreel: Deskreel) -> None:
    for number in range(5):
        made = await deskreel.client.post("/api/v1/teams", json={"name": f"Team {number}"})
        assert made.status_code == 201
    teams = await entries(deskreel, action="team.created")
    assert [entry["details"]["name"] for entry in teams] == [f"Team {n}" for n in (4, 3, 2, 1, 0)]
    assert await entries(deskreel, action="team.") == teams
    assert await entries(deskreel, subject=teams[0]["subject"]) == teams[:1]
    last = max(entry["at"] for entry in teams)
    assert await entries(deskreel, action="team.", since=last + 1) == []
    assert await entries(deskreel, action="team.", since=teams[-1]["at"], until=last + 1) == teams
    paged: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (
            await deskreel.client.get("/api/v1/audit", params={"action": "team.", "limit": 2, **cursor})
        ).json()
        paged += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert paged == teams


async def test_the_export_is_json_lines_and_is_audited(deskreel: Deskreel) -> None:
    await deskreel.client.post("/api/v1/teams", json={"name": "Täm"})
    everything = await entries(deskreel, limit=500)
    answer = await deskreel.client.get("/api/v1/audit/export")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in answer.text.splitlines()] == everything[::-1]
    assert (await entries(deskreel, limit=1))[0]["action"] == "audit.exported"
    some = await deskreel.client.get("/api/v1/audit/export", params={"action": "team.created"})
    assert [json.loads(line)["details"]["name"] for line in some.text.splitlines()] == ["Täm"]


@pytest.mark.parametrize(
    "command", ["UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"]
)
async def test_the_database_refuses_to_change_it(deskreel: Deskreel, command: str) -> None:
    before = await entries(deskreel)
    assert before
    async with await psycopg.AsyncConnection.connect(deskreel.context.db.url) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            await connection.execute(command)  # type: ignore[call-overload]  # a fixed text
    assert await entries(deskreel) == before


async def test_an_export_ends_before_its_own_entry(
    deskreel: Deskreel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not before one that somebody else wrote meanwhile."""
    context, write = deskreel.context, service.record

    async def write_and_be_overtaken(connection: AsyncConnection, **entry: Any) -> Any:
        made = await write(connection, **entry)
        async with context.db.begin() as other:
            await write(other, at=entry["at"], actor="other", action="other.done", subject="other")
        return made

    monkeypatch.setattr(service, "record", write_and_be_overtaken)
    before = await service.begin_export(context, "me", service.AuditFilter())
    (own,) = await entries(deskreel, action="audit.exported")
    (later,) = await entries(deskreel, action="other.done")
    assert before == own["id"] < later["id"]


async def test_no_secret_is_in_it(deskreel: Deskreel) -> None:
    user = {"email": "a@x.example", "name": "A", "role": "agent"}
    code = (await deskreel.client.post("/api/v1/users", json=user)).json()["reset"]["code"]
    key = (
        await deskreel.client.post("/api/v1/api-keys", json={"name": "k", "permissions": ["users.view"]})
    ).json()["key"]
    text = (await deskreel.client.get("/api/v1/audit/export")).text
    assert "api_key.created" in text
    assert EMAIL in text or "a@x.example" in text
    assert code not in text
    assert key not in text
