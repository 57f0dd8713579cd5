"""The demo as a reviewer: signs in and looks at the interaction through the API, as the web UI does."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import httpx2

from deskreel.core.errors import DeskreelError

T = TypeVar("T")
POLL_S = 0.05
_SEGMENT = re.compile(r"#EXT-X-PROGRAM-DATE-TIME:(\S+)\n#EXTINF:([\d.]+)")


class TookTooLongError(DeskreelError):
    """Something that should happen did not."""

    code = "took_too_long"
    title = "It did not happen in time"
    hint = "See the logs of server and recorder beside the summary."


class Reviewer:
    """A signed-in session."""

    def __init__(self, server_url: str) -> None:
        self._client = httpx2.AsyncClient(base_url=server_url, timeout=30.0)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def healthy(self) -> bool:
        """Whether the server is up."""
        try:
            return (await self._client.get("/api/v1/health")).is_success
        except httpx2.TransportError:
            return False

    async def sign_in(self, email: str, password: str) -> None:
        """Start the session."""
        answer = await self._client.post("/api/v1/session", json={"email": email, "password": password})
        answer.raise_for_status()

    async def recorder_online(self, agent: str) -> bool:
        """Whether a recorder of this agent is connected."""
        found = (await self._client.get("/api/v1/recorders")).raise_for_status().json()
        return any(item["online"] and item["agent"]["name"] == agent for item in found["items"])

    async def interaction_of(self, call_id: str) -> str | None:
        """The interaction's id, once the server knows the call."""
        page = (
            (await self._client.get("/api/v1/interactions", params={"limit": 20})).raise_for_status().json()
        )
        return next((item["id"] for item in page["items"] if item["call_id"] == call_id), None)

    async def details(self, interaction_id: str) -> dict[str, Any]:
        """Everything about an interaction."""
        answer = await self._client.get(f"/api/v1/interactions/{interaction_id}")
        return dict(answer.raise_for_status().json())

    async def playable_until(self, playlist_url: str) -> int | None:
        """Wall time (ms) up to which the playlist can be played; None while it is empty."""
        try:
            answer = await self._client.get(playlist_url)
        except httpx2.TransportError:
            return None
        if not answer.is_success:
            return None
        ends = [
            datetime.fromisoformat(at).timestamp() * 1000 + float(length) * 1000
            for at, length in _SEGMENT.findall(answer.text)
        ]
        return round(max(ends)) if ends else None


async def wait_for(
    what: str, probe: Callable[[], Awaitable[T | None]], *, timeout_s: float, every_s: float = POLL_S
) -> T:
    """Ask until there is an answer.

    Raises:
        TookTooLongError: there is none in time.
    """
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        found = await probe()
        if found is not None and found is not False:
            return found
        await asyncio.sleep(every_s)
    raise TookTooLongError(f"{what}: not within {timeout_s:.0f} s")
