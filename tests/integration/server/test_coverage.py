"""Coverage: every missing second has a reason, by part of a call, and in sums by day, team, agent and reason."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from sqlalchemy import select, update

from deskreel.core.chunk import Incident
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime, Window
from deskreel.server.calls.tables import losses, sources
from deskreel.server.coverage.tables import interaction_coverage
from deskreel.server.jobs.finish import finish
from deskreel.server.people.tables import agents
from deskreel.server.recordings.tables import screen_recordings
from support.server import Deskreel, FakeRecorder, Telephony, wall_ms
from support.waiting import eventually

R = ReasonCode
# reasons that the recorder finds out and says in its manifest
BY_THE_RECORDER = [
    R.RECORDER_KILLED,
    R.NO_DISPLAY,
    R.LOCKED,
    R.SESSION_SWITCHED,
    R.PERMISSION_DENIED,
    R.SUSPENDED,
    R.DISK_FULL,
    R.ENCODER_FAILED,
    R.STOP_EARLY,
    R.SPOOL_EXPIRED,
    R.NOT_SEALED,
    R.CHUNK_QUARANTINED,
]
# reached by the tests below
BY_THE_SERVER = [
    R.NOT_ENROLLED,  # test_without_any_recorder…
    R.RECORDER_OFFLINE,  # test_a_recorder_that_was_never_there…
    R.NOT_UPLOADED,  # test_what_a_recorder_still_holds…
    R.START_DELAY,  # test_each_reason_of_the_recorder…
    R.UNKNOWN,  # test_what_nobody_explains…
    R.USER_DISABLED,  # test_an_agent_taken_off_in_mid_call…
    R.MAX_LENGTH,  # test_what_came_after_the_longest_length…
    R.TELEPHONY_LOST,  # test_a_link_that_was_away…
    R.PAUSE_UNKNOWN,  # test_a_recording_found_under_way…
    R.CUT_FOR_PRIVACY,  # test_a_pause_told_late…
]


def test_all_reasons_but_one_are_reached_here() -> None:
    """What is left (`undecodable`) has its test with the pictures, in test_recordings."""
    assert len({*BY_THE_RECORDER, *BY_THE_SERVER}) >= 15
    assert set(ReasonCode) - {*BY_THE_RECORDER, *BY_THE_SERVER} == {R.UNDECODABLE}


class Desk:
    """An agent with a recorder, and a telephony that speaks of the past."""

    def __init__(self, deskreel: Deskreel, pbx: Telephony, recorder: FakeRecorder, start: int) -> None:
        self.deskreel, self.pbx, self.recorder, self.start = deskreel, pbx, recorder, start

    @classmethod
    async def at(cls, deskreel: Deskreel, *, ago_s: int = 60) -> Desk:
        return cls(deskreel, await deskreel.telephony(), await deskreel.recorder(), wall_ms() - ago_s * 1000)

    async def call(
        self,
        seconds: float,
        captured: list[tuple[int, int]],
        *,
        between: list[tuple[str, int, dict[str, Any]]] | None = None,
        told_first: list[tuple[str, int, dict[str, Any]]] | None = None,
        incidents: tuple[tuple[int, int, ReasonCode], ...] = (),
        manifest: bool = True,
    ) -> None:
        """A call whose recorder uploads `captured` (offset and length in ms)."""
        pbx, start = self.pbx, self.start
        async with self.recorder.control() as socket:
            begun = [pbx.event("call.answered", start), pbx.event("recording.started", start)]
            more = [pbx.event(kind, start + at, **about) for kind, at, about in told_first or []]
            assert (await pbx.post([*begun, *more])).status_code == 202
            desired = await self.recorder.desired(socket, lambda d: d.order is not None)
            for number, (offset, length) in enumerate(captured):
                meta, data = self.recorder.chunk(start, number + 1, start + offset, length)
                assert (await self.recorder.upload(desired.order, meta, data)).status_code == 201
            for kind, at, about in between or []:
                await pbx.say(kind, start + at, **about)
            await pbx.say("call.ended", start + round(seconds * 1000))
            await self.recorder.desired(socket, lambda d: d.order is None)
        if manifest:
            made = tuple(
                Incident(window=Window(WallTime(start + a), WallTime(start + b)), reason=reason.value)
                for a, b, reason in incidents
            )
            assert desired.order is not None
            answer = await self.recorder.finish(desired.order.screen_recording_id, made)
            assert answer.status_code in (200, 202, 204), answer.text
            await self.deskreel.available()

    async def covered(self, call: str = "c1") -> list[dict[str, Any]]:
        return await covered(self.deskreel, call)

    def missing(self, item: dict[str, Any]) -> list[tuple[int, int, str]]:
        return [(m["start"] - self.start, m["end"] - self.start, m["reason"]) for m in item["missing"]]


async def covered(deskreel: Deskreel, call: str = "c1") -> list[dict[str, Any]]:
    async def probe() -> list[dict[str, Any]] | None:
        interaction = await deskreel.interaction(call)
        answer = await deskreel.client.get(f"/api/v1/interactions/{interaction['id']}/coverage")
        return answer.json()["items"] or None

    return await eventually("coverage", probe)


async def no_acw(deskreel: Deskreel, **more: Any) -> None:
    known = (await deskreel.client.get("/api/v1/recording-settings")).json()
    values = {"notice": "icon", "acw": False, **more}
    body = {"version": known["version"], "values": values}
    answer = await deskreel.client.put("/api/v1/recording-settings", json=body)
    assert answer.status_code == 200, answer.text


async def finish_now(deskreel: Deskreel) -> None:
    """As the sweep does a minute after the end."""
    async with deskreel.context.db.begin() as connection:
        ids = (await connection.scalars(select(screen_recordings.c.id))).all()
    for recording_id in ids:
        await finish(deskreel.context, deskreel.store, recording_id)


@pytest.mark.parametrize("reason", BY_THE_RECORDER, ids=str)
async def test_each_reason_of_the_recorder_stands_with_its_stretch_and_advice(
    deskreel: Deskreel, reason: ReasonCode
) -> None:
    await no_acw(deskreel)
    desk = await Desk.at(deskreel)
    await desk.call(20, [(500, 4500), (15_000, 5000)], incidents=((5000, 15_000, reason),))
    (item,) = await desk.covered()
    assert desk.missing(item) == [(0, 500, "start_delay"), (5000, 15_000, reason.value)]
    assert (item["expected_ms"], item["captured_ms"]) == (20_000, 9_500)
    assert item["missing"][1]["advice"] == reason.advice


async def test_without_any_recorder_all_of_it_is_missing_as_not_enrolled(deskreel: Deskreel) -> None:
    await no_acw(deskreel)
    pbx, start = await deskreel.telephony(), wall_ms() - 120_000
    await pbx.post([pbx.event("call.answered", start), pbx.event("recording.started", start)])
    await pbx.say("call.ended", start + 8000)
    await finish_now(deskreel)
    (item,) = await covered(deskreel)
    assert [m["reason"] for m in item["missing"]] == ["not_enrolled"]
    assert (item["expected_ms"], item["captured_ms"], item["coverage"]) == (8000, 0, 0.0)


async def test_an_agent_who_was_paused_throughout_does_not_hide_the_coverage_of_the_others(
    deskreel: Deskreel,
) -> None:
    await no_acw(deskreel)
    pbx, start = await deskreel.telephony(), wall_ms() - 120_000
    for agent, at in (("1001", start), ("1002", start + 8000)):
        await pbx.say("call.answered", at, agent=agent)
        await pbx.say("recording.started", at, agent=agent)
        if agent == "1002":
            await pbx.say("recording.paused", at, agent=agent)
        await pbx.say("call.ended" if agent == "1002" else "call.transferred", at + 8000, agent=agent)
    await finish_now(deskreel)
    (item,) = await covered(deskreel)  # of the first agent: of the second nothing was expected
    assert (item["expected_ms"], item["captured_ms"]) == (8000, 0)
    listed = (await deskreel.client.get("/api/v1/interactions")).json()["items"]
    assert [one["coverage"] for one in listed] == [0.0]
    assert await deskreel.check() == ()


async def test_a_recorder_that_was_never_there_is_offline(deskreel: Deskreel) -> None:
    await no_acw(deskreel)
    pbx, _recorder = await deskreel.telephony(), await deskreel.recorder()
    start = wall_ms() - 120_000
    await pbx.post([pbx.event("call.answered", start), pbx.event("recording.started", start)])
    await pbx.say("call.ended", start + 8000)
    await finish_now(deskreel)
    (item,) = await covered(deskreel)
    assert [m["reason"] for m in item["missing"]] == ["recorder_offline"]


async def test_what_a_recorder_still_holds_is_not_uploaded(deskreel: Deskreel) -> None:
    await no_acw(deskreel)
    desk = await Desk.at(deskreel)
    await desk.call(10, [(0, 4000)], manifest=False)
    await finish_now(deskreel)
    (item,) = await desk.covered()
    assert desk.missing(item) == [(4000, 10_000, "not_uploaded")]


async def test_what_nobody_explains_is_unknown(deskreel: Deskreel) -> None:
    await no_acw(deskreel)
    desk = await Desk.at(deskreel)
    await desk.call(10, [(0, 4000)])
    (item,) = await desk.covered()
    assert desk.missing(item) == [(4000, 10_000, "unknown")]


async def test_an_agent_taken_off_in_mid_call_leaves_the_rest_of_the_call_missing(deskreel: Deskreel) -> None:
    await no_acw(deskreel)
    pbx, start = await deskreel.telephony(), wall_ms() - 3000
    await pbx.post([pbx.event("call.answered", start), pbx.event("recording.started", start)])
    features = (await deskreel.client.get("/api/v1/features")).json()
    change = {"version": features["version"], "screen_recording": False}
    answer = await deskreel.client.put("/api/v1/features", json=change)
    assert answer.status_code == 200, answer.text
    off_at = wall_ms()
    await pbx.say("call.ended", off_at + 1)
    async with deskreel.context.db.begin() as connection:  # the call went on for a minute
        ended = (await connection.execute(select(screen_recordings))).one()
    assert ended.end_reason == "user_disabled"

    async def later() -> bool:
        return wall_ms() > off_at + 1000

    await eventually("a second", later)
    await pbx.post([pbx.event("call.answered", off_at - 2000, call="c2")])
    await finish_now(deskreel)
    (item,) = await covered(deskreel)
    last = item["missing"][-1]
    assert (last["reason"], last["start"]) == ("user_disabled", ended.ended_at)
    assert item["expected_ms"] == last["end"] - start


async def test_what_came_after_the_longest_length_is_missing_with_that_reason(deskreel: Deskreel) -> None:
    await no_acw(deskreel, max_length_minutes=1)
    pbx, start = await deskreel.telephony(), wall_ms() - 200_000
    await pbx.post([pbx.event("call.answered", start), pbx.event("recording.started", start)])
    await pbx.say("call.ended", start + 100_000)
    await finish_now(deskreel)
    (item,) = await covered(deskreel)
    stretches = [(m["start"] - start, m["end"] - start, m["reason"]) for m in item["missing"]]
    assert stretches == [(0, 60_000, "not_enrolled"), (60_000, 100_000, "max_length")]
    assert item["expected_ms"] == 100_000


async def test_a_link_that_was_away_is_missing_as_telephony_lost(deskreel: Deskreel) -> None:
    await no_acw(deskreel, on_unknown_pause="pause")
    desk = await Desk.at(deskreel)
    async with deskreel.context.db.begin() as connection:
        source = await connection.scalar(select(sources.c.id))
        await connection.execute(
            losses.insert().values(source_id=source, started_at=desk.start + 4000, ended_at=desk.start + 9000)
        )
    resumed = ("recording.resumed", 12_000, {})
    await desk.call(20, [(0, 4000), (12_000, 8000)], between=[resumed])
    (item,) = await desk.covered()
    assert desk.missing(item) == [(4000, 9000, "telephony_lost"), (9000, 12_000, "pause_unknown")]
    assert (item["expected_ms"], item["captured_ms"]) == (20_000, 12_000)


async def test_a_recording_found_under_way_is_withheld_until_it_is_known(deskreel: Deskreel) -> None:
    await no_acw(deskreel, on_unknown_pause="pause")
    desk = await Desk.at(deskreel)
    told = [("recording.started", 3000, {"pause": "unknown"}), ("recording.resumed", 6000, {})]
    await desk.call(10, [(0, 3000), (6000, 4000)], told_first=told)
    (item,) = await desk.covered()
    assert desk.missing(item) == [(3000, 6000, "pause_unknown")]


async def test_a_pause_told_late_whose_end_came_later_still_is_cut_for_privacy(deskreel: Deskreel) -> None:
    await no_acw(deskreel)
    desk = await Desk.at(deskreel)
    late = [("recording.paused", 4000, {}), ("recording.resumed", 6000, {})]
    await desk.call(10, [(0, 5000), (5000, 5000)], between=late)
    (item,) = await desk.covered()
    reasons = {reason for _, _, reason in desk.missing(item)}
    assert "cut_for_privacy" in reasons


async def test_sums_by_day_team_agent_and_reason_agree_with_the_parts(deskreel: Deskreel) -> None:
    await no_acw(deskreel)
    pbx = await deskreel.telephony()
    now = wall_ms()
    for number, agent in enumerate(("1001", "1001", "1002")):
        start = now - 600_000 + number * 60_000
        common = {"agent": agent, "call": f"c{number}"}
        events = [pbx.event(kind, start, **common) for kind in ("call.answered", "recording.started")]
        await pbx.post([*events, pbx.event("call.ended", start + 10_000, **common)])
    team = (await deskreel.client.post("/api/v1/teams", json={"name": "=Support"})).json()
    async with deskreel.context.db.begin() as connection:
        await connection.execute(update(agents).where(agents.c.key == "1002").values(team_id=team["id"]))
    await finish_now(deskreel)

    async def report(group_by: str, **more: Any) -> dict[str, Any]:
        answer = await deskreel.client.get("/api/v1/coverage", params={"group_by": group_by, **more})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    for group_by in ("day", "team", "agent"):
        found = await report(group_by)
        assert (found["interactions"], found["expected_ms"], found["captured_ms"]) == (3, 30_000, 0)
        assert sum(item["expected_ms"] for item in found["items"]) == 30_000
    assert {i["name"]: i["interactions"] for i in (await report("agent"))["items"]} == {"1001": 2, "1002": 1}
    assert {i["name"]: i["interactions"] for i in (await report("team"))["items"]} == {"": 2, "=Support": 1}
    reasons = (await report("reason"))["items"]
    assert [(item["key"], item["missing_ms"]) for item in reasons] == [("not_enrolled", 30_000)]
    assert reasons[0]["advice"] == R.NOT_ENROLLED.advice
    part = {"from": now - 600_000 + 30_000, "to": now - 600_000 + 90_000}
    assert (await report("agent", **part))["interactions"] == 1
    assert (await report("day", to=now - 10**9))["items"] == []
    text = (await deskreel.client.get("/api/v1/coverage.csv", params={"group_by": "team"})).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["name"] for row in rows} == {"", "'=Support"}  # no formula
    bad = await deskreel.client.get("/api/v1/coverage", params={"timezone": "Moon/Sea"})
    assert bad.status_code == 422


async def test_coverage_written_twice_is_written_once(deskreel: Deskreel) -> None:
    await no_acw(deskreel)
    desk = await Desk.at(deskreel)
    await desk.call(10, [(0, 4000)], manifest=False)
    await finish_now(deskreel)
    await finish_now(deskreel)
    async with deskreel.context.db.begin() as connection:
        rows = (await connection.execute(select(interaction_coverage))).all()
    assert len(rows) == 1
