"""What telephony adapters write: the audio of a call, of any length, through a temporary file."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from deskreel.core.errors import DigestMismatchError, InvalidInputError, StorageUnavailableError
from deskreel.core.ids import Digest
from deskreel.gateway.auth import bearer_grant, call
from deskreel.gateway.headers import content_digest, limited_stream
from deskreel.storage import layout

if TYPE_CHECKING:
    from starlette.requests import Request

    from deskreel.gateway.deps import Deps

_PIECE_BYTES = 1 << 20


class AudioIngest:
    """The routes below /v1/call-recordings."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def put_source(self, request: Request) -> Response:
        """PUT …/source: 201. A second upload replaces the first. Content-Digest is checked if it is there."""
        aud = call(bearer_grant(self._deps, request, "audio_upload"))
        expected = content_digest(request) if "content-digest" in request.headers else None
        try:
            with tempfile.NamedTemporaryFile(dir=self._deps.temp_dir, prefix="deskreel-audio-") as file:
                digest, size = await self._receive(request, file)
                if expected is not None and digest != expected:
                    raise DigestMismatchError
                if size == 0:
                    raise InvalidInputError("the body is empty")
                await self._deps.store.put(layout.audio_key(aud, "source"), Path(file.name))
        except OSError as error:
            raise StorageUnavailableError(f"the temporary file: {error.strerror}") from error
        return JSONResponse({"size": size, "digest": digest}, status_code=201)

    async def _receive(self, request: Request, file: IO[bytes]) -> tuple[Digest, int]:
        """Write the body into `file`; its digest and its size in bytes."""
        digest = hashlib.sha256()
        size = 0
        pending = bytearray()
        async for piece in limited_stream(request, self._deps.max_audio_bytes):
            pending += piece
            size += len(piece)
            if len(pending) >= _PIECE_BYTES:
                await asyncio.to_thread(_write, file, digest, bytes(pending))
                pending.clear()
        await asyncio.to_thread(_write, file, digest, bytes(pending))
        return Digest(digest.hexdigest()), size


def _write(file: IO[bytes], digest: hashlib._Hash, data: bytes) -> None:
    file.write(data)
    file.flush()
    digest.update(data)
