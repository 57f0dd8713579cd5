"""A source's own word on unknown pauses, from the settings of the source to the coverage of the call."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from deskreel.core.events import ON_UNKNOWN_PAUSE
from deskreel.server.calls.tables import call_events
from support.server import Deskreel, wall_ms


@pytest.mark.parametrize("said", ["record", "pause", None])
async def test_the_source_goes_before_the_recording_settings(deskreel: Deskreel, said: str | None) -> None:
    pbx, client = await deskreel.telephony(), deskreel.client
    (source,) = (await client.get("/api/v1/telephony-sources")).json()["items"]
    fields = {"on_unknown_pause": said}
    changed = await client.patch(f"/api/v1/telephony-sources/{source['id']}", json={"call_events": fields})
    assert changed.status_code == 200, changed.text
    assert changed.json()["call_events"]["on_unknown_pause"] == said
    now = wall_ms()
    # whoever sends events cannot say it: the attribute is the server's
    started = pbx.event("recording.started", now, pause="unknown", **{ON_UNKNOWN_PAUSE: "record"})
    await pbx.post([pbx.event("call.answered", now), started])
    state = (await deskreel.interaction())["screen_recordings"][0]["state"]
    assert state == ("recording" if said == "record" else "paused")  # the account says pause
    async with deskreel.context.db.begin() as connection:
        query = select(call_events.c.attributes).where(call_events.c.kind == "recording.started")
        assert (await connection.scalar(query) or {}).get(ON_UNKNOWN_PAUSE) == said


async def test_what_is_no_way_to_treat_it_is_refused(deskreel: Deskreel) -> None:
    body = {"name": "x", "call_events": {"on_unknown_pause": "guess"}}
    answer = await deskreel.client.post("/api/v1/telephony-sources", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
