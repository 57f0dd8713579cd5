"""The gateway as a Starlette application; its routes are relative to wherever it is mounted.

PUT  /v1/recordings/{id}/inits/{digest}         upload token
PUT  /v1/recordings/{id}/chunks/{seq}           upload token
GET  /v1/recordings/{id}/chunks                 upload token
PUT  /v1/call-recordings/{id}/source            audio_upload token
PUT  /v1/probes/{id}/chunks/{seq}               probe token
GET  /v1/probes/{id}/bytes/{count}              probe token
GET  /v1/probes/{id}/echo                       probe token
POST /v1/probes/{id}/whip, whep                 probe token; connections that carry nothing
GET  /v1/play/{token}/screen.m3u8               play token in the path, as below
GET  /v1/play/{token}/init/{digest}.mp4
GET  /v1/play/{token}/segments/{first}-{last}.m4s
GET  /v1/play/{token}/parts/{seq}.m4s, {seq}-key.m4s
GET  /v1/play/{token}/thumbnails.json
GET  /v1/play/{token}/thumbnails/{at}.jpg
GET  /v1/play/{token}/latest.jpg
GET  /v1/play/{token}/download/{name}.mp4       download token
GET  /v1/play/{token}/audio.m3u8, audio.mp4, peaks.json   audio_play token
POST /v1/live/{id}/whip                         live_publish token; WHIP (RFC 9725)
POST /v1/live/{id}/whep                         live_watch token; WHEP
DELETE /v1/live/{id}/{whip or whep}/{session}   the same grant; PUT …/token with a newer token prolongs it
GET  /v1/live/{id}                              live_watch token
GET  /health                                    no token
GET  /                                          404, "404 page not found"
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deskreel import __version__
from deskreel.core.errors import DeskreelError
from deskreel.gateway.audio_ingest import AudioIngest
from deskreel.gateway.edge import EdgeMiddleware, handle_deskreel_error, handle_http_exception
from deskreel.gateway.ingest import Ingest
from deskreel.gateway.live import Live
from deskreel.gateway.pictures import Pictures
from deskreel.gateway.playback import AudioPlayback, Playback
from deskreel.gateway.probes import Probes
from deskreel.gateway.root_page import root_page

if TYPE_CHECKING:
    from starlette.requests import Request

    from deskreel.gateway.deps import Deps


def create_app(deps: Deps) -> Starlette:
    """The application. Its errors are problem documents; its log lines never hold a token."""
    # Players and the network check run on the web app's origin, the gateway on its own. Tokens stand in paths and
    # headers, no cookie is needed.
    # Outermost, so that a player can also read what an error says.
    cors = Middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "HEAD", "POST", "PUT", "DELETE"],
        allow_headers=["Authorization", "Content-Digest", "Content-Type", "Range"],
        expose_headers=[
            "Accept-Ranges",
            "Content-Length",
            "Content-Range",
            "Date",
            "Deskreel-At",
            "Deskreel-Live-Ports",
            "Location",
        ],
        max_age=86_400,
    )
    live = Live(deps)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await live.close()

    app = Starlette(
        routes=[
            *_base_routes(),
            *_ingest_routes(deps),
            *_probe_routes(deps),
            *_play_routes(deps),
            *live.routes(),
        ],
        lifespan=lifespan,
        middleware=[cors, Middleware(EdgeMiddleware)],
        exception_handlers={
            DeskreelError: handle_deskreel_error,
            HTTPException: handle_http_exception,
        },
    )
    app.router.redirect_slashes = False  # a redirect would repeat the token in a Location header
    return app


def _base_routes() -> list[Route]:
    return [
        Route("/", root_page, name="root", methods=["GET"]),
        Route("/health", _health, name="health", methods=["GET"]),
    ]


def _ingest_routes(deps: Deps) -> list[Route]:
    ingest, audio = Ingest(deps), AudioIngest(deps)
    recording, call = "/v1/recordings/{id}", "/v1/call-recordings/{id}"
    return [
        Route(f"{recording}/inits/{{digest}}", ingest.put_init, name="put_init", methods=["PUT"]),
        Route(f"{recording}/chunks/{{seq}}", ingest.put_chunk, name="put_chunk", methods=["PUT"]),
        Route(f"{recording}/chunks", ingest.list_chunks, name="list_chunks", methods=["GET"]),
        Route(f"{call}/source", audio.put_source, name="put_audio_source", methods=["PUT"]),
    ]


def _probe_routes(deps: Deps) -> list[Route]:
    probes, probe = Probes(deps), "/v1/probes/{id}"
    return [
        Route(f"{probe}/chunks/{{seq}}", probes.put_chunk, name="probe_chunk", methods=["PUT"]),
        Route(f"{probe}/bytes/{{count}}", probes.get_bytes, name="probe_bytes", methods=["GET"]),
        Route(f"{probe}/echo", probes.echo, name="probe_echo", methods=["GET"]),
    ]


def _play_routes(deps: Deps) -> list[Route]:
    video, audio = Playback(deps), AudioPlayback(deps)
    pictures = Pictures(deps, video.sources)
    play = "/v1/play/{token}"
    return [
        Route(f"{play}/screen.m3u8", video.playlist, name="play_screen", methods=["GET"]),
        Route(f"{play}/init/{{name}}", video.init, name="play_init", methods=["GET"]),
        Route(f"{play}/segments/{{name}}", video.segment, name="play_segment", methods=["GET"]),
        Route(f"{play}/parts/{{name}}", video.part, name="play_part", methods=["GET"]),
        Route(f"{play}/thumbnails.json", pictures.thumbnails, name="play_thumbnails", methods=["GET"]),
        Route(f"{play}/thumbnails/{{name}}", pictures.thumbnail, name="play_thumbnail", methods=["GET"]),
        Route(f"{play}/latest.jpg", pictures.latest, name="play_latest", methods=["GET"]),
        Route(f"{play}/download/{{name}}", pictures.download, name="download", methods=["GET"]),
        Route(f"{play}/audio.m3u8", audio.playlist, name="play_audio_playlist", methods=["GET"]),
        Route(f"{play}/audio.mp4", audio.audio, name="play_audio", methods=["GET"]),
        Route(f"{play}/peaks.json", audio.peaks, name="play_peaks", methods=["GET"]),
    ]


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok", "version": __version__})
