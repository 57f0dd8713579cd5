"""Every route names its permission, and each role can do what the table says and no more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, APIRouter, APIWebSocketRoute, iter_route_contexts

from deskreel.server.app import create_app
from deskreel.server.auth import Needs, markers
from support.people import put_user, signed_in
from support.server import Deskreel, wall_ms

NOBODY = "00000000000000000000000000"

# what each route asks for; {} is filled with ids of nobody and nothing
ROUTES = {
    "GET /session": "account.own",
    "PUT /session/password": "account.own",
    "POST /network-check": "account.own",
    "DELETE /session": "account.own",
    "GET /recorder-enrolments/{user_code}": "account.own",
    "POST /recorder-enrolments/{user_code}": "account.own",
    "GET /interactions": "interactions.view",
    "GET /interactions/{interaction_id}": "interactions.view",
    "GET /interactions/{interaction_id}/coverage": "interactions.view",
    "GET /interactions/{interaction_id}/transcripts": "recordings.play",
    "POST /interactions/{interaction_id}/transcripts": "transcripts.add",
    "GET /interactions/{interaction_id}/comments": "comments.view",
    "POST /interactions/{interaction_id}/comments": "comments.write",
    "PUT /interactions/{interaction_id}/comments/{comment_id}": "comments.write",
    "DELETE /interactions/{interaction_id}/comments/{comment_id}": "comments.write",
    "POST /interactions/{interaction_id}/screenshots": "recordings.screenshot",
    "POST /interactions/{interaction_id}/downloads": "recordings.download",
    "GET /interactions/{interaction_id}/downloads/{download_id}": "recordings.download",
    "GET /saved-filters": "interactions.view",
    "POST /saved-filters": "interactions.view",
    "PUT /saved-filters/{filter_id}": "interactions.view",
    "DELETE /saved-filters/{filter_id}": "interactions.view",
    "POST /calibrations": "evaluations.manage",
    "POST /calibrations/{calibration_id}/close": "evaluations.manage",
    "POST /evaluations": "evaluations.manage",
    "DELETE /evaluations/{evaluation_id}": "evaluations.manage",
    "PUT /evaluations/{evaluation_id}/assignment": "evaluations.manage",
    "GET /evaluators": "evaluations.manage",
    "GET /sampling-rules": "evaluations.manage",
    "POST /sampling-rules": "evaluations.manage",
    "PUT /sampling-rules/{rule_id}": "evaluations.manage",
    "DELETE /sampling-rules/{rule_id}": "evaluations.manage",
    "POST /sampling-rules/{rule_id}/run": "evaluations.manage",
    "POST /evaluations/{evaluation_id}/acknowledge": "evaluations.respond",
    "POST /evaluations/{evaluation_id}/dispute": "evaluations.respond",
    "POST /evaluations/{evaluation_id}/review": "evaluations.review",
    "PUT /evaluations/{evaluation_id}/draft": "evaluations.score",
    "POST /evaluations/{evaluation_id}/feedback": "evaluations.score",
    "PUT /evaluations/{evaluation_id}/feedback/{feedback_id}": "evaluations.score",
    "DELETE /evaluations/{evaluation_id}/feedback/{feedback_id}": "evaluations.score",
    "POST /evaluations/{evaluation_id}/publish": "evaluations.score",
    "POST /interactions/{interaction_id}/evaluations": "evaluations.score",
    "GET /calibrations": "evaluations.view",
    "GET /calibrations/{calibration_id}": "evaluations.view",
    "GET /evaluations": "evaluations.view",
    "GET /evaluations/{evaluation_id}": "evaluations.view",
    "POST /forms": "forms.manage",
    "PUT /forms/{form_id}": "forms.manage",
    "DELETE /forms/{form_id}": "forms.manage",
    "POST /forms/{form_id}/archive": "forms.manage",
    "POST /forms/{form_id}/publish": "forms.manage",
    "POST /forms/{form_id}/restore": "forms.manage",
    "GET /forms": "forms.view",
    "GET /forms/{form_id}": "forms.view",
    "POST /forms/{form_id}/score": "forms.view",
    "GET /forms/{form_id}/versions/{version}": "forms.view",
    "GET /reports/evaluations.csv": "reports.view",
    "GET /reports/scores": "reports.view",
    "GET /coverage": "interactions.view",
    "GET /coverage.csv": "interactions.view",
    "GET /events": "interactions.view",
    "GET /recorders": "recorders.view",
    "GET /recorders/{recorder_id}/check": "recorders.view",
    "GET /live-calls": "live.watch",
    "GET /live-calls/{recording_id}": "live.watch",
    "POST /screen-recordings/{recording_id}/live": "live.watch",
    "PUT /live-views/{view_id}": "live.watch",
    "DELETE /live-views/{view_id}": "live.watch",
    "POST /recorders/{recorder_id}/revoke": "recorders.manage",
    "GET /recorder-enrolments": "recorders.manage",
    "GET /users": "users.view",
    "GET /users/{user_id}": "users.view",
    "GET /teams": "users.view",
    "GET /screen-recording/users": "users.view",
    "POST /users": "users.manage",
    "PUT /users/{user_id}": "users.manage",
    "POST /users/{user_id}/password-reset": "users.manage",
    "POST /users/{user_id}/sign-out": "users.manage",
    "POST /users/import": "users.manage",
    "GET /users/export": "users.manage",
    "POST /teams": "users.manage",
    "PUT /teams/{team_id}": "users.manage",
    "DELETE /teams/{team_id}": "users.manage",
    "GET /features": "settings.view",
    "GET /regions": "settings.view",
    "GET /network": "settings.view",
    "GET /media-region": "settings.view",
    "GET /media-region/differing": "settings.view",
    "GET /media-region/teams/{team_id}": "settings.view",
    "GET /media-region/agents/{agent_id}": "settings.view",
    "GET /recording-settings": "settings.view",
    "GET /recording-settings/teams/{team_id}": "settings.view",
    "GET /recording-settings/agents/{agent_id}": "settings.view",
    "GET /do-not-record": "settings.view",
    "GET /telephony-sources": "settings.view",
    "GET /telephony-sources/{source_id}": "settings.view",
    "GET /webhooks": "settings.view",
    "GET /webhook-deliveries": "settings.view",
    "POST /telephony-sources": "settings.manage",
    "PATCH /telephony-sources/{source_id}": "settings.manage",
    "POST /telephony-sources/{source_id}/test": "settings.manage",
    "POST /telephony-sources/{source_id}/rotate": "settings.manage",
    "DELETE /telephony-sources/{source_id}/old-secret": "settings.manage",
    "DELETE /telephony-sources/{source_id}": "settings.manage",
    "POST /webhooks": "settings.manage",
    "PUT /webhooks/{endpoint_id}": "settings.manage",
    "POST /webhooks/{endpoint_id}/rotate": "settings.manage",
    "DELETE /webhooks/{endpoint_id}": "settings.manage",
    "POST /webhook-deliveries/{delivery_id}/resend": "settings.manage",
    "PUT /features": "settings.manage",
    "PUT /screen-recording/users": "settings.manage",
    "PUT /quality-management/users": "settings.manage",
    "PUT /media-region": "settings.manage",
    "PUT /media-region/teams/{team_id}": "settings.manage",
    "PUT /media-region/agents/{agent_id}": "settings.manage",
    "PUT /recording-settings": "settings.manage",
    "PUT /recording-settings/teams/{team_id}": "settings.manage",
    "PUT /recording-settings/agents/{agent_id}": "settings.manage",
    "POST /do-not-record": "settings.manage",
    "DELETE /do-not-record/{rule_id}": "settings.manage",
    "GET /api-keys": "api_keys.manage",
    "POST /api-keys": "api_keys.manage",
    "DELETE /api-keys/{key_id}": "api_keys.manage",
    "GET /audit": "audit.view",
    "GET /audit/export": "audit.view",
}
OPEN = {
    "POST /session": "everybody",
    "POST /password-by-code": "everybody",
    "GET /health": "everybody",
    "GET /{path}": "everybody",
    "GET /call-events/schema": "everybody",
    "POST /call-recordings/fetch": "telephony sources, by their signature",
    "POST /call-events": "telephony sources, by their signature",
    "POST /call-recordings": "telephony sources, by their signature",
    "POST /call-recordings/{recording_id}/uploaded": "telephony sources, by their signature",
    "POST /recorder/enrolments": "desktops that enrol, by a one-time token or code",
    "POST /recorder/device-codes": "desktops that enrol, by a one-time token or code",
    "POST /recorder/device-tokens": "desktops that enrol, by a one-time token or code",
    "POST /recorder/credential": "recorders, by their credential",
    "POST /recorder/recordings/{recording_id}/upload-token": "recorders, by their credential",
    "POST /recorder/recordings/{recording_id}/manifest": "recorders, by their credential",
    "POST /recorder/status": "recorders, by their credential",
    "POST /recorder/probe": "recorders, by their credential",
    "POST /recorder/check": "recorders, by their credential",
    "POST /recorder/pause": "recorders, by their credential",
    "POST /recorder/acknowledgements": "recorders, by their credential",
    "WEBSOCKET /recorder/control": "recorders, by their credential",
}
SUPERVISOR = {
    "account.own",
    "interactions.view",
    "recordings.play",
    "recordings.screenshot",
    "recordings.download",
    "live.watch",
    "comments.view",
    "comments.write",
    "recorders.view",
    "users.view",
    "settings.view",
    "forms.view",
    "forms.manage",
    "evaluations.view",
    "evaluations.manage",
    "evaluations.score",
    "evaluations.review",
    "reports.view",
}
MAY = {
    "admin": set(ROUTES.values()),
    "supervisor": SUPERVISOR,
    "evaluator": {
        "account.own",
        "interactions.view",
        "recordings.play",
        "comments.view",
        "comments.write",
        "forms.view",
        "evaluations.view",
        "evaluations.score",
    },
    "agent": {"account.own"},
}
IDS = {
    "interaction_id": f"int_{NOBODY}",
    "recorder_id": f"rcd_{NOBODY}",
    "recording_id": f"scr_{NOBODY}",
    "view_id": f"lvw_{NOBODY}",
    "user_id": f"usr_{NOBODY}",
    "team_id": f"tea_{NOBODY}",
    "agent_id": f"agt_{NOBODY}",
    "rule_id": f"dnr_{NOBODY}",
    "key_id": f"key_{NOBODY}",
    "source_id": f"src_{NOBODY}",
    "endpoint_id": f"whk_{NOBODY}",
    "delivery_id": "0",
    "comment_id": f"cmt_{NOBODY}",
    "download_id": f"dld_{NOBODY}",
    "filter_id": f"flt_{NOBODY}",
    "form_id": f"frm_{NOBODY}",
    "version": "1",
    "evaluation_id": f"evl_{NOBODY}",
    "feedback_id": f"fbk_{NOBODY}",
    "calibration_id": f"cal_{NOBODY}",
    "user_code": "BBBB-BBBB",
}


def routes_of(app: FastAPI) -> Iterator[tuple[str, Any]]:
    """Every route, with method and path below /api/v1."""
    for route in iter_route_contexts(app.routes):
        path = (route.path or "").removeprefix("/api/v1").replace(":path", "")
        if isinstance(route.original_route, APIRoute | APIWebSocketRoute):
            for method in route.methods or {"WEBSOCKET"}:
                yield f"{method} {path}", route


def unmarked(app: FastAPI) -> list[str]:
    """Routes that have no marker, or several."""
    return [name for name, route in routes_of(app) if len(list(markers(route.dependant))) != 1]


async def test_every_route_names_its_permission(deskreel: Deskreel) -> None:
    app = create_app(deskreel.context)
    assert unmarked(app) == []
    named: dict[str, str] = {}
    for name, route in routes_of(app):
        marker = next(markers(route.dependant))
        named[name] = marker.permission.value if isinstance(marker, Needs) else marker.to
    assert named == ROUTES | OPEN


def test_a_route_without_a_permission_is_noticed() -> None:
    router = APIRouter(prefix="/api/v1")

    @router.get("/forgotten")
    async def forgotten() -> None: ...

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(router)
    assert unmarked(app) == ["GET /forgotten"]


async def ask(client: httpx2.AsyncClient, route: str) -> httpx2.Response:
    """Call a route with ids of nobody and an empty body."""
    method, _, path = route.partition(" ")
    return await client.request(method, "/api/v1" + path.format(**IDS), json={} if method != "GET" else None)


@pytest.mark.parametrize("role", MAY)
async def test_each_role_may_what_the_table_says(deskreel: Deskreel, role: str) -> None:
    async with signed_in(deskreel, role, "somebody") as client:
        refused = set()
        for route in sorted(ROUTES, key=lambda route: route == "DELETE /session"):  # that one last
            answer = await ask(client, route)
            assert answer.status_code not in (401, 500), (route, answer.text)
            if answer.status_code == 403:
                assert answer.json()["code"] == "forbidden", route
                assert ROUTES[route] in answer.json()["detail"], route
                refused.add(route)
    assert refused == {route for route, permission in ROUTES.items() if permission not in MAY[role]}


async def test_nobody_gets_in_without_signing_in(deskreel: Deskreel) -> None:
    async with httpx2.AsyncClient(base_url=deskreel.settings.base_url) as stranger:
        for route in ROUTES:
            answer = await ask(stranger, route)
            assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), route


async def test_agents_see_their_own_calls_when_the_account_lets_them(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    now = wall_ms()
    for agent, call in (("ada@people.example", "ada-1"), ("bo", "bo-1")):
        for kind in ("call.answered", "recording.started", "call.ended"):
            await pbx.say(kind, now - 100, call=call, agent=agent)
    async with signed_in(deskreel, "agent", "ada") as ada:
        assert (await ada.get("/api/v1/interactions")).status_code == 403
        features = (await deskreel.client.get("/api/v1/features")).json()
        changed = await deskreel.client.put(
            "/api/v1/features", json={"version": features["version"], "agents_see_own": True}
        )
        assert changed.status_code == 200, changed.text
        items = (await ada.get("/api/v1/interactions")).json()["items"]
        assert [item["call_id"] for item in items] == ["ada-1"]
        own = await ada.get(f"/api/v1/interactions/{items[0]['id']}")
        assert own.json()["screen_recordings"][0]["playlist_url"]
        others = await deskreel.interaction("bo-1")
        assert (await ada.get(f"/api/v1/interactions/{others['id']}")).status_code == 404
        assert (await ada.get("/api/v1/recorders")).status_code == 403


async def team(deskreel: Deskreel, name: str) -> str:
    made = await deskreel.client.post("/api/v1/teams", json={"name": name})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


@pytest.mark.parametrize("role", ["supervisor", "evaluator"])
async def test_reviewers_see_the_agents_of_their_teams(deskreel: Deskreel, role: str) -> None:
    red, blue = await team(deskreel, "Red"), await team(deskreel, "Blue")
    pbx = await deskreel.telephony()
    for name, team_id in (("ada", red), ("bo", blue)):
        email = f"{name}@people.example"
        made = await deskreel.client.post(
            "/api/v1/users", json={"email": email, "name": name, "role": "agent", "teams": [team_id]}
        )
        assert made.status_code == 201, made.text
        await deskreel.recorder(email)
    await select_all(deskreel)
    now = wall_ms()
    # a call of both: transferred from ada to bo
    for agent, call in (("ada", "ada-1"), ("bo", "bo-1"), ("ada", "both"), ("bo", "both")):
        for kind in ("call.answered", "recording.started"):
            await pbx.say(kind, now, call=call, agent=f"{agent}@people.example")
    async with signed_in(deskreel, role, "eve") as eve:

        async def seen() -> set[str]:
            items = (await eve.get("/api/v1/interactions")).json()["items"]
            return {item["call_id"] for item in items}

        assert seen_all(await seen())  # no team is set: everybody
        await put_user(deskreel.client, "eve@people.example", teams=[red])
        assert await seen() == {"ada-1", "both"}
        both = await deskreel.interaction("both")
        assert {r["agent"]["name"] for r in both["screen_recordings"]} == {"ada", "bo"}
        shown = (await eve.get(f"/api/v1/interactions/{both['id']}")).json()
        assert {r["agent"]["name"] for r in shown["screen_recordings"]} == {"ada"}
        other = await deskreel.interaction("bo-1")
        assert (await eve.get(f"/api/v1/interactions/{other['id']}")).status_code == 404
        if role == "supervisor":
            recorders = (await eve.get("/api/v1/recorders")).json()["items"]
            assert [item["agent"]["name"] for item in recorders] == ["ada"]
            users = (await eve.get("/api/v1/users")).json()["items"]
            assert {user["name"] for user in users} == {"ada", "eve"}
            listed = (await eve.get("/api/v1/screen-recording/users")).json()["items"]
            assert [user["name"] for user in listed] == ["ada"]
        gone = await deskreel.client.delete(f"/api/v1/teams/{red}")  # it would let eve see everybody
        assert gone.status_code == 409


def seen_all(calls: set[str]) -> bool:
    return {"ada-1", "bo-1", "both"} <= calls


async def select_all(deskreel: Deskreel) -> None:
    """Enable every agent in Quality Management and for screen recording."""
    page = (await deskreel.client.get("/api/v1/screen-recording/users")).json()
    ids = [item["agent_id"] for item in page["items"] if item["agent_id"]]
    state = {"version": page["version"]}
    for path in ("quality-management", "screen-recording"):
        body = {"version": state["version"], "agent_ids": ids}
        answer = await deskreel.client.put(f"/api/v1/{path}/users", json=body)
        assert answer.status_code == 200, answer.text
        state = answer.json()


async def test_without_the_permission_to_play_nothing_has_an_address(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    now = wall_ms()
    for kind in ("call.answered", "recording.started"):
        await pbx.say(kind, now)
    made = await deskreel.client.post(
        "/api/v1/api-keys", json={"name": "report", "permissions": ["interactions.view"]}
    )
    interaction = await deskreel.interaction()
    assert interaction["screen_recordings"][0]["playlist_url"]
    async with httpx2.AsyncClient(base_url=deskreel.settings.base_url) as program:
        program.headers["authorization"] = f"Bearer {made.json()['key']}"
        shown = (await program.get(f"/api/v1/interactions/{interaction['id']}")).json()
    assert shown["screen_recordings"][0]["playlist_url"] is None
