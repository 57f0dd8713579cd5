"""How long somebody may still play who may not any more: no new address at once, and the old one for minutes."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx2

from deskreel.server import admin
from support.server import PASSWORD, Deskreel, wall_ms

LONGEST_MS = 10 * 60_000
EVE = "eve@people.example"


def claims_of(address: str) -> dict[str, Any]:
    """What the token in a playback address says."""
    token = address.partition("/play/")[2].partition("/")[0]
    payload = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


async def test_whoever_loses_the_right_gets_no_new_address_and_the_old_one_is_short(
    deskreel: Deskreel,
) -> None:
    pbx = await deskreel.telephony()
    now = wall_ms()
    for kind in ("call.answered", "recording.started"):
        await pbx.say(kind, now)
    interaction = await deskreel.interaction()
    await admin.add_user(
        email=EVE, name="Eve", role="evaluator", password=PASSWORD, settings=deskreel.settings
    )
    async with httpx2.AsyncClient(base_url=deskreel.settings.base_url) as eve:
        assert (await eve.post("/api/v1/session", json={"email": EVE, "password": PASSWORD})).is_success
        path = f"/api/v1/interactions/{interaction['id']}"
        address = (await eve.get(path)).json()["screen_recordings"][0]["playlist_url"]
        left_ms = claims_of(address)["exp"] * 1000 - wall_ms()
        assert 0 < left_ms <= LONGEST_MS

        users = (await deskreel.client.get("/api/v1/users", params={"q": EVE})).json()["items"]
        body = {"email": EVE, "name": "Eve", "role": "agent", "version": users[0]["version"]}
        changed = await deskreel.client.put(f"/api/v1/users/{users[0]['id']}", json=body)
        assert changed.status_code == 200, changed.text
        refused = await eve.get(path)  # what the page asks when its address has expired
        assert refused.status_code == 403, refused.text
