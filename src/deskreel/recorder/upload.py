"""The uploader: brings the spool to the gateway, whatever the network does, and then the manifest to the server.

It wakes when a chunk or news from the server came or a rest is over, makes a plan (`plan`), and begins what
the plan says (`delivery`). A failure lets its recording rest with back-off; nothing is ever given up but what
the gateway refuses for good.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from deskreel.core.chunk import ChunkMeta, Manifest
from deskreel.core.errors import DeskreelError, NotEnrolledError, NotFoundError
from deskreel.core.ids import ScreenRecordingId
from deskreel.core.time import ClockOffset
from deskreel.recorder.backoff import Backoff
from deskreel.recorder.delivery import Delivery, ForeignRecordingError, Gateway, Server
from deskreel.recorder.keep import Decision, decide
from deskreel.recorder.plan import Plan, make_plan
from deskreel.recorder.remote import Access
from deskreel.recorder.spool import Spool
from deskreel.recorder.spool_thread import SpoolThread
from deskreel.recorder.view import ServerView

log = structlog.get_logger(__name__)
_LOOK_AHEAD = 64  # chunks of each recording that a plan looks at
_WHOLE = 0  # stands where a sequence number would: the recording itself is busy


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadSettings:
    """How the uploader behaves."""

    hold_back_ms: int = 300  # see `keep`
    parallel: int = 3  # chunks on their way at once
    backoff: Backoff = field(default_factory=Backoff)
    not_enrolled_s: float = 30.0  # rest at least this long when the server does not know us
    stray_s: float = 300.0  # between looks at a recording that the server does not ask for


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rest:
    """After a failure."""

    attempt: int  # failures in a row before this one
    until_s: float  # on the event loop's clock


class Uploader:
    """Make it, `run` it, and `wake` it when something changed. All on the event loop's thread."""

    def __init__(
        self,
        *,
        spool: SpoolThread,
        gateway: Gateway,
        server: Server,
        view: Callable[[], ServerView],
        clock_offset: Callable[[], ClockOffset | None] = lambda: None,
        settings: UploadSettings | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._spool = spool
        self._gateway = gateway
        self._server = server
        self._view = view
        self._clock_offset = clock_offset
        self._settings = settings or UploadSettings()
        self._rng = rng or random.Random()  # noqa: S311  # jitter
        self._delivery = Delivery(spool=spool, gateway=gateway, server=server, decide=self._decide)
        self._news = asyncio.Event()
        self._busy: set[tuple[ScreenRecordingId, int]] = set()
        self._rests: dict[ScreenRecordingId, _Rest] = {}
        self._finished: set[ScreenRecordingId] = set()  # their manifests are with the server

    def wake(self) -> None:
        """There is a new chunk, or news from the server."""
        self._news.set()

    def offer_access(self, recording: ScreenRecordingId, access: Access) -> None:
        """A token that came with an order."""
        self._delivery.offer_access(recording, access)
        self.wake()

    @property
    def busy(self) -> bool:
        """Whether something is on its way."""
        return bool(self._busy)

    async def run(self) -> None:
        """Upload for ever. Cancel to end it: what was on its way is sent again next time."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._news.clear()
                planned_s = asyncio.get_running_loop().time()
                plan = await self._plan(planned_s)
                for item in plan.drop:
                    await self._drop(item.recording, item.chunk)
                for item in plan.send:
                    work = self._delivery.deliver(item.recording, item.chunk)
                    self._begin(tasks, item.recording, item.chunk.seq, work)
                for recording in plan.finish:
                    self._begin(tasks, recording, _WHOLE, self._finish(recording))
                for recording in plan.strays:
                    self._begin(tasks, recording, _WHOLE, self._look_after_stray(recording))
                if not plan.drop:
                    await self._wait_for_news(planned_s)

    # --- what to do, and when -------------------------------------------------------------------------------

    def _decide(self, recording: ScreenRecordingId, chunk: ChunkMeta) -> Decision:
        view = self._view()
        return decide(
            chunk,
            view.keep_of(recording),
            confirmed_until=view.confirmed_until,
            hold_back_ms=self._settings.hold_back_ms,
        )

    async def _plan(self, now_s: float) -> Plan:
        resting = {recording for recording, rest in self._rests.items() if rest.until_s > now_s}
        resting |= {recording for recording, seq in self._busy if seq == _WHOLE}
        return make_plan(
            await self._spool.call(Spool.holdings, _LOOK_AHEAD),
            self._view(),
            hold_back_ms=self._settings.hold_back_ms,
            busy=frozenset(self._busy),
            resting=resting,
            finished=self._finished,
            slots=self._settings.parallel - len(self._busy),
        )

    async def _wait_for_news(self, planned_s: float) -> None:
        """Also until the first rest is over that the plan took into account, even if it is over by now."""
        ahead_s = min((r.until_s for r in self._rests.values() if r.until_s > planned_s), default=None)
        try:
            async with asyncio.timeout_at(ahead_s):
                await self._news.wait()
        except TimeoutError:
            pass  # a rest is over

    def _begin(
        self,
        tasks: asyncio.TaskGroup,
        recording: ScreenRecordingId,
        seq: int,
        work: Coroutine[Any, Any, None],
    ) -> None:
        self._busy.add((recording, seq))
        tasks.create_task(self._guarded(recording, seq, work))

    async def _guarded(self, recording: ScreenRecordingId, seq: int, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
            self._rests.pop(recording, None)
        except ForeignRecordingError as error:
            await self._put_aside(recording, error)
        except NotEnrolledError as error:
            self._rest(recording, error, at_least_s=self._settings.not_enrolled_s)
        except DeskreelError as error:
            self._rest(recording, error, at_least_s=float(error.extra.get("retry_after_s", 0.0)))
        except Exception as error:  # a full disk, a bug: neither may end the uploads of other recordings
            log.exception("upload.crashed", recording=recording, seq=seq)
            self._rest(recording, DeskreelError(repr(error)))
        finally:
            self._busy.discard((recording, seq))
            self._news.set()

    def _rest(self, recording: ScreenRecordingId, error: DeskreelError, *, at_least_s: float = 0.0) -> None:
        now_s = asyncio.get_running_loop().time()
        known = self._rests.get(recording)
        if known is not None and known.until_s > now_s:
            return  # several that were on their way failed together: one failure
        attempt = 0 if known is None else known.attempt + 1
        delay_s = self._settings.backoff.delay_s(attempt, self._rng, at_least_s=at_least_s)
        self._rests[recording] = _Rest(attempt=attempt, until_s=now_s + delay_s)
        log.warning(
            "upload.failed",
            recording=recording,
            code=error.code,
            detail=error.detail,
            hint=error.hint_text,
            attempt=attempt,
            retry_in_s=round(delay_s, 3),
        )

    # --- the work that is not a delivery --------------------------------------------------------------------

    async def _drop(self, recording: ScreenRecordingId, chunk: ChunkMeta) -> None:
        try:
            await self._spool.call(Spool.drop, recording, chunk)
            log.info("upload.dropped", recording=recording, seq=chunk.seq)
        except OSError as error:  # it stays, and stays unsent
            self._rest(recording, DeskreelError(str(error)))
            await asyncio.sleep(self._settings.backoff.base_s)

    async def _finish(self, recording: ScreenRecordingId) -> None:
        manifest = await self._spool.call(Spool.manifest, recording)
        if manifest is None:  # never captured here, or the spool was lost: the gateway knows
            access = await self._delivery.access(recording, fresh=True)
            chunks = await self._gateway.list_chunks(access, recording)
            manifest = Manifest(screen_recording_id=recording, chunks=chunks)
        if (offset := self._clock_offset()) is not None:
            manifest = replace(
                manifest, clock_offset_ms=offset.offset_ms, clock_uncertainty_ms=offset.uncertainty_ms
            )
        try:
            await self._server.post_manifest(manifest)
        except NotFoundError as error:
            raise ForeignRecordingError(error.detail) from error
        self._finished.add(recording)
        await self._spool.call(Spool.remove, recording)
        self._delivery.forget(recording)
        log.info("upload.finished", recording=recording, chunks=len(manifest.chunks))

    async def _look_after_stray(self, recording: ScreenRecordingId) -> None:
        """Held, and not asked for: finished before a crash, or not ours any more."""
        await self._delivery.access(recording, fresh=True)  # raises when it is not ours
        holdings = await self._spool.call(Spool.holdings, 0)
        count = sum(h.count for h in holdings if h.info.screen_recording_id == recording)
        if count == 0:
            await self._finish(recording)
        else:
            detail = f"the server does not ask for this recording, {count} chunks stay here"
            raise DeskreelError(detail, hint="", retry_after_s=self._settings.stray_s)

    async def _put_aside(self, recording: ScreenRecordingId, error: DeskreelError) -> None:
        holdings = await self._spool.call(Spool.holdings, 0)
        if any(h.open for h in holdings if h.info.screen_recording_id == recording):
            self._rest(recording, error)  # it is being captured: the order will say otherwise
            return
        await self._spool.call(Spool.quarantine_recording, recording, f"{error.code}: {error.detail}")
        self._finished.add(recording)
        self._delivery.forget(recording)
