"""One chunk's way to the gateway: read, token, init, privacy cut, request, acknowledgement.

What may leave is decided right before the request, with nothing awaited in between: a narrower window that
came while a token was fetched or an attempt failed still counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import structlog

from deskreel.core.chunk import ChunkMeta, Manifest
from deskreel.core.errors import DeskreelError, NotFoundError
from deskreel.core.ids import Digest, ScreenRecordingId
from deskreel.recorder.spool.checked import DamagedChunkError
from deskreel.recorder.spool.spool import Spool
from deskreel.recorder.spool.spooled import SpooledChunk, StoredAs
from deskreel.recorder.spool.thread import SpoolThread
from deskreel.recorder.upload.keep import Decision, Verdict
from deskreel.recorder.upload.refusal import Remedy, remedy
from deskreel.recorder.upload.remote import Access
from deskreel.storage.sealed import trim_chunk

log = structlog.get_logger(__name__)
_IMMEDIATE = 3  # attempts in a row with a new token or init before it counts as a failure


class Gateway(Protocol):
    """Where chunks go. Methods raise DeskreelError; repeating them is harmless."""

    async def put_init(
        self, access: Access, recording: ScreenRecordingId, digest: Digest, data: bytes
    ) -> None:
        """Have a sealed init segment opened and stored."""
        ...

    async def put_chunk(
        self, access: Access, recording: ScreenRecordingId, meta: SpooledChunk, data: bytes
    ) -> StoredAs:
        """Have a sealed chunk opened and stored: on return it is there for good."""
        ...

    async def list_chunks(self, access: Access, recording: ScreenRecordingId) -> tuple[ChunkMeta, ...]:
        """What is there."""
        ...


class Server(Protocol):
    """Who gives access and takes manifests. Methods raise DeskreelError."""

    async def upload_access(self, recording: ScreenRecordingId) -> Access:
        """A fresh token; NotFoundError: not a recording of this recorder."""
        ...

    async def post_manifest(self, manifest: Manifest) -> None:
        """The last word on a recording; NotFoundError as above."""
        ...


class ForeignRecordingError(DeskreelError):
    """The server says that a recording is not ours."""

    code = "foreign_recording"
    status = 404
    title = "The server knows no such screen recording of this recorder"
    hint = "The recorder was enrolled anew, or the recording deleted: what was captured is in the quarantine."


class NotAskedForError(DeskreelError):
    """The recording is ours, but what the server asks for does not name it."""

    code = "not_asked_for"
    status = 409
    title = "The server does not ask for this screen recording"
    hint = "Its chunks stay in the spool and go as soon as the server asks for them."


class StoredOtherwiseError(DeskreelError):
    """The gateway says that it stored something else than was sealed."""

    code = "stored_otherwise"
    status = 502
    title = "The gateway did not store what was sealed"
    retryable = True
    hint = "Recorder and gateway are of versions that do not fit, or something in between answers for the gateway."


class Delivery:
    """Delivers chunks; `decide` says at any moment what may become of one."""

    def __init__(
        self,
        *,
        spool: SpoolThread,
        gateway: Gateway,
        server: Server,
        decide: Callable[[ScreenRecordingId, ChunkMeta], Decision],
        kept_s: float,
    ) -> None:
        self._spool = spool
        self._gateway = gateway
        self._server = server
        self._decide = decide
        self._kept_s = kept_s  # between attempts at a chunk that waits for someone to put something right
        self._access: dict[ScreenRecordingId, Access] = {}
        self._inits: set[tuple[ScreenRecordingId, Digest]] = set()  # known to be stored
        self._lost_inits: set[tuple[ScreenRecordingId, Digest]] = (
            set()
        )  # damaged here; the gateway may have them
        self._locks: dict[ScreenRecordingId, asyncio.Lock] = {}  # one request for token or init at a time
        self._damaged: dict[tuple[ScreenRecordingId, int], int] = {}  # digest mismatches of a chunk so far

    def offer_access(self, recording: ScreenRecordingId, access: Access) -> None:
        """A token that came with an order."""
        self._access[recording] = access

    def forget(self, recording: ScreenRecordingId) -> None:
        """A recording is done with."""
        self._access.pop(recording, None)
        self._locks.pop(recording, None)
        self._inits = {known for known in self._inits if known[0] != recording}
        self._lost_inits = {known for known in self._lost_inits if known[0] != recording}
        self._damaged = {key: count for key, count in self._damaged.items() if key[0] != recording}

    async def access(self, recording: ScreenRecordingId, *, fresh: bool = False) -> Access:
        """A token for a recording, asked of the server when there is none.

        Raises:
            ForeignRecordingError: it is not ours.
            DeskreelError: the server cannot be asked now.
        """
        async with self._locks.setdefault(recording, asyncio.Lock()):
            if fresh or recording not in self._access:
                try:
                    self._access[recording] = await self._server.upload_access(recording)
                except NotFoundError as error:
                    raise ForeignRecordingError(error.detail) from error
            return self._access[recording]

    async def deliver(self, recording: ScreenRecordingId, meta: SpooledChunk) -> bool:
        """Bring one chunk to where it belongs: the gateway (then True), the quarantine, or nowhere.

        Raises:
            ForeignRecordingError: see `access`.
            DeskreelError: not now; the chunk is still in the spool.
        """
        failure = DeskreelError()
        for _ in range(_IMMEDIATE):
            access = await self.access(recording)
            try:
                data = await self._spool.call(Spool.read, recording, meta)
                await self._ensure_init(access, recording, meta.init)
                while (decision := self._decide(recording, meta)).verdict is Verdict.TRIM:
                    kept = trim_chunk(data, keep_ms=decision.keep_ms)
                    if kept is None:
                        await self._spool.call(Spool.drop, recording, meta)
                        return False
                    data = kept
                    meta = await self._spool.call(Spool.replace, recording, meta, data, decision.keep_ms)
                if decision.verdict is not Verdict.RELEASE:
                    return False  # the server's view changed: the next plan sees to it
                stored = await self._gateway.put_chunk(access, recording, meta, data)
                if meta.opened_digest not in (None, stored.digest):
                    raise StoredOtherwiseError(
                        f"chunk {meta.seq} is {meta.opened_digest}, stored as {stored.digest}"
                    )
            except DeskreelError as error:
                failure = error
                if await self._settle(recording, meta, access, error):
                    return False
            else:
                await self._spool.call(Spool.acknowledge, recording, meta, meta.stored(stored))
                self._damaged.pop((recording, meta.seq), None)
                log.debug("upload.acknowledged", recording=recording, seq=meta.seq, bytes=meta.size)
                return True
        raise failure

    async def _settle(
        self, recording: ScreenRecordingId, meta: SpooledChunk, access: Access, error: DeskreelError
    ) -> bool:
        """True when the chunk's fate is sealed, False to try again at once; raises `error` for later."""
        key = (recording, meta.seq)
        attempt = self._damaged.get(key, 0)
        if error.code == "digest_mismatch":
            self._damaged[key] = attempt + 1
        match remedy(error, attempt=attempt):
            case Remedy.QUARANTINE:
                self._damaged.pop(key, None)
                await self._spool.call(Spool.quarantine, recording, meta, f"{error.code}: {error.detail}")
                return True
            case Remedy.RENEW_TOKEN:
                if self._access.get(recording) is access:  # else another chunk has got a new one by now
                    del self._access[recording]
            case Remedy.SEND_INIT:
                if (recording, meta.init) in self._lost_inits:
                    reason = "damaged_chunk: its init segment is damaged, and the gateway does not have it"
                    await self._spool.call(Spool.quarantine, recording, meta, reason)
                    return True
                self._inits.discard((recording, meta.init))
            case Remedy.KEEP:
                error.extra["retry_after_s"] = self._kept_s
                raise error
            case Remedy.RETRY:
                raise error
        return False

    async def _ensure_init(self, access: Access, recording: ScreenRecordingId, digest: Digest) -> None:
        async with self._locks.setdefault(recording, asyncio.Lock()):
            if (recording, digest) not in self._inits:
                try:
                    data = await self._spool.call(Spool.read_init, recording, digest)
                except DamagedChunkError as error:
                    log.warning("upload.init_damaged", recording=recording, detail=error.detail)
                    self._lost_inits.add((recording, digest))
                else:
                    await self._gateway.put_init(access, recording, digest, data)
                self._inits.add((recording, digest))
