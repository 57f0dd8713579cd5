"""The server's HTTP application: API under /api/v1, the web UI everywhere else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

import deskreel
from deskreel.core.errors import DatabaseUnavailableError, NotFoundError
from deskreel.server import problems
from deskreel.server.accounts.routes import router as accounts
from deskreel.server.apikeys.routes import router as apikeys
from deskreel.server.audit.routes import router as audit
from deskreel.server.auth import TO_ALL, Ctx, Needs, Open, markers
from deskreel.server.calls.routes import router as calls
from deskreel.server.calls.runner import SourceRunner
from deskreel.server.calls.source_routes import router as sources
from deskreel.server.context import Context
from deskreel.server.coverage.routes import router as coverage
from deskreel.server.evaluations.form_routes import router as forms
from deskreel.server.evaluations.planning_routes import router as planning
from deskreel.server.evaluations.report_routes import router as reports
from deskreel.server.evaluations.routes import router as evaluations
from deskreel.server.interactions.routes import router as interactions
from deskreel.server.live.routes import router as live
from deskreel.server.people.routes import router as people
from deskreel.server.recorders.agent_routes import router as agents_desk
from deskreel.server.recorders.control import Hub
from deskreel.server.recorders.routes import router as recorders
from deskreel.server.recordings.download_routes import router as downloads
from deskreel.server.recordings.routes import router as recordings
from deskreel.server.recordings.transcript_routes import router as transcripts
from deskreel.server.regions.routes import router as regions
from deskreel.server.review.routes import router as review
from deskreel.server.web_files import web_file
from deskreel.server.webhooks.routes import router as webhooks

_IMMUTABLE = "public, max-age=31536000, immutable"  # Vite names assets by content
_CSP = (
    "default-src 'self'; img-src 'self' data: blob: http: https:; media-src 'self' blob: http: https:; "
    "connect-src 'self' http: https:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)  # media, pictures and connections may go to another host: the region's gateway


def _operation_id(route: APIRoute) -> str:
    return route.name


def api_document() -> dict[str, Any]:
    """The OpenAPI document; needs no database."""
    app = FastAPI(title="Deskreel", version=deskreel.__version__, generate_unique_id_function=_operation_id)
    app.include_router(_api(lambda: True))
    return app.openapi()


def api_routes() -> Iterator[tuple[str, str, Needs | Open]]:
    """Method, path below /api/v1 and marker of every route that is in the document, and of the WebSockets.

    Raises:
        ValueError: a route has no marker, or several.
    """
    for route in iter_route_contexts(_api(lambda: True).routes):
        path = (route.path or "").removeprefix("/api/v1")
        if not getattr(route, "include_in_schema", True):
            continue
        for method in sorted(route.methods or {"WEBSOCKET"}):
            (marker,) = markers(route.dependant)
            yield method, path, marker


def create_app(context: Context, *, gateway: ASGIApp | None = None, web_dir: Path | None = None) -> FastAPI:
    """The application; with `gateway` it also serves that under /gateway (all in one process)."""
    hub = Hub(context)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        running = [
            asyncio.create_task(hub.listener.run()),
            asyncio.create_task(SourceRunner(context).run()),
        ]
        try:
            async with _alive(gateway):
                yield
        finally:
            await hub.close()
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    app = FastAPI(
        title="Deskreel",
        version=deskreel.__version__,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
    )
    app.state.context = context
    app.state.hub = hub
    problems.install(app)
    app.include_router(_api(hub.listener.connected.is_set))
    if gateway is not None:
        app.mount("/gateway", gateway)
    if web_dir is not None:
        _serve_web(app, web_dir)
    return app


@asynccontextmanager
async def _alive(gateway: ASGIApp | None) -> AsyncIterator[None]:
    """The lifespan of a mounted application, which nobody else runs: it ends live sessions in good order."""
    if isinstance(gateway, Starlette):
        async with gateway.router.lifespan_context(gateway):
            yield
    else:
        yield


class ServerHealth(BaseModel):
    """A server that can do its work."""

    status: Literal["ok"]
    version: str


def _api(listening: Callable[[], bool]) -> APIRouter:
    """Every route of the API; `listening` says whether this process hears the bus."""
    api = APIRouter(prefix="/api/v1", responses=problems.RESPONSES)
    for router in (
        people,
        accounts,
        apikeys,
        audit,
        calls,
        sources,
        interactions,
        coverage,
        forms,
        evaluations,
        planning,
        reports,
        recordings,
        regions,
        live,
        transcripts,
        downloads,
        review,
        webhooks,
        recorders,
        agents_desk,
    ):
        api.include_router(router)

    @api.get("/health", tags=["health"], dependencies=[TO_ALL])
    async def health(context: Ctx) -> ServerHealth:
        """Whether the server can do its work."""
        async with context.db.begin() as connection:
            await connection.execute(text("SELECT 1"))
        if not listening():
            raise DatabaseUnavailableError("not listening to the database")
        return ServerHealth(status="ok", version=deskreel.__version__)

    @api.get("/{path:path}", include_in_schema=False, dependencies=[TO_ALL])
    async def unknown(path: str) -> Response:
        raise NotFoundError(f"there is no /api/v1/{path[:100]}")

    return api


def _serve_web(app: FastAPI, web_dir: Path) -> None:
    root = web_dir.resolve()
    index = root / "index.html"

    @app.get("/{path:path}", include_in_schema=False, dependencies=[TO_ALL])
    async def web(path: str, request: Request) -> Response:
        """A file of the built UI, or its index for the addresses that the UI itself routes."""
        file = (root / path).resolve()
        if path and file.is_relative_to(root) and file.is_file():
            immutable = file.is_relative_to(root / "assets")
            return await web_file(file, request, {"cache-control": _IMMUTABLE if immutable else "no-cache"})
        if "." in path.rpartition("/")[2]:
            raise NotFoundError(f"there is no /{path[:100]}")
        headers = {
            "cache-control": "no-cache",
            "content-security-policy": _CSP,
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
        }
        return await web_file(index, request, headers)
