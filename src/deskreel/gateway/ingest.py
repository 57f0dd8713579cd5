"""What recorders write: init segments and chunks.

Both come sealed (`storage.sealed`); the gateway alone can open them, and stores what was in them. Everything is
checked before anything is written: the token, the limits, the digest, the seal, that the opened bytes are a
complete fragment, that it is what the headers say, that its init is there, that the recording goes on.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import structlog
from starlette.responses import JSONResponse, Response

from deskreel.core.chunk import MAX_CHUNK_BYTES, ChunkMeta, check_digest, sha256
from deskreel.core.errors import (
    BadFragmentError,
    DigestMismatchError,
    InvalidInputError,
    NotFoundError,
    StorageUnavailableError,
    TooLargeError,
)
from deskreel.core.ids import Digest, ScreenRecordingId
from deskreel.core.time import WallTime
from deskreel.gateway.auth import bearer_grant, screen
from deskreel.gateway.errors import FinishedError, UnknownInitError
from deskreel.gateway.headers import boolean, content_digest, header, integer, limited_body
from deskreel.media.assemble import parse_index
from deskreel.media.fmp4 import parse_fragment, parse_init
from deskreel.storage import layout, recordings
from deskreel.storage.recordings import PutOutcome
from deskreel.storage.region_key import BadSealError, RegionKeys
from deskreel.storage.sealed import MAX_SEALED_CHUNK_BYTES, MAX_SEALED_INIT_BYTES, open_chunk, open_init

if TYPE_CHECKING:
    from starlette.requests import Request

    from deskreel.gateway.deps import Deps

_log = structlog.stdlib.get_logger("deskreel.gateway")
_SEQ = re.compile(r"[1-9][0-9]{0,7}")  # eight digits: so keys sort by number
_THREAD_FROM_BYTES = 1 << 20  # opening less than this is shorter than the way to a thread and back
_KNOWN_INITS = 10_000


class Ingest:
    """The routes below /v1/recordings."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._known_inits: OrderedDict[tuple[ScreenRecordingId, Digest], None] = OrderedDict()

    async def put_init(self, request: Request) -> Response:
        """PUT …/inits/{digest}: 201 stored, 200 there already. Content-Digest is checked if it is there."""
        scr = screen(bearer_grant(self._deps, request, "upload"))
        digest = check_digest(request.path_params["digest"])
        sealed = await limited_body(request, MAX_SEALED_INIT_BYTES)
        if "content-digest" in request.headers and content_digest(request) != sha256(sealed):
            raise DigestMismatchError
        data = open_init(sealed, scr, self._deps.region_keys)
        if sha256(data) != digest:
            raise DigestMismatchError("the init segment does not match the digest in its path")
        info = parse_init(data)
        stored = await recordings.put_init(self._deps.store, scr, digest, data)
        self._remember_init(scr, digest)
        answer = {"digest": digest, "width": info.width, "height": info.height, "codec": info.codec}
        return JSONResponse(answer, status_code=201 if stored else 200)

    async def put_chunk(self, request: Request) -> Response:
        """PUT …/chunks/{seq}: 201 stored, 200 the same picture was there already.

        The answer says digest and size of what is stored: after a privacy cut the recorder cannot know them.
        """
        scr = screen(bearer_grant(self._deps, request, "upload"))
        seq_text: str = request.path_params["seq"]
        if _SEQ.fullmatch(seq_text) is None:
            raise InvalidInputError("a sequence number is a whole number from 1 to 99999999")
        digest = content_digest(request)
        declared = ChunkMeta(
            seq=int(seq_text),
            start=WallTime(integer(request, "Deskreel-Start")),
            duration_ms=integer(request, "Deskreel-Duration"),
            keyframe=boolean(request, "Deskreel-Keyframe"),
            init=check_digest(header(request, "Deskreel-Init")),
            digest=digest,
            size=0,  # known when the body is
        )
        sealed = await limited_body(request, MAX_SEALED_CHUNK_BYTES)
        keys = self._deps.region_keys
        if len(sealed) >= _THREAD_FROM_BYTES:
            meta, data = await asyncio.to_thread(_opened, declared, sealed, scr, keys)
        else:
            meta, data = _opened(declared, sealed, scr, keys)
        place = await recordings.place_of(self._deps.store, scr, meta.seq)
        # a finished recording has no chunks: so most requests need no look whether it is finished
        if place.shard_empty and await recordings.is_finished(self._deps.store, scr):
            outcome = await self._put_again(scr, meta)
        else:
            await self._require_init(scr, meta.init)
            outcome = await recordings.put_chunk(self._deps.store, scr, meta, data, place=place)
        return JSONResponse(
            {"seq": meta.seq, "outcome": outcome.value, "digest": meta.digest, "size": meta.size},
            status_code=201 if outcome is PutOutcome.STORED else 200,
        )

    async def _put_again(self, scr: ScreenRecordingId, meta: ChunkMeta) -> PutOutcome:
        """What a chunk of a finished recording is: one that is in its file, or too late.

        Raises:
            FinishedError: too late.
        """
        try:
            entries = parse_index(await self._deps.store.get(layout.final_key(scr, layout.FINAL_INDEX)))
        except NotFoundError as error:  # taken apart at this moment, to be made anew
            raise StorageUnavailableError("the recording is being finished anew") from error
        except InvalidInputError as error:  # not the recorder's fault: it keeps the chunk
            raise StorageUnavailableError(f"the recording's index is damaged: {error.detail}") from error
        if any(entry.meta.digest == meta.digest for entry in entries if entry.meta.seq == meta.seq):
            return PutOutcome.DUPLICATE
        raise FinishedError(f"chunk {meta.seq} came after the recording was finished")

    async def list_chunks(self, request: Request) -> Response:
        """GET …/chunks: what is stored, for a recorder that lost its own account of it."""
        scr = screen(bearer_grant(self._deps, request, "upload"))
        listing = await recordings.list_chunks(self._deps.store, scr)
        if listing.unparsable:
            _log.warning("gateway.unparsable_keys", recording=scr, keys=listing.unparsable[:10])
        finished = await recordings.is_finished(self._deps.store, scr)
        return JSONResponse(
            {"recording": scr, "finished": finished, "chunks": [_chunk_json(meta) for meta in listing.chunks]}
        )

    async def _require_init(self, scr: ScreenRecordingId, digest: Digest) -> None:
        if (scr, digest) in self._known_inits:
            self._known_inits.move_to_end((scr, digest))
            return
        if not await recordings.has_init(self._deps.store, scr, digest):
            raise UnknownInitError(f"the recording has no init segment {digest}")
        self._remember_init(scr, digest)

    def _remember_init(self, scr: ScreenRecordingId, digest: Digest) -> None:
        self._known_inits[(scr, digest)] = None
        while len(self._known_inits) > _KNOWN_INITS:
            self._known_inits.popitem(last=False)


def _opened(
    declared: ChunkMeta, sealed: bytes, scr: ScreenRecordingId, keys: RegionKeys
) -> tuple[ChunkMeta, bytes]:
    """The fragment inside, and what it is, if all is as the headers say; `declared.digest` is of the sealed bytes.

    Raises:
        DigestMismatchError, UnknownRegionKeyError, BadSealError, BadFragmentError, TooLargeError: it is not.
    """
    if sha256(sealed) != declared.digest:
        raise DigestMismatchError
    opened = open_chunk(sealed, scr, keys)
    if (opened.seq, opened.start, opened.init) != (declared.seq, declared.start, declared.init):
        raise BadSealError(
            f"sealed as chunk {opened.seq} from {opened.start} with init {opened.init}, sent as another"
        )
    data = opened.fragment
    if len(data) > MAX_CHUNK_BYTES:
        raise TooLargeError(f"the fragment has {len(data)} bytes, the limit is {MAX_CHUNK_BYTES}")
    fragment = parse_fragment(data)
    if fragment.duration_ms != declared.duration_ms:
        raise BadFragmentError(
            f"the fragment lasts {fragment.duration_ms} ms, Deskreel-Duration says {declared.duration_ms}"
        )
    if fragment.keyframe != declared.keyframe:
        raise BadFragmentError("the first frame and Deskreel-Keyframe do not agree")
    return replace(declared, digest=sha256(data), size=len(data)), data


def _chunk_json(meta: ChunkMeta) -> dict[str, Any]:
    return {
        "seq": meta.seq,
        "start": meta.start,
        "duration_ms": meta.duration_ms,
        "keyframe": meta.keyframe,
        "init": meta.init,
        "digest": meta.digest,
        "size": meta.size,
    }
