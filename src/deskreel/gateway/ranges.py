"""Answers with media: Range, HEAD, content types and caching, from bytes or from an object of the store."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response, StreamingResponse

from deskreel.core.errors import StorageUnavailableError
from deskreel.gateway.edge import problem_response
from deskreel.gateway.errors import RangeError

if TYPE_CHECKING:
    from starlette.requests import Request

    from deskreel.storage.store import ObjectStore

PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
VIDEO_TYPE = "video/mp4"
AUDIO_TYPE = "audio/mp4"
JSON_TYPE = "application/json"
PICTURE_TYPE = "image/jpeg"

NO_STORE = "no-store"
IMMUTABLE = "private, max-age=31536000, immutable"
REVALIDATE = "private, max-age=60"

_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))")


def parse_range(value: str | None, size: int) -> tuple[int, int] | None:
    """The bytes [start, end) that a Range header asks of an object of `size` bytes.

    None means the whole object: no header, another unit, several ranges, or one that RFC 9110 calls invalid.

    Raises:
        RangeError: it begins past the end.
    """
    match = _RANGE.fullmatch(value.strip()) if value is not None else None
    if match is None:
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        start, end = max(0, size - int(suffix)), size
        if int(suffix) == 0:
            raise RangeError
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= size:
        raise RangeError
    return start, end


def bytes_response(request: Request, data: bytes, *, content_type: str, cache: str) -> Response:
    """Bytes that are in memory."""
    try:
        wanted = parse_range(request.headers.get("range"), len(data))
    except RangeError as error:
        return _unsatisfiable(error, len(data))
    start, end = wanted or (0, len(data))
    headers = _headers(start, end, len(data), partial=wanted is not None, cache=cache)
    body = b"" if request.method == "HEAD" else data[start:end]
    return Response(body, _status(wanted is not None), headers, media_type=content_type)


async def object_response(
    request: Request, store: ObjectStore, key: str, *, content_type: str, cache: str
) -> Response:
    """An object of the store, streamed.

    Raises:
        NotFoundError: there is no such object.
    """
    size = await store.size(key)
    try:
        wanted = parse_range(request.headers.get("range"), size)
    except RangeError as error:
        return _unsatisfiable(error, size)
    start, end = wanted or (0, size)
    headers = _headers(start, end, size, partial=wanted is not None, cache=cache)
    status = _status(wanted is not None)
    if request.method == "HEAD":
        return Response(b"", status, headers, media_type=content_type)
    pieces = store.stream(key, start=start, end=end)
    # The first piece is taken here: what fails on opening is still a problem, not half an answer.
    first = await anext(pieces, b"")
    if not first and end > start:
        raise StorageUnavailableError("the object is shorter than its size")
    return StreamingResponse(_chain(first, pieces), status, headers, media_type=content_type)


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


def _status(partial: bool) -> int:
    return int(HTTPStatus.PARTIAL_CONTENT if partial else HTTPStatus.OK)


def _headers(start: int, end: int, size: int, *, partial: bool, cache: str) -> Mapping[str, str]:
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": cache,
        "Content-Length": str(end - start),
        "X-Content-Type-Options": "nosniff",
    }
    if partial:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return headers


def _unsatisfiable(error: RangeError, size: int) -> Response:
    response = problem_response(error)
    response.headers["Content-Range"] = f"bytes */{size}"
    return response
