"""The live view's routes: WHIP (RFC 9725) for recorders, WHEP for viewers, and both for the connectivity check.

Offers carry all their candidates, so PATCH is not known. A session's URL is the one in Location; what the
connectivity check opens ends by itself and has none.
"""

from __future__ import annotations

import asyncio
import ipaddress
from functools import partial
from typing import TYPE_CHECKING, get_args

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deskreel.core.errors import InvalidInputError
from deskreel.core.tokens import Grant, Purpose
from deskreel.gateway.auth import bearer_grant, probe, screen
from deskreel.gateway.headers import limited_body
from deskreel.gateway.live_limits import announce
from deskreel.gateway.live_probes import LiveProbes
from deskreel.gateway.live_sessions import Kind, LiveSessions

if TYPE_CHECKING:
    from starlette.requests import Request

    from deskreel.gateway.deps import Deps

SDP_TYPE = "application/sdp"
_MAX_OFFER = 64 * 1024
_NO_STORE = {"Cache-Control": "no-store"}
_PORTS = "Deskreel-Live-Ports"  # which UDP ports this process may take, for whoever opens a firewall
_PURPOSES: dict[Kind, Purpose] = {"whip": "live_publish", "whep": "live_watch"}


class Live:
    """The routes below /v1/live, and those of probes beside them."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        announce(deps.live, deps.listening)
        self._sessions = LiveSessions(deps.live, deps.now, deps.listening)
        self._probes = LiveProbes(deps.live, deps.listening)

    def routes(self) -> list[Route]:
        """As the application takes them."""
        live = "/v1/live/{id}"
        return [
            Route(f"{live}/whip", self.whip, name="live_publish", methods=["POST"]),
            Route(f"{live}/whep", self.whep, name="live_watch", methods=["POST"]),
            Route(f"{live}/{{kind}}/{{session}}", self.end, name="live_end", methods=["DELETE"]),
            Route(f"{live}/{{kind}}/{{session}}/token", self.renew, name="live_renew", methods=["PUT"]),
            Route(live, self.report, name="live_report", methods=["GET"]),
            *(
                Route(
                    f"/v1/probes/{{id}}/{kind}",
                    partial(self.probe, kind),
                    name="probe_live",
                    methods=["POST"],
                )
                for kind in get_args(Kind)
            ),
        ]

    async def close(self) -> None:
        """End all connections."""
        await asyncio.gather(self._sessions.close(), self._probes.close())

    async def whip(self, request: Request) -> Response:
        """POST …/whip: a recorder's offer."""
        grant = bearer_grant(self._deps, request, "live_publish")
        offer = await _offer(request)
        session, answer = await self._sessions.publish(
            screen(grant), grant.expires_at, offer, loopback=_is_local(request)
        )
        return _created(request, session.id, answer)

    async def whep(self, request: Request) -> Response:
        """POST …/whep: a viewer's offer."""
        grant = bearer_grant(self._deps, request, "live_watch")
        offer = await _offer(request)
        session, answer = await self._sessions.watch(
            screen(grant), grant.expires_at, offer, loopback=_is_local(request), view=grant.view
        )
        return _created(request, session.id, answer)

    async def renew(self, request: Request) -> Response:
        """PUT {session}/token: the session goes on until the bearer token expires."""
        kind, grant = self._session_grant(request)
        self._sessions.prolong(screen(grant), kind, request.path_params["session"], grant.expires_at)
        return Response(status_code=204, headers=_NO_STORE)

    async def end(self, request: Request) -> Response:
        """DELETE {session}."""
        kind, grant = self._session_grant(request)
        await self._sessions.end(screen(grant), kind, request.path_params["session"])
        return Response(status_code=200, headers=_NO_STORE)

    async def report(self, request: Request) -> Response:
        """GET /v1/live/{id}: how it goes, for diagnosis."""
        grant = bearer_grant(self._deps, request, "live_watch")
        return JSONResponse(self._sessions.report(screen(grant)), headers=_NO_STORE)

    async def probe(self, kind: Kind, request: Request) -> Response:
        """POST /v1/probes/{id}/whip, …/whep: the offer of a connectivity check."""
        grant = bearer_grant(self._deps, request, "probe")
        offer = await _offer(request)
        answer = await self._probes.answer(probe(grant), kind, offer, loopback=_is_local(request))
        ports = self._deps.listening.ports
        span = {_PORTS: f"{ports[0]}-{ports[-1]}"} if ports else {}
        return Response(answer, status_code=201, media_type=SDP_TYPE, headers={**_NO_STORE, **span})

    def _session_grant(self, request: Request) -> tuple[Kind, Grant]:
        kind: Kind = "whip" if request.path_params["kind"] == "whip" else "whep"
        return kind, bearer_grant(self._deps, request, _PURPOSES[kind])


async def _offer(request: Request) -> str:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != SDP_TYPE:
        raise InvalidInputError(f"the body must be {SDP_TYPE}")
    try:
        return (await limited_body(request, _MAX_OFFER)).decode()
    except UnicodeDecodeError as error:
        raise InvalidInputError("the offer is not text") from error


def _created(request: Request, session_id: str, answer: str) -> Response:
    # The request's own path has the prefix that the gateway is mounted at.
    location = f"{request.url.path.rstrip('/')}/{session_id}"
    return Response(answer, status_code=201, media_type=SDP_TYPE, headers={"Location": location, **_NO_STORE})


def _is_local(request: Request) -> bool:
    """Whether the caller is on this machine: only then are its loopback addresses of any use to them."""
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
