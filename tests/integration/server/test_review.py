"""What reviewers keep beside a call: comments, saved filters, stills; and that watching is written down once."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest

from deskreel.server.review import filters
from deskreel.server.review.viewings import PAUSE_MS, record_viewing, sweep_viewings
from support.people import signed_in
from support.server import Deskreel

# --- comments -------------------------------------------------------------------------------------------------


async def test_a_comment_is_made_changed_and_removed(deskreel: Deskreel) -> None:
    known = await deskreel.past_call()
    path = f"/api/v1/interactions/{known}/comments"
    body = {"at_ms": 2000, "until_ms": 4000, "text": "  Grüßt nicht zurück ☹  ", "once": "form-1"}
    async with (
        signed_in(deskreel, "evaluator", "eve") as eve,
        signed_in(deskreel, "supervisor", "sam") as sam,
    ):
        made = await eve.post(path, json=body)
        assert made.status_code == 201, made.text
        again = await eve.post(path, json=body)  # sent twice: the answer was lost
        assert again.json() == made.json()
        comment = made.json()
        assert comment["text"] == "Grüßt nicht zurück ☹"
        assert (comment["author"]["name"], comment["may_edit"], comment["revision"]) == ("eve", True, 1)
        point = (await sam.post(path, json={"at_ms": 500, "text": "early"})).json()

        listed = (await sam.get(path)).json()["items"]
        assert [(one["id"], one["may_edit"], one["may_delete"]) for one in listed] == [
            (point["id"], True, True),
            (comment["id"], False, False),
        ]
        one = f"{path}/{comment['id']}"
        change = {"at_ms": 2500, "text": "better", "revision": 1}
        assert (await sam.put(one, json=change)).status_code == 403
        assert (await sam.delete(one)).status_code == 403
        changed = await eve.put(one, json=change)
        assert (changed.json()["until_ms"], changed.json()["revision"]) == (None, 2)
        assert changed.json()["edited_at"] is not None
        stale = await eve.put(one, json={**change, "text": "from the other tab"})
        assert (stale.status_code, stale.json()["code"]) == (409, "changed_meanwhile")
        assert stale.json()["current"]["text"] == "better"

        assert (await deskreel.client.delete(one)).status_code == 204  # an admin may
        gone = await eve.put(one, json={**change, "revision": 2})
        assert (gone.status_code, gone.json()["code"]) == (404, "not_found")
    assert [a for a in await deskreel.audited(known) if a.startswith("comment")] == [
        "comment.added",
        "comment.added",
        "comment.changed",
        "comment.removed",
    ]


async def test_two_who_change_a_comment_at_once(deskreel: Deskreel) -> None:
    path = f"/api/v1/interactions/{await deskreel.past_call()}/comments"
    comment = (await deskreel.client.post(path, json={"at_ms": 0, "text": "one"})).json()
    answers = await asyncio.gather(
        *(
            deskreel.client.put(
                f"{path}/{comment['id']}", json={"at_ms": 0, "text": f"tab {n}", "revision": 1}
            )
            for n in range(4)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"text": "x" * 4001}, "4001 characters, 4000 are the most"),
        ({"text": "   "}, "text"),
        ({"text": "a\0b"}, "NUL"),
        ({"at_ms": 3_600_000}, "the interaction lasts"),
        ({"at_ms": -1}, "at_ms"),
        ({"until_ms": 2000}, "ends before it begins"),
        ({"until_ms": 3_600_000}, "until_ms: the interaction lasts"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_comment_that_cannot_be_is_refused_with_words(
    deskreel: Deskreel, wrong: dict[str, Any], said: str
) -> None:
    path = f"/api/v1/interactions/{await deskreel.past_call()}/comments"
    answer = await deskreel.client.post(path, json={"at_ms": 2000, "text": "x" * 4000, **wrong})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert said in answer.json()["detail"]
    assert answer.json()["hint"]


async def test_comments_are_for_reviewers_within_their_scope(deskreel: Deskreel) -> None:
    known = await deskreel.past_call(agent="agent@people.example")
    path = f"/api/v1/interactions/{known}/comments"
    made = await deskreel.client.post(path, json={"at_ms": 0, "text": "for reviewers"})
    features = (await deskreel.client.get("/api/v1/features")).json()
    await deskreel.client.put(
        "/api/v1/features", json={"version": features["version"], "agents_see_own": True}
    )
    async with signed_in(deskreel, "agent", "agent") as agent, signed_in(deskreel, "evaluator", "eve") as eve:
        assert (await agent.get(path)).status_code == 403
        assert [one["id"] for one in (await eve.get(path)).json()["items"]] == [made.json()["id"]]
        with psycopg.connect(deskreel.settings.database_url or "") as database:
            database.execute("INSERT INTO teams (id, name, created_at) VALUES ('tea_x', 'X', 0)")
            database.execute(
                "INSERT INTO user_teams SELECT id, 'tea_x' FROM users WHERE email = 'eve@people.example'"
            )
        assert (await eve.get(path)).status_code == 404
        assert (await eve.post(path, json={"at_ms": 0, "text": "x"})).status_code == 404
        assert (await eve.delete(f"{path}/{made.json()['id']}")).status_code == 404


# --- saved filters --------------------------------------------------------------------------------------------


async def test_a_saved_filter_finds_what_it_did(deskreel: Deskreel) -> None:
    await deskreel.past_call()
    path = "/api/v1/saved-filters"
    query = {"min_duration_ms": 5000, "text": "1001", "sort": "-duration", "has_transcript": False}
    made = await deskreel.client.post(path, json={"name": " Lange Anrufe ", "query": query})
    assert made.status_code == 201, made.text
    saved = (await deskreel.client.get(path)).json()["items"][0]
    assert saved == made.json()
    asked = {name: value for name, value in saved["query"].items() if value is not None}
    assert asked == query
    assert saved["name"] == "Lange Anrufe"
    found = await deskreel.client.get("/api/v1/interactions", params={**asked, "has_transcript": "false"})
    assert found.status_code == 200, found.text
    for wrong in ({"colour": "red"}, {"min_coverage": 2}, {"limit": 5}, {"text": "a\0"}):
        answer = await deskreel.client.post(path, json={"name": "x", "query": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), wrong
    for wrong in ({"range": "7d", "since": 1}, {"range": "month", "until": 1}, {"range": "1y"}):
        answer = await deskreel.client.post(path, json={"name": "x", "query": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), wrong
    moving = await deskreel.client.post(path, json={"name": "This month", "query": {"range": "month"}})
    assert moving.json()["query"]["range"] == "month"
    taken = await deskreel.client.post(path, json={"name": "LANGE anrufe", "query": {}})
    assert (taken.status_code, taken.json()["code"]) == (409, "filter_name_taken")


async def test_shared_filters_are_seen_by_everybody_and_changed_by_their_owner(
    deskreel: Deskreel, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/api/v1/saved-filters"
    async with (
        signed_in(deskreel, "evaluator", "eve") as eve,
        signed_in(deskreel, "supervisor", "sam") as sam,
    ):
        own = (await eve.post(path, json={"name": "mine", "query": {}})).json()
        refused = await eve.post(path, json={"name": "all", "query": {}, "shared": True})
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        shared = (await sam.post(path, json={"name": "all", "query": {"live": True}, "shared": True})).json()
        hidden = (await sam.post(path, json={"name": "Alone", "query": {}})).json()

        assert [one["id"] for one in (await eve.get(path)).json()["items"]] == [own["id"], shared["id"]]
        change = {"name": "mine now", "query": {}, "revision": 1}
        assert (await eve.put(f"{path}/{shared['id']}", json=change)).status_code == 403
        assert (await eve.put(f"{path}/{hidden['id']}", json=change)).status_code == 404
        assert (await eve.delete(f"{path}/{shared['id']}")).status_code == 403
        renamed = await eve.put(f"{path}/{own['id']}", json=change)
        assert (renamed.json()["name"], renamed.json()["revision"]) == ("mine now", 2)
        stale = await eve.put(f"{path}/{own['id']}", json=change)
        assert (stale.status_code, stale.json()["current"]["name"]) == (409, "mine now")
        to_taken = {"name": "alone", "query": {}, "revision": 1}
        assert (await sam.put(f"{path}/{shared['id']}", json=to_taken)).json()["code"] == "filter_name_taken"
        monkeypatch.setattr(filters, "MOST", 2)
        assert (await sam.post(path, json={"name": "third", "query": {}})).json()["code"] == "conflict"
        assert (await deskreel.client.delete(f"{path}/{shared['id']}")).status_code == 204
        assert [one["id"] for one in (await eve.get(path)).json()["items"]] == [own["id"]]


# --- stills and viewings --------------------------------------------------------------------------------------


async def test_a_still_is_written_down_or_refused(deskreel: Deskreel) -> None:
    known = await deskreel.past_call()
    path = f"/api/v1/interactions/{known}/screenshots"
    async with (
        signed_in(deskreel, "evaluator", "eve") as eve,
        signed_in(deskreel, "supervisor", "sam") as sam,
    ):
        refused = await eve.post(path, json={"at_ms": 1000})
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert (await sam.post(path, json={"at_ms": 10**8})).status_code == 422
        assert (await sam.post(path, json={"at_ms": 1000})).status_code == 204
    page = (await deskreel.client.get("/api/v1/audit", params={"action": "recording.screenshot"})).json()
    assert [(item["actor_name"], item["details"]) for item in page["items"]] == [("sam", {"at_ms": 1000})]


async def test_watching_is_written_down_once_a_viewing(deskreel: Deskreel) -> None:
    known = await deskreel.past_call()
    async with signed_in(deskreel, "evaluator", "eve") as eve:
        await asyncio.gather(*(eve.get(f"/api/v1/interactions/{known}") for _ in range(8)))
        page = (await deskreel.client.get("/api/v1/audit", params={"subject": known})).json()
        by_eve = [item for item in page["items"] if item["actor_name"] == "eve"]
        assert [(item["action"], item["details"]) for item in by_eve] == [
            ("interaction.opened", {"play": True})
        ]


async def test_a_viewing_ends_after_a_while_without_a_request(deskreel: Deskreel) -> None:
    now = deskreel.context.clock()

    async def watch(minutes: int, **details: bool) -> None:
        async with deskreel.context.db.begin() as connection:
            at = type(now)(now + minutes * 60_000)
            await record_viewing(
                connection, at=at, actor="usr", action="interaction.opened", subject="int_x", **details
            )

    for minutes in (-300, -280, -260, -240):  # four hours, never longer than the pause between requests
        await watch(minutes, play=True)
    await watch(-240, play=False)
    await watch(-240 + PAUSE_MS // 60_000 + 1, play=True)
    assert await deskreel.audited("int_x") == ["interaction.opened"] * 3
    await sweep_viewings(deskreel.context)
    with psycopg.connect(deskreel.settings.database_url or "") as database:
        assert database.execute("SELECT count(*) FROM viewings WHERE subject = 'int_x'").fetchone() == (0,)
