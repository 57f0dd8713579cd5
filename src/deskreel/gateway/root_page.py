"""The page at the root of every regional host: whoever sees it knows that the way to the host is open.

A gateway has it beside its routes; on a TURN host, whose ports speak no HTTP, it is served on a port of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

ROOT_PAGE = "404 page not found"


async def root_page(_: Request) -> Response:
    """What `/` answers."""
    return PlainTextResponse(ROOT_PAGE, status_code=404)


def create_turn_web() -> Starlette:
    """The application of a TURN host's web port: the page, and nothing else, at every path."""
    app = Starlette(routes=[Route("/{path:path}", root_page, methods=["GET"])])
    app.router.redirect_slashes = False
    return app
