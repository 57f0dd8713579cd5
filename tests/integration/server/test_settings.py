"""Features, selection, recording settings, do-not-record rules: and that they act."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deskreel.core.eligibility import in_sample
from deskreel.core.messages import Phase
from support.postgres import TestPostgres
from support.server import Deskreel, running, wall_ms
from support.waiting import eventually

ON = {"quality_management": True, "call_recording": True, "screen_recording": True}


@pytest.fixture
async def fresh(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[Deskreel]:
    """A new account: nothing is switched on."""
    async with running(postgres.fresh(), tmp_path / "data", record=False, acw_timeout_s=1) as server:
        await server.sign_in()
        yield server


async def get(deskreel: Deskreel, path: str, **params: Any) -> dict[str, Any]:
    answer = await deskreel.client.get(f"/api/v1/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def put(deskreel: Deskreel, path: str, *, expect: int = 200, **body: Any) -> dict[str, Any]:
    """PUT on top of the version that stands."""
    version = body.pop("version", None)
    if version is None:
        version = (await get(deskreel, path.replace("quality-management", "screen-recording")))["version"]
    answer = await deskreel.client.put(f"/api/v1/{path}", json={"version": version, **body})
    assert answer.status_code == expect, answer.text
    return dict(answer.json())


async def agent_id(deskreel: Deskreel, name: str = "1001") -> str:
    return str((await get(deskreel, "screen-recording/users", q=name))["items"][0]["agent_id"])


async def a_call(deskreel: Deskreel, pbx: Any, call: str, **facts: Any) -> dict[str, Any]:
    """A recorded call that is up; gives its interaction."""
    now = wall_ms()
    await pbx.say("call.answered", now, call=call, **facts)
    await pbx.say("recording.started", now, call=call)
    return await deskreel.interaction(call)


async def test_a_new_account_captures_nothing(fresh: Deskreel) -> None:
    features = await get(fresh, "features")
    assert [name for name, on in features.items() if on is True] == []
    pbx = await fresh.telephony()
    assert (await a_call(fresh, pbx, "c1"))["screen_recordings"] == []


async def test_screen_recording_needs_quality_management_and_a_notice(fresh: Deskreel) -> None:
    refused = await put(fresh, "features", screen_recording=True, notice="icon", expect=409)
    assert refused["code"] == "screen_recording_needs_qm"
    assert "Quality Management" in refused["hint"]
    refused = await put(fresh, "features", **ON, expect=422)
    assert refused["code"] == "notice_not_chosen"
    assert (await get(fresh, "features"))["screen_recording"] is False
    on = await put(fresh, "features", **ON, notice="banner")
    assert on["screen_recording"] is True
    settings = await get(fresh, "recording-settings")
    assert (settings["values"]["notice"], settings["origins"]["notice"]) == ("banner", "account")
    refused = await put(fresh, "features", quality_management=False, expect=409)
    assert refused["code"] == "screen_recording_needs_qm"
    await put(fresh, "features", screen_recording=False)
    await put(fresh, "features", screen_recording=True)  # the notice was chosen before


async def test_an_old_version_is_a_conflict(fresh: Deskreel) -> None:
    before = (await get(fresh, "features"))["version"]
    await put(fresh, "features", version=before, quality_management=True)
    refused = await put(fresh, "features", version=before, call_recording=True, expect=409)
    assert (refused["code"], bool(refused["hint"])) == ("changed_meanwhile", True)
    assert (await get(fresh, "features"))["call_recording"] is False


async def test_only_users_in_quality_management_can_be_selected(fresh: Deskreel) -> None:
    await fresh.recorder("1001")
    agent = await agent_id(fresh)

    async def line() -> dict[str, Any]:
        return dict((await get(fresh, "screen-recording/users", q="1001"))["items"][0])

    assert (await line())["reason"] == "quality_management_off"
    await put(fresh, "features", **ON, notice="icon")
    assert ((await line())["can_be_selected"], (await line())["reason"]) == (
        False,
        "not_in_quality_management",
    )
    assert "not enabled in Quality Management" in (await line())["advice"]
    refused = await put(fresh, "screen-recording/users", agent_ids=[agent], expect=422)
    assert refused["code"] == "cannot_be_selected"
    assert [one["reason"] for one in refused["refused"]] == ["not_in_quality_management"]
    await put(fresh, "quality-management/users", agent_ids=[agent])
    assert ((await line())["can_be_selected"], (await line())["not_captured_reason"]) == (
        True,
        "not_selected",
    )
    version = (await get(fresh, "screen-recording/users"))["version"]
    await put(fresh, "screen-recording/users", version=version, agent_ids=[agent])
    assert ((await line())["selected"], (await line())["captured"]) == (True, True)
    refused = await put(fresh, "screen-recording/users", version=version, agent_ids=[], expect=409)
    assert refused["code"] == "changed_meanwhile"


async def test_users_who_take_no_calls_say_so(fresh: Deskreel) -> None:
    await put(fresh, "features", **ON, notice="icon")
    line = (await get(fresh, "screen-recording/users", q="Admin"))["items"][0]
    assert (line["agent_id"], line["can_be_selected"], line["reason"]) == (None, False, "no_agent")


async def test_the_users_tab_has_pages(fresh: Deskreel) -> None:
    pbx = await fresh.telephony()
    for number in range(7):
        await pbx.say("heartbeat", wall_ms(), call=None, agent=f"20{number:02}")
    names: list[str] = []
    cursor: str | None = None
    while True:
        page = await get(fresh, "screen-recording/users", limit=3, **({"cursor": cursor} if cursor else {}))
        names += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert names == sorted(names)
    assert len(names) == len(set(names)) == 9  # seven, the probe of the source, and the admin
    bad = await fresh.client.get("/api/v1/screen-recording/users", params={"cursor": "bm9uZQ"})
    assert (bad.status_code, bad.json()["code"]) == (422, "invalid_input")


async def test_capture_follows_the_selection_at_once(deskreel: Deskreel) -> None:
    recorder, pbx = await deskreel.recorder(), await deskreel.telephony()
    agent = await agent_id(deskreel)
    async with recorder.control() as socket:
        await a_call(deskreel, pbx, "c1")
        await recorder.desired(socket, lambda d: d.phase is Phase.RECORDING)
        await put(deskreel, "screen-recording/users", agent_ids=[])
        await recorder.desired(socket, lambda d: d.phase is Phase.IDLE)
        spans = (await deskreel.interaction("c1"))["screen_recordings"][0]["spans"]
        assert [(span["state"], span["end"] is None) for span in spans] == [("recorded", False)]
        await put(deskreel, "screen-recording/users", agent_ids=[agent])  # the call is still up
        await recorder.desired(socket, lambda d: d.phase is Phase.RECORDING)
    assert len((await deskreel.interaction("c1"))["screen_recordings"]) == 2


@pytest.mark.parametrize("feature", ["call_recording", "screen_recording"])
async def test_a_feature_switched_off_ends_capture_and_keeps_the_past(
    deskreel: Deskreel, feature: str
) -> None:
    recorder, pbx = await deskreel.recorder(), await deskreel.telephony()
    async with recorder.control() as socket:
        await a_call(deskreel, pbx, "c1")
        desired = await recorder.desired(socket, lambda d: d.phase is Phase.RECORDING)
        await put(deskreel, "features", **{feature: False})
        stopped = await recorder.desired(socket, lambda d: d.phase is Phase.IDLE)
    assert desired.order is not None
    kept = next(k for k in stopped.keep if k.screen_recording_id == desired.order.screen_recording_id)
    assert kept.ended
    assert kept.windows[0][0] == desired.order.origin
    assert (await a_call(deskreel, pbx, "c2"))["screen_recordings"] == []


async def test_a_team_is_selected_as_a_whole(deskreel: Deskreel) -> None:
    client = deskreel.client
    red = (await client.post("/api/v1/teams", json={"name": "Red"})).json()["id"]
    user = {"email": "ada@x.example", "name": "Ada", "role": "agent", "teams": [red]}
    user |= {"identities": [{"kind": "extension", "value": "3001"}], "quality_management": True}
    assert (await client.post("/api/v1/users", json=user)).status_code == 201
    pbx = await deskreel.telephony()
    assert (await a_call(deskreel, pbx, "c1", agent="3001"))["screen_recordings"] == []
    await put(deskreel, "screen-recording/users", agent_ids=[], team_ids=[red])
    line = (await get(deskreel, "screen-recording/users", team=red))["items"][0]
    assert (line["selected"], line["team_selected"], line["captured"]) == (False, True, True)
    now = wall_ms()
    await pbx.say("call.answered", now, call="c2", agent="3001")
    await pbx.say("recording.started", now, call="c2", agent="3001")
    assert len((await deskreel.interaction("c2"))["screen_recordings"]) == 1


async def test_a_percentage_of_calls_is_the_same_everywhere(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    await put(deskreel, "recording-settings", values={"notice": "icon", "percentage": 40})
    captured = set()
    calls = [f"call-{number}" for number in range(12)]
    for call in calls:
        if (await a_call(deskreel, pbx, call))["screen_recordings"]:
            captured.add(call)
        await pbx.say("call.ended", wall_ms(), call=call)
    assert captured == {call for call in calls if in_sample(call, 40)}
    assert 0 < len(captured) < len(calls)
    await put(deskreel, "recording-settings", values={"notice": "icon", "percentage": 0})
    await pbx.say("heartbeat", wall_ms(), call=None)  # the session is worked out anew: the past stays
    assert {call for call in calls if (await deskreel.interaction(call))["screen_recordings"]} == captured


async def test_do_not_record_rules_come_first(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    client = deskreel.client
    await a_call(deskreel, pbx, "before", caller="+1 555 0142")
    await pbx.say("call.ended", wall_ms(), call="before")
    made = [
        await client.post("/api/v1/do-not-record", json={"kind": kind, "value": value})
        for kind, value in (("number", "+1555*"), ("queue", "Doctors"))
    ]
    assert [answer.status_code for answer in made] == [201, 201]
    assert (await a_call(deskreel, pbx, "c1", caller="+1 (555) 0142"))["screen_recordings"] == []
    assert (await a_call(deskreel, pbx, "c2", queue="doctors"))["screen_recordings"] == []
    assert len((await a_call(deskreel, pbx, "c3", caller="+44 1"))["screen_recordings"]) == 1
    for call in ("c1", "c2", "c3"):
        await pbx.say("call.ended", wall_ms(), call=call)
    assert len((await deskreel.interaction("before"))["screen_recordings"]) == 1
    again = await client.post("/api/v1/do-not-record", json={"kind": "number", "value": "+1555*"})
    assert again.status_code == 409
    everything = await client.post("/api/v1/do-not-record", json={"kind": "number", "value": "*"})
    assert everything.status_code == 422
    for answer in made:
        assert (await client.delete(f"/api/v1/do-not-record/{answer.json()['id']}")).status_code == 204
    assert (await get(deskreel, "do-not-record"))["items"] == []
    assert len((await a_call(deskreel, pbx, "c4", caller="+1 555 0142"))["screen_recordings"]) == 1
    assert (await deskreel.interaction("c1"))["screen_recordings"] == []  # as decided when it began


async def test_settings_are_inherited_and_say_where_from(deskreel: Deskreel) -> None:
    client = deskreel.client
    red = (await client.post("/api/v1/teams", json={"name": "Red"})).json()["id"]
    user = {"email": "ada@x.example", "name": "Ada", "role": "agent", "teams": [red]}
    agent = (await client.post("/api/v1/users", json=user)).json()["user"]["agent"]["id"]
    of_team, of_agent = f"recording-settings/teams/{red}", f"recording-settings/agents/{agent}"
    await put(deskreel, "recording-settings", values={"notice": "icon", "max_fps": 4, "dwell_ms": 100})
    await put(deskreel, of_team, values={"max_fps": 3, "max_kbps": 500})
    await put(deskreel, of_agent, values={"max_fps": 2, "max_kbps": None})
    holds = await get(deskreel, of_agent)
    seen = {n: (holds["values"][n], holds["origins"][n]) for n in ("max_fps", "max_kbps", "dwell_ms", "acw")}
    assert seen == {
        "max_fps": (2, "agent"),
        "max_kbps": (None, "agent"),
        "dwell_ms": (100, "account"),
        "acw": (True, "environment"),
    }
    assert holds["overrides"] == {"max_fps": 2, "max_kbps": None}
    await put(deskreel, of_agent, values={})
    holds = await get(deskreel, of_agent)
    assert (holds["values"]["max_fps"], holds["origins"]["max_fps"]) == (3, "team")
    assert (await client.delete(f"/api/v1/teams/{red}")).status_code == 204
    holds = await get(deskreel, of_agent)
    assert (holds["values"]["max_fps"], holds["origins"]["max_fps"]) == (4, "account")


@pytest.mark.parametrize(
    "values",
    [{"max_fps": 16}, {"acw_timeout_s": 0}, {"canvas": "9000x9000"}, {"unknown": 1}, {"max_kbps": 1}],
)
async def test_settings_that_cannot_work_are_refused(deskreel: Deskreel, values: dict[str, Any]) -> None:
    refused = await put(deskreel, "recording-settings", values={"notice": "icon", **values}, expect=422)
    assert refused["code"] == "invalid_input"


async def test_a_change_reaches_the_recorder_at_once(deskreel: Deskreel) -> None:
    recorder = await deskreel.recorder()
    agent = await agent_id(deskreel)
    async with recorder.control() as socket:
        first = await recorder.desired(socket)
        await put(
            deskreel,
            f"recording-settings/agents/{agent}",
            values={"max_fps": 9, "agent_may_pause": True, "agent_may_quit": False},
        )
        changed = await recorder.desired(socket, lambda d: d.policy.max_fps == 9)
    assert changed.version > first.version
    assert (first.policy.agent_may_pause, first.policy.agent_may_quit) == (False, True)
    assert (changed.policy.agent_may_pause, changed.policy.agent_may_quit) == (True, False)


async def test_acw_is_a_setting_of_the_agent(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    await a_call(deskreel, pbx, "c1")
    await pbx.say("call.ended", wall_ms(), call="c1")

    async def acw_over() -> bool:
        return (await deskreel.interaction("c1"))["state"] == "ended"

    await eventually("ACW of c1", acw_over)
    agent = await agent_id(deskreel)
    await put(deskreel, f"recording-settings/agents/{agent}", values={"acw": False})
    await a_call(deskreel, pbx, "c2")
    await pbx.say("call.ended", wall_ms(), call="c2")

    async def states(call: str) -> list[str]:
        spans = (await deskreel.interaction(call))["screen_recordings"][0]["spans"]
        return [span["state"] for span in spans if span["state"] != "missing"]

    assert await states("c2") == ["recorded"]
    assert await states("c1") == ["recorded", "acw"]  # recorded before the change, and still there
