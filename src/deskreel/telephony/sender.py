"""The sending side of the call-events API: signs and posts events and call audio, as a telephony would."""

from __future__ import annotations

import json
import secrets
import time
from pathlib import Path
from typing import Any

import anyio
import httpx2

from deskreel.core.errors import DeskreelError
from deskreel.telephony.call_events import dump_batch
from deskreel.telephony.signature import signed_headers


class SendError(DeskreelError):
    """The server did not take what was sent; code and hint are the server's own."""

    code = "send_failed"
    status = 502
    title = "The server did not take it"
    retryable = True
    hint = "Check that the server runs at this address."


class EventSender:
    """Sends as one telephony source."""

    def __init__(self, server_url: str, source: str, secret: str) -> None:
        self._api = server_url.rstrip("/") + "/api/v1"
        self._source = source
        self._secret = secret
        self._client = httpx2.AsyncClient(timeout=30.0)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def send(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        """Post a batch; gives the receipt.

        Raises:
            SendError: refused, or the server is away.
        """
        return await self._signed_post("/call-events", dump_batch(events))

    async def upload_audio(self, call_id: str, starts_at: int, path: Path) -> str:
        """Deliver a call's audio; gives the call recording's id.

        Raises:
            SendError: refused, or the server or gateway is away.
        """
        announced = await self._signed_post(
            "/call-recordings", json.dumps({"call_id": call_id, "starts_at": starts_at}).encode()
        )
        headers = {"authorization": f"Bearer {announced['upload_token']}"}
        content = await anyio.Path(path).read_bytes()
        answer = await self._client.put(announced["upload_url"], content=content, headers=headers)
        _check(answer)
        await self._signed_post(f"/call-recordings/{announced['id']}/uploaded", b"")
        return str(announced["id"])

    async def _signed_post(self, path: str, body: bytes) -> dict[str, Any]:
        headers = signed_headers(self._secret, f"msg_{secrets.token_hex(12)}", int(time.time()), body)
        headers["content-type"] = "application/json"
        try:
            answer = await self._client.post(
                self._api + path, params={"source": self._source}, content=body, headers=headers
            )
        except httpx2.TransportError as error:
            raise SendError(f"{self._api}: {error!r}") from error
        _check(answer)
        return answer.json() if answer.content else {}


def _check(answer: httpx2.Response) -> None:
    if answer.is_success:
        return
    try:
        problem = answer.json()
        detail, hint = f"{problem['code']}: {problem['detail']}", problem["hint"]
    except (ValueError, KeyError, TypeError):
        detail, hint = f"HTTP {answer.status_code}", None
    raise SendError(detail, hint=hint)
