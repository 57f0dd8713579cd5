"""Single pictures of a screen recording, under the same windows as its video: thumbnails of a finished one, the
newest picture of one that grows. And the MP4 that somebody asked for.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from typing import TYPE_CHECKING

from starlette.responses import Response

from deskreel.core.chunk import ChunkMeta
from deskreel.core.errors import BadFragmentError, NotFoundError
from deskreel.core.ids import Digest, ScreenRecordingId
from deskreel.core.time import WallTime, Window, merge
from deskreel.core.tokens import Grant
from deskreel.gateway import ranges
from deskreel.gateway.auth import download, path_grant, screen
from deskreel.gateway.source import Sources
from deskreel.media.playlist import exposed_ms
from deskreel.media.still import first_still
from deskreel.media.thumbnails import LATEST_WIDTH, Thumbnails, exposed_json, parse_index, shown_window
from deskreel.storage import layout, recordings

if TYPE_CHECKING:
    from starlette.requests import Request

    from deskreel.gateway.deps import Deps

_PICTURE = re.compile(r"([0-9]{1,15})\.jpg")
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,80}\.mp4")
_DRAWN = 512  # newest pictures that are kept, about 10 KB each
_DRAWING = 2  # at once: decoding must not take the machine from those who upload


class Pictures:
    """The routes below /v1/play that answer with pictures, and with downloads."""

    def __init__(self, deps: Deps, sources: Sources) -> None:
        self._deps = deps
        self._sources = sources
        self._drawn: OrderedDict[Digest, bytes] = OrderedDict()  # by the digest of the chunk
        self._drawing = asyncio.Semaphore(_DRAWING)

    async def thumbnails(self, request: Request) -> Response:
        """GET …/thumbnails.json: when there are pictures, and their addresses."""
        grant = path_grant(self._deps, request, "play")
        body = exposed_json(await self._thumbnails(screen(grant)), grant.windows)
        return ranges.bytes_response(request, body, content_type=ranges.JSON_TYPE, cache=ranges.REVALIDATE)

    async def thumbnail(self, request: Request) -> Response:
        """GET …/thumbnails/{at}.jpg: the picture of a moment that the windows show."""
        grant = path_grant(self._deps, request, "play")
        match = _PICTURE.fullmatch(request.path_params["name"])
        at = WallTime(int(match[1])) if match is not None else WallTime(-1)
        if shown_window(at, merge(grant.windows)) is None:
            raise NotFoundError("no such picture")
        scr = screen(grant)
        stored = await self._thumbnails(scr)
        tile = next((tile for tile in stored.tiles if tile.at == at), None)
        if tile is None:
            raise NotFoundError("no such picture")
        data = await self._deps.store.get(
            layout.final_key(scr, stored.pictures), start=tile.offset, end=tile.offset + tile.size
        )
        return ranges.bytes_response(request, data, content_type=ranges.PICTURE_TYPE, cache=ranges.IMMUTABLE)

    async def latest(self, request: Request) -> Response:
        """GET …/latest.jpg: the picture of the newest chunk that can be decoded by itself."""
        grant = path_grant(self._deps, request, "play")
        chunk, data = await self._newest(grant)
        response = ranges.bytes_response(
            request, data, content_type=ranges.PICTURE_TYPE, cache=ranges.NO_STORE
        )
        response.headers["Deskreel-At"] = str(chunk.start)
        return response

    async def download(self, request: Request) -> Response:
        """GET …/download/{name}.mp4: the name is what the file is to be called."""
        grant = path_grant(self._deps, request, "download")
        name = request.path_params["name"]
        if _FILE.fullmatch(name) is None:
            raise NotFoundError("a download is named .mp4")
        key = layout.download_key(download(grant))
        response = await ranges.object_response(
            request, self._deps.store, key, content_type=ranges.VIDEO_TYPE, cache=ranges.NO_STORE
        )
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    async def _thumbnails(self, scr: ScreenRecordingId) -> Thumbnails:
        return parse_index(await self._deps.store.get(layout.final_key(scr, layout.FINAL_THUMBNAILS)))

    async def _newest(self, grant: Grant) -> tuple[ChunkMeta, bytes]:
        source = await self._sources.open(screen(grant))
        windows = merge(grant.windows)
        for chunk in reversed(await source.chunks()):
            if chunk.keyframe and _begins_in(chunk, windows):
                drawn = self._drawn.pop(chunk.digest, None)
                if drawn is None:
                    init = await recordings.get_init(self._deps.store, screen(grant), chunk.init)
                    drawn = await self._draw(init, await source.read(chunk))
                self._drawn[chunk.digest] = drawn
                while len(self._drawn) > _DRAWN:
                    self._drawn.popitem(last=False)
                return chunk, drawn
        raise NotFoundError("nothing is stored yet that may be shown")

    async def _draw(self, init: bytes, data: bytes) -> bytes:
        async with self._drawing:
            try:
                still = await asyncio.to_thread(first_still, init, data, width=LATEST_WIDTH)
            except BadFragmentError as error:
                raise NotFoundError("the newest picture cannot be decoded") from error
        return still.jpeg


def _begins_in(chunk: ChunkMeta, windows: tuple[Window, ...]) -> bool:
    return shown_window(chunk.start, windows) is not None and exposed_ms(chunk, windows) > 0
