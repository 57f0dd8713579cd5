"""Call events: what is refused, what is taken once, what order does not matter."""

from __future__ import annotations

import itertools
import time

from sqlalchemy import update

from deskreel.server.calls.tables import sources
from deskreel.telephony.signature import sign
from support.server import Deskreel, wall_ms


async def test_a_bad_signature_is_refused_and_nothing_is_taken(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    answer = await pbx.post([pbx.event("call.answered", wall_ms())], **{"webhook-signature": "v1,AAAA"})
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    assert (await deskreel.client.get("/api/v1/interactions")).json()["items"] == []


async def test_an_unknown_source_gets_the_answer_of_a_bad_signature(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    pbx.name = "nobody"
    answer = await pbx.post([pbx.event("call.answered", wall_ms())])
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")


async def test_an_old_timestamp_is_refused(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    stamp = int(time.time()) - 400
    body = b'{"events":[]}'
    answer = await deskreel.client.post(
        "/api/v1/call-events",
        params={"source": "pbx"},
        content=body,
        headers={
            "webhook-id": "m",
            "webhook-timestamp": str(stamp),
            "webhook-signature": sign(pbx.secret, "m", stamp, body),
        },
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "timestamp_out_of_window")


async def test_unknown_kinds_are_ignored_and_named(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    answer = await pbx.post([pbx.event("call.teleported", wall_ms()), pbx.event("call.answered", wall_ms())])
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 1
    assert answer.json()["ignored"][0]["reason"] == "unknown kind 'call.teleported'"


async def test_a_duplicate_is_counted_and_changes_nothing(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    events = [pbx.event("call.answered", wall_ms() - 10), pbx.event("recording.started", wall_ms() - 10)]
    assert (await pbx.post(events)).json()["accepted"] == 2
    before = await deskreel.interaction()
    again = (await pbx.post(events)).json()
    assert (again["accepted"], again["duplicates"]) == (0, 2)
    after = await deskreel.interaction()
    assert after["screen_recordings"][0]["spans"] == before["screen_recordings"][0]["spans"]


async def test_a_faulty_event_spoils_its_batch_and_nothing_of_it_is_taken(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    good, bad = pbx.event("call.answered", wall_ms()), pbx.event("call.ended", wall_ms())
    bad["occurred_at"] = "yesterday"
    answer = await pbx.post([good, bad])
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert "event 1: occurred_at" in answer.json()["detail"]
    assert (await deskreel.client.get("/api/v1/interactions")).json()["items"] == []


async def test_out_of_order_arrival_ends_in_the_same_spans(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    start = wall_ms() - 60_000
    script = [
        ("call.answered", 0),
        ("recording.started", 0),
        ("recording.paused", 5000),
        ("recording.resumed", 8000),
        ("call.ended", 20_000),
    ]
    seen = set()
    for number, order in enumerate(itertools.islice(itertools.permutations(script), 0, 120, 17)):
        call, agent = f"call-{number}", f"agent-{number}"
        for kind, offset in order:
            await pbx.say(kind, start + offset, call=call, agent=agent)
        details = await deskreel.interaction(call)
        spans = [
            (s["state"], s["start"] - start, s["end"] - start)
            for s in details["screen_recordings"][0]["spans"]
        ]
        seen.add(tuple(span for span in spans if span[0] != "missing"))
    assert seen == {
        (
            ("recorded", 0, 5000),
            ("paused", 5000, 8000),
            ("recorded", 8000, 20_000),
            ("acw", 20_000, 21_000),
        )
    }


async def test_a_source_whose_clock_is_behind_shows_nothing_of_a_pause(deskreel: Deskreel) -> None:
    """All it says is two seconds old: a resume must not count before it was said."""
    pbx = await deskreel.telephony()
    async with deskreel.context.db.begin() as connection:
        await connection.execute(update(sources).values(least_delay_ms=None))
    now = wall_ms()
    for kind in ("call.answered", "recording.started", "recording.paused", "recording.resumed"):
        await pbx.say(kind, now - 2000)
    spans = (await deskreel.interaction())["screen_recordings"][0]["spans"]
    assert [s["state"] for s in spans] == ["recorded"]
    assert spans[0]["start"] >= now - 50


async def test_a_body_that_is_too_large_is_refused(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    answer = await pbx.post([pbx.event("call.answered", wall_ms(), note="x" * 2_100_000)])
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_interactions_come_in_pages_newest_first(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    start = wall_ms() - 100_000
    await pbx.post([pbx.event("call.answered", start + n // 2, call=f"c{n}") for n in range(7)])
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = (await deskreel.client.get("/api/v1/interactions", params=params)).json()
        seen += [item["call_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == [f"c{n}" for n in range(7)]
    starts = {f"c{n}": start + n // 2 for n in range(7)}
    assert [starts[c] for c in seen] == sorted((starts[c] for c in seen), reverse=True)
    bad = await deskreel.client.get("/api/v1/interactions", params={"cursor": "garbage"})
    assert (bad.status_code, bad.json()["code"]) == (422, "invalid_input")


async def test_what_is_not_there_is_a_problem_with_a_hint(deskreel: Deskreel) -> None:
    for path in ("/interactions/int_00000000000000000000000000", "/nothing"):
        answer = await deskreel.client.get("/api/v1" + path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer.json()["hint"]
    assert (await deskreel.client.get("/api/v1/interactions/..%2f..%2fetc")).status_code in (404, 422)
