"""What the connectivity check talks to: a chunk that is stored and removed again, bytes to measure by, an echo.

A probe stands for nothing: what is stored for it is gone with the answer, or with the region's next sweep.
"""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from deskreel.core.chunk import sha256
from deskreel.core.errors import DigestMismatchError, InvalidInputError, StorageUnavailableError
from deskreel.gateway.auth import bearer_grant, probe
from deskreel.gateway.headers import content_digest, limited_body
from deskreel.storage import layout

if TYPE_CHECKING:
    from starlette.requests import Request

    from deskreel.gateway.deps import Deps

MAX_PROBE_BYTES = 8 * 1024 * 1024
_NUMBER = re.compile(r"[0-9]{1,8}")


class Probes:
    """The routes below /v1/probes."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def put_chunk(self, request: Request) -> Response:
        """PUT …/chunks/{seq}: 201 once it was stored, found, and removed; how long that took."""
        grant = bearer_grant(self._deps, request, "probe")
        key = layout.probe_key(probe(grant), _number(request.path_params["seq"]))
        expected = content_digest(request)
        data = await limited_body(request, MAX_PROBE_BYTES)
        if sha256(data) != expected:
            raise DigestMismatchError
        began = time.perf_counter()
        try:
            await self._deps.store.put(key, data)
            if await self._deps.store.size(key) != len(data):
                raise StorageUnavailableError("the store has kept another number of bytes")
        finally:
            await self._deps.store.delete([key])
        stored_ms = (time.perf_counter() - began) * 1000
        return JSONResponse(
            {"digest": expected, "size": len(data), "stored_ms": round(stored_ms, 1)}, status_code=201
        )

    async def get_bytes(self, request: Request) -> Response:
        """GET …/bytes/{count}: so many that no proxy can press or has kept."""
        bearer_grant(self._deps, request, "probe")
        count = _number(request.path_params["count"])
        if count > MAX_PROBE_BYTES:
            raise InvalidInputError(f"a probe gets {MAX_PROBE_BYTES} bytes at most")
        return Response(
            os.urandom(count), media_type="application/octet-stream", headers={"Cache-Control": "no-store"}
        )

    async def echo(self, request: Request) -> Response:
        """GET …/echo: 204."""
        bearer_grant(self._deps, request, "probe")
        return Response(status_code=204, headers={"Cache-Control": "no-store"})


def _number(text: str) -> int:
    if _NUMBER.fullmatch(text) is None:
        raise InvalidInputError(f"{text[:20]!r} is not a whole number")
    return int(text)
