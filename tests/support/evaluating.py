"""Forms, calls and people to evaluate with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from deskreel.server import admin
from support.server import PASSWORD, Deskreel, Telephony, wall_ms

FORM: dict[str, Any] = {
    "sections": [
        {
            "id": "opening",
            "title": "Opening",
            "weight": 1,
            "questions": [
                {"kind": "yes_no", "id": "greeted", "text": "Greeted by name?", "na_allowed": True},
                {
                    "kind": "scale",
                    "id": "tone",
                    "text": "Tone of voice",
                    "min": 1,
                    "max": 5,
                    "comment": {"when": "answers", "answers": [1]},
                },
            ],
        },
        {
            "id": "outcome",
            "title": "Outcome",
            "weight": 3,
            "questions": [
                {
                    "kind": "choice",
                    "id": "solved",
                    "text": "Was the matter solved?",
                    "options": [
                        {"id": "yes", "text": "Yes", "points": 2},
                        {"id": "partly", "text": "Partly", "points": 1},
                        {"id": "no", "text": "No", "points": 0},
                        {"id": "rude", "text": "The agent hung up", "points": 0},
                    ],
                    "auto_fail": {"answers": ["rude"], "fails": "form"},
                },
                {
                    "kind": "text",
                    "id": "why",
                    "text": "Why not?",
                    "required": True,
                    "shown_when": {"question_id": "solved", "answers": ["no"]},
                },
            ],
        },
    ]
}
GOOD = {"greeted": {"value": "yes"}, "tone": {"value": 5}, "solved": {"value": "yes"}}


async def make_form(deskreel: Deskreel, *, name: str = "Service", publish: bool = True) -> dict[str, Any]:
    """A form, by the admin."""
    made = await deskreel.client.post("/api/v1/forms", json={"name": name, "content": FORM})
    assert made.status_code == 201, made.text
    return await publish_form(deskreel, made.json()) if publish else dict(made.json())


async def publish_form(deskreel: Deskreel, form: dict[str, Any]) -> dict[str, Any]:
    """Make its draft a version."""
    answer = await deskreel.client.post(
        f"/api/v1/forms/{form['id']}/publish", json={"revision": form["revision"]}
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def make_call(
    pbx: Telephony, deskreel: Deskreel, call: str, *agents: str, at: int | None = None, long_ms: int = 60_000
) -> str:
    """A call of these agents that is over; its interaction's id."""
    begin = wall_ms() - long_ms if at is None else at
    events = [
        pbx.event(kind, moment, call=call, agent=agent)
        for agent in agents
        for kind, moment in (("call.answered", begin), ("call.ended", begin + long_ms))
    ]
    answer = await pbx.post(events)
    assert answer.status_code == 202, answer.text
    return str((await deskreel.interaction(call))["id"])


@dataclass
class Person:
    """Somebody who has signed in."""

    id: str
    email: str
    client: httpx2.AsyncClient

    async def ask(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """Call the API; the answer must have this status."""
        answer = await self.client.request(method, f"/api/v1{path}", json=body)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def change_user(self, user_id: str, body: dict[str, Any]) -> None:
        """Change a user as they are now."""
        now = await self.ask("GET", f"/users/{user_id}")
        await self.ask("PUT", f"/users/{user_id}", body | {"version": now["version"]})


@asynccontextmanager
async def person(
    deskreel: Deskreel, role: str, name: str, *, teams: tuple[str, ...] = ()
) -> AsyncIterator[Person]:
    """A new user of this role, signed in; an agent is enabled in Quality Management."""
    email = f"{name}@people.example"
    user_id = await admin.add_user(
        email=email, name=name, role=role, password=PASSWORD, settings=deskreel.settings
    )
    if teams or role == "agent":
        now = (await deskreel.client.get(f"/api/v1/users/{user_id}")).json()
        body = {
            "email": email,
            "name": name,
            "role": role,
            "teams": list(teams),
            "version": now["version"],
        }
        in_qm = {"quality_management": True} if role == "agent" else {}
        changed = await deskreel.client.put(f"/api/v1/users/{user_id}", json=body | in_qm)
        assert changed.status_code == 200, changed.text
    async with httpx2.AsyncClient(base_url=deskreel.settings.base_url, timeout=20) as client:
        answer = await client.post("/api/v1/session", json={"email": email, "password": PASSWORD})
        client.headers["x-csrf-token"] = answer.json()["csrf_token"]
        yield Person(id=str(user_id), email=email, client=client)
