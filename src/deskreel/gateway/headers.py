"""Request headers and limited bodies: Content-Digest (RFC 9530), structured fields (RFC 8941)."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from deskreel.core.errors import InvalidInputError, TooLargeError
from deskreel.core.ids import Digest

if TYPE_CHECKING:
    from starlette.requests import Request

_SHA256_MEMBER = re.compile(r"(?:^|,)[ \t]*sha-256=:([A-Za-z0-9+/]{43}=):[ \t]*(?=$|[,;])")
_INTEGER = re.compile(r"[0-9]{1,15}")


def header(request: Request, name: str) -> str:
    """A header that must be there.

    Raises:
        InvalidInputError: it is not.
    """
    value = request.headers.get(name)
    if value is None:
        raise InvalidInputError(f"the header {name} is missing")
    return value.strip()


def integer(request: Request, name: str) -> int:
    """A header that holds an integer from 0 on."""
    value = header(request, name)
    if _INTEGER.fullmatch(value) is None:
        raise InvalidInputError(f"the header {name} is not a whole number")
    return int(value)


def boolean(request: Request, name: str) -> bool:
    """A header that holds a structured-field boolean: `?1` or `?0`."""
    value = header(request, name)
    if value not in {"?1", "?0"}:
        raise InvalidInputError(f"the header {name} is neither ?1 nor ?0")
    return value == "?1"


def content_digest(request: Request) -> Digest:
    """The sha-256 member of Content-Digest, in hex; members of other algorithms may stand beside it."""
    match = _SHA256_MEMBER.search(header(request, "Content-Digest"))
    if match is None:
        raise InvalidInputError("Content-Digest has no member of the shape sha-256=:<base64>:")
    return Digest(base64.b64decode(match[1]).hex())


async def limited_stream(request: Request, limit: int) -> AsyncIterator[bytes]:
    """The body in pieces.

    Raises:
        TooLargeError: Content-Length says so, before anything is read; or more than `limit` bytes came.
    """
    declared = request.headers.get("content-length")
    if declared is not None and _INTEGER.fullmatch(declared) is not None and int(declared) > limit:
        raise TooLargeError(f"the body has {declared} bytes, the limit is {limit}")
    received = 0
    async for piece in request.stream():
        received += len(piece)
        if received > limit:
            raise TooLargeError(f"the body has more than {limit} bytes")
        yield piece


async def limited_body(request: Request, limit: int) -> bytes:
    """The whole body, of at most `limit` bytes."""
    return b"".join([piece async for piece in limited_stream(request, limit)])
