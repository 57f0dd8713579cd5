"""What players read: the playlist, init segments and segments of a screen recording; audio of a call.

The token stands in the path, so that the relative URIs of a playlist carry it. Its windows are the only truth
about what may be seen: a segment is built from the chunks that `segments()` puts into it under those windows,
each cut where its window ends, and any other range of numbers does not exist.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from typing import TYPE_CHECKING

from starlette.responses import Response

from deskreel.core.chunk import ChunkMeta, check_digest
from deskreel.core.errors import NotFoundError
from deskreel.core.ids import ScreenRecordingId
from deskreel.core.time import Window
from deskreel.core.tokens import Grant
from deskreel.gateway import ranges
from deskreel.gateway.auth import call, path_grant, screen
from deskreel.gateway.source import Source, Sources, StaleIndexError
from deskreel.media.fmp4 import truncate_fragment
from deskreel.media.hls import GrowingPlaylist, render_playlist
from deskreel.media.playlist import Segment, exposed_ms, listing, segments
from deskreel.storage import layout, recordings

if TYPE_CHECKING:
    from starlette.requests import Request

    from deskreel.gateway.deps import Deps

_SEGMENT = re.compile(r"([1-9][0-9]{0,7})-([1-9][0-9]{0,7})\.m4s")
_PART = re.compile(r"([1-9][0-9]{0,7})(-key)?\.m4s")
_INIT = re.compile(r"([0-9a-f]{64})\.mp4")
_RENDERED, _RENDERED_CHUNKS = (
    256,
    100_000,
)  # growing playlists that are kept; one of four hours has 0.6 MB of text
_MAX_SEGMENT_CHUNKS = 1000  # far more than the longest segment has; bounds a request's work


class Playback:
    """The routes below /v1/play that show the screen."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self.sources = Sources(deps.store, deps.now)
        self._rendered: OrderedDict[tuple[ScreenRecordingId, tuple[Window, ...]], GrowingPlaylist] = (
            OrderedDict()
        )

    async def playlist(self, request: Request) -> Response:
        """GET …/screen.m3u8: what the token's windows expose of what is stored now."""
        grant = path_grant(self._deps, request, "play")
        source = await self.sources.open(screen(grant))
        final = grant.final or source.finished
        chunks = await source.chunks()
        if final:
            listed = listing(chunks, grant.windows, closed=True)
            text = render_playlist(
                listed, final=True, target_ms=self._deps.target_ms, part_ms=self._deps.part_ms
            )
        else:
            text = self._growing(screen(grant), grant.windows).render(chunks)
        # A final one may still gain chunks that the recorder sends late: it is kept for a short time only.
        cache = ranges.REVALIDATE if source.finished else ranges.NO_STORE
        return ranges.bytes_response(request, text.encode(), content_type=ranges.PLAYLIST_TYPE, cache=cache)

    def _growing(self, scr: ScreenRecordingId, windows: tuple[Window, ...]) -> GrowingPlaylist:
        """The playlist as it was rendered last: whoever sees the same shares it."""
        key = (scr, windows)
        playlist = self._rendered.pop(key, None)
        if playlist is None:
            playlist = GrowingPlaylist(windows, part_ms=self._deps.part_ms)
        self._rendered[key] = playlist
        chunks = sum(len(kept) for kept in self._rendered.values())
        while len(self._rendered) > 1 and (len(self._rendered) > _RENDERED or chunks > _RENDERED_CHUNKS):
            chunks -= len(self._rendered.popitem(last=False)[1])
        return playlist

    async def init(self, request: Request) -> Response:
        """GET …/init/{digest}.mp4: holds no picture, only how to decode them."""
        grant = path_grant(self._deps, request, "play")
        match = _INIT.fullmatch(request.path_params["name"])
        if match is None:
            raise NotFoundError("an init segment is named by its digest")
        data = await recordings.get_init(self._deps.store, screen(grant), check_digest(match[1]))
        return ranges.bytes_response(request, data, content_type=ranges.VIDEO_TYPE, cache=ranges.IMMUTABLE)

    async def segment(self, request: Request) -> Response:
        """GET …/segments/{first}-{last}.m4s."""
        grant = path_grant(self._deps, request, "play")
        match = _SEGMENT.fullmatch(request.path_params["name"])
        first, last = (int(match[1]), int(match[2])) if match is not None else (1, 0)
        if not 0 <= last - first < _MAX_SEGMENT_CHUNKS:
            raise NotFoundError("no such segment")
        data = await self._segment_bytes(screen(grant), grant, first, last)
        return ranges.bytes_response(request, data, content_type=ranges.VIDEO_TYPE, cache=ranges.IMMUTABLE)

    async def part(self, request: Request) -> Response:
        """GET …/parts/{seq}.m4s or {seq}-key.m4s: one chunk, as far as the windows expose it."""
        grant = path_grant(self._deps, request, "play")
        match = _PART.fullmatch(request.path_params["name"])
        seq = int(match[1]) if match is not None else 0
        keyframe = match is not None and match[2] is not None
        source = await self.sources.open(screen(grant))
        try:
            data = await _read_part(source, grant.windows, seq, keyframe=keyframe)
        except NotFoundError:  # it was cut or removed since it was listed
            again = await self.sources.open(screen(grant), fresh=True)
            data = await _read_part(again, grant.windows, seq, keyframe=keyframe)
        return ranges.bytes_response(request, data, content_type=ranges.VIDEO_TYPE, cache=ranges.IMMUTABLE)

    async def _segment_bytes(self, scr: ScreenRecordingId, grant: Grant, first: int, last: int) -> bytes:
        source = await self.sources.open(scr)
        try:
            return await _read_segment(source, grant.windows, first, last)
        except (NotFoundError, StaleIndexError):
            # The job that finishes a recording, or makes its file anew, may have come between two look-ups; or a
            # chunk was cut since it was listed.
            again = await self.sources.open(scr, fresh=True)
            return await _read_segment(again, grant.windows, first, last)


class AudioPlayback:
    """The routes below /v1/play that let a call be heard."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def playlist(self, request: Request) -> Response:
        """GET …/audio.m3u8."""
        return await self._file(request, "audio.m3u8", ranges.PLAYLIST_TYPE)

    async def audio(self, request: Request) -> Response:
        """GET …/audio.mp4."""
        return await self._file(request, "audio.mp4", ranges.AUDIO_TYPE)

    async def peaks(self, request: Request) -> Response:
        """GET …/peaks.json."""
        return await self._file(request, "peaks.json", ranges.JSON_TYPE)

    async def _file(self, request: Request, name: layout.AudioFile, content_type: str) -> Response:
        grant = path_grant(self._deps, request, "audio_play")
        key = layout.audio_key(call(grant), name)
        # Not immutable: a second upload of a call's audio replaces the first.
        return await ranges.object_response(
            request, self._deps.store, key, content_type=content_type, cache=ranges.REVALIDATE
        )


async def _read_part(source: Source, windows: tuple[Window, ...], seq: int, *, keyframe: bool) -> bytes:
    """A chunk, as far as the windows expose it.

    Raises:
        NotFoundError: there is none, or it is not exposed.
    """
    for chunk in await source.chunks((seq, seq)):
        if chunk.keyframe == keyframe and exposed_ms(chunk, windows) > 0:
            data = await _read_exposed(source, chunk, windows)
            if data is not None:
                return data
    raise NotFoundError("no such part")


async def _read_segment(source: Source, windows: tuple[Window, ...], first: int, last: int) -> bytes:
    """The segment from chunk `first` to chunk `last`, as far as the windows expose it.

    Raises:
        NotFoundError: these chunks are no segment under these windows.
    """
    segment = _only_segment(await source.chunks((first, last)), windows, first, last)
    parts = await asyncio.gather(*(_read_exposed(source, chunk, windows) for chunk in segment.chunks))
    return b"".join(part for part in parts if part is not None)


def _only_segment(
    chunks: tuple[ChunkMeta, ...], windows: tuple[Window, ...], first: int, last: int
) -> Segment:
    # A segment begins with a keyframe, so it is the same whether the chunks before it are known or not.
    made = segments(chunks, windows, closed=True)
    if len(made) != 1 or (made[0].first, made[0].last) != (first, last):
        raise NotFoundError("no such segment")
    return made[0]


async def _read_exposed(source: Source, chunk: ChunkMeta, windows: tuple[Window, ...]) -> bytes | None:
    data = await source.read(chunk)
    keep_ms = exposed_ms(chunk, windows)
    return data if keep_ms >= chunk.duration_ms else truncate_fragment(data, keep_ms=keep_ms)
