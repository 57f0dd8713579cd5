"""Watching a call live: the lease, the recorder's order that follows from it, who may, and what is written down."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from live_call_rig import Call, problem, recorded_call, renew, watch

from deskreel.core.live import LiveReport, LiveState, Obstacle, ObstacleCode, Rung
from deskreel.core.messages import Observed, Phase
from deskreel.core.time import WallTime
from deskreel.server.live.leases import LEASE_MS, sweep_live_views
from deskreel.storage.signing import verify_grant
from support.people import put_user, signed_in
from support.postgres import TestPostgres
from support.server import wall_ms
from support.waiting import eventually


@pytest.fixture
async def call(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[Call]:
    async with recorded_call(postgres, tmp_path) as made:
        yield made


async def test_a_call_is_sent_while_somebody_watches_and_never_while_it_is_paused(call: Call) -> None:
    client, base = call.server.client, f"{call.server.settings.media_url}/v1/live/{call.scr}"
    view = await watch(client, call.scr)
    assert (view["state"], view["whep_url"], view["notice"]) == ("recording", f"{base}/whep", True)
    grant = verify_grant(call.server.context.signing_key.public, view["token"], WallTime(wall_ms()))
    assert (grant.purpose, grant.subject, grant.region) == ("live_watch", call.scr, "eu")
    assert 0 <= view["expires_at"] - grant.expires_at < 1000
    assert view["turn"]["host"] == "turn.example.com"

    seen = await client.get(base, headers={"authorization": f"Bearer {view['token']}"})
    assert (seen.status_code, seen.json()["publishing"]) == (200, False)  # the gateway lets the viewer in
    order = (await call.desired(live=True)).live
    assert order is not None
    assert (order.screen_recording_id, order.whip_url) == (call.scr, f"{base}/whip")
    assert order.until == view["expires_at"]
    sent = verify_grant(call.server.context.signing_key.public, order.token, WallTime(wall_ms()))
    assert (sent.purpose, sent.subject) == ("live_publish", call.scr)
    no_offer = {"authorization": f"Bearer {order.token}", "content-type": "text/plain"}
    answer = await client.post(order.whip_url, content=b"", headers=no_offer)
    assert problem(answer) == (422, "invalid_input")  # and the recorder, had it sent an offer
    assert order.turn is not None
    assert order.turn.username.split(":")[1].startswith("agt_")
    assert view["turn"]["username"].split(":")[1].startswith("usr_")

    (line,) = await call.wall()
    assert (line["screen_recording_id"], line["state"], line["queue"]) == (call.scr, "recording", "sales")
    assert (line["watchers"], line["may_watch"], line["recorder_online"]) == (1, True, True)
    alone = (await call.one()).json()
    assert call.began <= alone.pop("as_of") <= wall_ms()
    changing = ("coverage", "expected_ms", "captured_ms", "missing", "picture")
    assert {**alone, **dict.fromkeys(changing)} == {**line, **dict.fromkeys(changing)}
    assert line["started_at"] == call.began
    assert line["missing"][0]["reason"] == "start_delay"

    blocked = Obstacle(code=ObstacleCode.NO_ANSWER, rung=Rung.DIRECT, text="x" * 2000)
    report = LiveReport(
        state=LiveState.LIVE,
        rung=Rung.TURN_TLS,
        why="UDP is blocked here",
        obstacles=(blocked,) * 20,
        kbps=240.0,
    )
    state = Observed(
        version=1,
        phase=Phase.RECORDING,
        screen_recording_id=order.screen_recording_id,
        first_frame_at=WallTime(call.began),
        live=report,
    )
    await call.recorder.say(call.socket, state)

    async def told() -> bool:
        return (await renew(client, view))["recorder"] is not None

    await eventually("the recorder's report", told)
    (line,) = await call.wall()
    assert (line["recorder"]["rung"], line["recorder"]["why"]) == ("turn-tls", "UDP is blocked here")
    assert line["recorder"]["obstacles"] == [{"code": "no_answer", "rung": "direct", "text": "x" * 500}] * 8
    assert line["coverage"] == 1.0
    assert line["picture"]["url"].endswith("/latest.jpg")
    assert (await renew(client, view))["playlist_url"].endswith("/screen.m3u8")

    await call.say("recording.paused")
    paused = await call.desired(live=False)
    assert paused.phase is Phase.PAUSED
    assert (await renew(client, view))["state"] == "paused"
    await call.say("recording.resumed")
    assert (await call.desired(live=True)).phase is Phase.RECORDING
    await call.say("call.ended")
    acw = await call.recorder.desired(call.socket, lambda d: d.phase is Phase.ACW)
    assert acw.live is not None
    (line,) = await call.wall()
    assert (line["state"], line["call_ended_at"] is not None) == ("acw", True)
    assert (await call.one()).json()["state"] == "acw"
    await call.pbx.say("agent.status", wall_ms(), call=None, agent="1001", label="Available")
    await call.pbx.say("acw.ended", wall_ms(), call=None, agent="1001")
    ended = await call.recorder.desired(call.socket, lambda d: d.order is None)
    assert ended.live is None
    over = await renew(client, view)
    assert (over["state"], over["token"], over["turn"], over["whep_url"], over["playlist_url"]) == (
        "ended",
        *([None] * 4),
    )
    assert over["interaction_id"] == (await call.server.interaction())["id"]
    assert (await renew(client, view))["state"] == "ended"  # asked again, the answer is the same
    assert await call.wall() == []
    gone = await call.one()
    assert problem(gone) == (404, "not_found")
    assert "Activities" in gone.json()["hint"]
    assert problem(await client.post(f"/api/v1/screen-recordings/{call.scr}/live")) == (409, "not_live")
    assert [entry["view"] for entry in await call.audited("live.opened")] == [view["id"]]
    (written,) = await call.audited("live.ended")
    assert (written["view"], written["why"]) == (view["id"], "recording ended")
    assert 0 <= written["seconds"] < 60


async def test_of_two_who_watch_one_leaves_and_it_goes_on(call: Call) -> None:
    async with signed_in(call.server, "supervisor", "eva") as eva:
        first, second = await watch(call.server.client, call.scr), await watch(eva, call.scr)
        assert (await call.wall(eva))[0]["watchers"] == 2
        path = f"/api/v1/live-views/{first['id']}"
        assert problem(await eva.delete(path)) == (404, "not_found")
        assert problem(await eva.put(path)) == (404, "not_found")
        await call.desired(live=True)
        for _twice in range(2):
            assert (await call.server.client.delete(path)).status_code == 204
        still = await call.recorder.desired(call.socket)
        assert still.live is not None
        assert still.live.until == second["expires_at"]
        assert problem(await call.server.client.put(path)) == (404, "not_found")
        assert (await eva.delete(f"/api/v1/live-views/{second['id']}")).status_code == 204
        await call.desired(live=False)
    assert [entry["why"] for entry in await call.audited("live.ended")] == ["closed", "closed"]


async def test_who_vanishes_watches_until_the_lease_is_over(call: Call) -> None:
    view, kept = await watch(call.server.client, call.scr), await watch(call.server.client, call.scr)
    with psycopg.connect(call.server.settings.database_url or "", autocommit=True) as database:
        database.execute(
            "UPDATE live_views SET opened_at = opened_at - 65000, expires_at = opened_at - 5000 WHERE id = %s",
            [view["id"]],
        )
        assert (await call.wall())[0]["watchers"] == 1
        await sweep_live_views(call.server.context)
        (written,) = await call.audited("live.ended")
        assert (written["view"], written["why"], written["seconds"]) == (view["id"], "lapsed", 60.0)
        late = await call.server.client.put(f"/api/v1/live-views/{view['id']}")
        assert problem(late) == (404, "not_found")
        assert "open it again" in late.json()["hint"]
        # nobody renews the other either: the next look finds nobody, before any sweep
        database.execute("UPDATE live_views SET expires_at = opened_at WHERE id = %s", [kept["id"]])
    async with call.recorder.control() as socket:
        assert (await call.recorder.desired(socket)).live is None


async def test_the_last_renewal_holds_at_the_recorder_and_is_told_before_it_is_over(call: Call) -> None:
    view = await watch(call.server.client, call.scr)
    before = (await call.desired(live=True)).live
    with psycopg.connect(call.server.settings.database_url or "", autocommit=True) as database:
        database.execute("UPDATE live_views SET expires_at = expires_at - 25000")  # as if 25 s had gone by
    later = await renew(call.server.client, view)
    assert 0 <= later["expires_at"] - wall_ms() <= LEASE_MS
    after = (await call.desired(live=True)).live
    assert before is not None
    assert after is not None
    assert after.until == later["expires_at"] > before.until


async def test_only_agents_of_ones_teams_and_only_while_one_may(call: Call) -> None:
    client = call.server.client
    north, south = [
        (await client.post("/api/v1/teams", json={"name": name})).json()["id"] for name in ("north", "south")
    ]
    async with (
        signed_in(call.server, "supervisor", "eva") as eva,
        signed_in(call.server, "agent", "ada") as ada,
    ):
        assert problem(await ada.post(f"/api/v1/screen-recordings/{call.scr}/live")) == (403, "forbidden")
        view = await watch(eva, call.scr)
        await call.desired(live=True)
        await put_user(client, "eva@people.example", teams=[south])
        assert problem(await eva.put(f"/api/v1/live-views/{view['id']}")) == (404, "not_found")
        await call.desired(live=False)
        assert problem(await eva.post(f"/api/v1/screen-recordings/{call.scr}/live")) == (404, "not_found")
        assert await call.wall(eva) == []
        stranger = f"scr_{'0' * 26}"
        hidden, unknown = await call.one(eva), await call.one(scr=stranger)
        assert problem(hidden) == (404, "not_found")
        assert hidden.text.replace(call.scr, stranger) == unknown.text  # nobody learns which of the two it is
        assert problem(await call.one(ada)) == (403, "forbidden")
        assert problem(await call.one(scr="int_1")) == (422, "invalid_input")
        assert (await call.one()).status_code == 200
        (written,) = await call.audited("live.ended")
        assert written["why"] == "not permitted any more"
        await put_user(client, "eva@people.example", teams=[])
        again = await watch(eva, call.scr)
        await put_user(client, "eva@people.example", active=False)
        assert problem(await eva.put(f"/api/v1/live-views/{again['id']}")) == (401, "not_signed_in")
    assert north != south


async def test_where_live_view_is_off_nobody_watches(call: Call) -> None:
    client = call.server.client
    view = await watch(client, call.scr)
    await call.desired(live=True)
    path = "/api/v1/recording-settings"
    before = (await client.get(path)).json()
    body = {"version": before["version"], "values": {**before["overrides"], "live_view": False}}
    changed = await client.put(path, json=body)
    assert changed.status_code == 200, changed.text
    await call.desired(live=False)  # at once, not when the lease runs out
    assert (await call.wall())[0]["may_watch"] is False
    assert problem(await client.put(f"/api/v1/live-views/{view['id']}")) == (403, "live_view_off")
    refused = await client.post(f"/api/v1/screen-recordings/{call.scr}/live")
    assert problem(refused) == (403, "live_view_off")
    assert "live_view" in refused.json()["hint"]
    (written,) = await call.audited("live.ended")
    assert written["why"] == "switched off"


async def test_one_person_has_a_limit(call: Call) -> None:
    views = [await watch(call.server.client, call.scr) for _ in range(20)]
    refused = await call.server.client.post(f"/api/v1/screen-recordings/{call.scr}/live")
    assert problem(refused) == (429, "too_many_live_views")
    await call.server.client.delete(f"/api/v1/live-views/{views[0]['id']}")
    await watch(call.server.client, call.scr)
