"""WHIP (RFC 9725), the publisher's side: an offer becomes a session, which is prolonged and ended by its address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx2

from deskreel.recorder.problems import RemoteError, UnreachableError, error_from_problem
from deskreel.rtc.port import RtcError

_TIMEOUT = httpx2.Timeout(3.0)
_SDP = "application/sdp"
_MOST = 64 * 1024  # of an answer, bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What the gateway made of an offer."""

    session_url: str
    answer: str  # SDP


class Whip:
    """The requests. They raise UnreachableError, or what the gateway says; RtcError when it is the offer's fault."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def publish(self, url: str, token: str, offer: str) -> Published:
        """Begin a session."""
        response = await self._send("POST", url, token, content=offer, headers={"Content-Type": _SDP})
        where = response.headers.get("location")
        if response.status_code != 201 or not where or len(response.content) > _MOST:
            raise RemoteError(
                f"{response.request.url.host} answered {response.status_code} without a live session",
                hint="Something between recorder and gateway answered in its place: check proxy and address.",
                code="no_live_session",
                status=502,
            )
        return Published(session_url=str(httpx2.URL(url).join(where)), answer=response.text)

    async def renew(self, session_url: str, token: str) -> None:
        """The session goes on until this token expires."""
        await self._send("PUT", f"{session_url}/token", token)

    async def end(self, session_url: str, token: str) -> None:
        """Nothing is published any more."""
        await self._send("DELETE", session_url, token)

    async def _send(
        self, method: str, url: str, token: str, *, headers: dict[str, str] | None = None, **content: Any
    ) -> httpx2.Response:
        headers = {**(headers or {}), "Authorization": f"Bearer {token}"}
        try:
            response = await self._client.request(method, url, headers=headers, timeout=_TIMEOUT, **content)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise UnreachableError(f"{type(error).__name__} {error}".strip()) from error
        if response.is_success:
            return response
        error = error_from_problem(response)
        raise RtcError(error.detail) if error.code == RtcError.code else error
