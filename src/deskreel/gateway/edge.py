"""What surrounds every route: errors as problem JSON, and one access line per request.

Media tokens stand in paths, so paths are never logged: the line has the route's name instead. For the same
reason uvicorn's own access log must be off (see `serve.uvicorn_config`).
"""

from __future__ import annotations

import time
import traceback
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from deskreel.core.errors import PROBLEM_CONTENT_TYPE, DeskreelError
from deskreel.gateway.errors import MethodError, NoRouteError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = structlog.stdlib.get_logger("deskreel.gateway")
_RETRY_AFTER_S = 5
_CLIENT_GONE = 499  # in the log only


def problem_response(error: DeskreelError) -> Response:
    """The error as problem JSON (RFC 9457)."""
    headers = {"Cache-Control": "no-store"}
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(_RETRY_AFTER_S)
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(
        error.problem(), status_code=error.status, headers=headers, media_type=PROBLEM_CONTENT_TYPE
    )


async def handle_deskreel_error(request: Request, error: Exception) -> Response:
    """Exception handler for the tree."""
    assert isinstance(error, DeskreelError)  # noqa: S101 (registered for nothing else)
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.warning("gateway.failed", route=_route_name(request.scope), code=error.code, detail=error.detail)
    return problem_response(error)


async def handle_http_exception(_: Request, error: Exception) -> Response:
    """Exception handler for what the router itself raises: unknown paths and methods."""
    assert isinstance(error, HTTPException)  # noqa: S101 (registered for nothing else)
    ours = MethodError() if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED else NoRouteError()
    response = problem_response(ours)
    response.headers.update(error.headers or {})
    return response


class EdgeMiddleware:
    """Outermost: logs each request and turns what nobody expected into a problem with code `internal`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0
        sent_bytes = 0

        async def watch(message: Message) -> None:
            nonlocal status, sent_bytes
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                sent_bytes += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except ClientDisconnect:
            status = status or _CLIENT_GONE
        except Exception as error:
            # As text, because renderers that show local variables would show paths, and with them tokens.
            _log.error(
                "gateway.internal_error",
                route=_route_name(scope),
                error=type(error).__name__,
                traceback="".join(traceback.format_exception(error)),
            )
            if status:
                raise  # half an answer is out: only closing the connection tells the client
            await problem_response(DeskreelError())(scope, receive, watch)
        finally:
            _log.info(
                "gateway.request",
                route=_route_name(scope),
                method=scope["method"],
                status=status,
                duration_ms=round((time.perf_counter() - began) * 1000, 1),
                sent_bytes=sent_bytes,
            )


def _route_name(scope: Scope) -> str:
    return getattr(scope.get("route"), "name", None) or "none"
