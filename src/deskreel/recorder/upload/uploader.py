"""The uploader: brings the spool to the gateway, whatever the network does, and then the manifest to the server.

It wakes when a chunk or news from the server came or a rest is over, makes a plan (`plan`), and begins what
the plan says (`delivery`), as fast as the policy allows (`pace`). A failure lets its recording rest with back-off;
nothing is ever given up but what the gateway refuses for good, and what is older than the age limit, if there is one.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

import structlog

from deskreel.core.chunk import ChunkMeta, Manifest
from deskreel.core.errors import DeskreelError, NotEnrolledError, NotFoundError
from deskreel.core.ids import ScreenRecordingId
from deskreel.core.time import ClockOffset, WallTime
from deskreel.recorder.control.view import ServerView
from deskreel.recorder.spool.spool import Holding, Spool
from deskreel.recorder.spool.spooled import SpooledChunk
from deskreel.recorder.spool.thread import SpoolThread
from deskreel.recorder.upload.delivery import (
    Delivery,
    ForeignRecordingError,
    Gateway,
    NotAskedForError,
    Server,
)
from deskreel.recorder.upload.keep import Decision, decide
from deskreel.recorder.upload.pace import Pace, RateMeter, Transfer, UploadStats, upload_stats
from deskreel.recorder.upload.plan import Item, Plan, make_plan
from deskreel.recorder.upload.remote import Access
from deskreel.recorder.upload.rests import Rests
from deskreel.recorder.upload.settings import UploadSettings

log = structlog.get_logger(__name__)
_LOOK_AHEAD = 8  # chunks of each recording that a plan looks at, beside as many as may be on their way
_FRESH_MS = 60_000  # what is younger does not wait for the rate limit, but counts
_EXPIRE_EVERY_S = 60.0
_WHOLE = 0  # stands where a sequence number would: the recording itself is busy


class Uploader:
    """Make it, `run` it, and `wake` it when something changed. All on the event loop's thread."""

    def __init__(
        self,
        *,
        spool: SpoolThread,
        gateway: Gateway,
        server: Server,
        view: Callable[[], ServerView],
        now: Callable[[], WallTime],
        clock_offset: Callable[[], ClockOffset | None] = lambda: None,
        settings: UploadSettings | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._spool = spool
        self._gateway = gateway
        self._server = server
        self._view = view
        self._now = now  # server time
        self._clock_offset = clock_offset
        self._settings = settings or UploadSettings()
        self._delivery = Delivery(
            spool=spool,
            gateway=gateway,
            server=server,
            decide=self._decide,
            kept_s=self._settings.kept_s,
        )
        self._news = asyncio.Event()
        self._busy: set[tuple[ScreenRecordingId, int]] = set()
        self._rests = Rests(self._settings.backoff, rng or random.Random())  # noqa: S311  # jitter
        self._finished: set[ScreenRecordingId] = set()  # their manifests are with the server
        self._credentials = 0  # how often the server was given another one
        self._lane: ScreenRecordingId | None = None  # captured now or last: does not wait for the backlog
        self._pace = Pace()  # the policy's limit
        self._meter = RateMeter()
        self._holdings: tuple[Holding, ...] = ()  # as of the last plan
        self._expired_s = float("-inf")  # when the age limit was last looked at

    def wake(self) -> None:
        """There is a new chunk, or news from the server."""
        self._news.set()

    def offer_access(self, recording: ScreenRecordingId, access: Access) -> None:
        """A token that came with an order."""
        self._delivery.offer_access(recording, access)
        self.wake()

    def known_again(self) -> None:
        """The server knows us under another credential: what rests for the old one goes on at once."""
        self._credentials += 1
        self._rests.end(NotEnrolledError)
        self.wake()

    @property
    def busy(self) -> bool:
        """Whether something is on its way."""
        return bool(self._busy)

    def stats(self) -> UploadStats:
        """What waits, how fast it goes, and what is in the way."""
        worst = self._rests.worst
        return upload_stats(
            self._holdings,
            now=self._now(),
            rate_kbps=self._meter.kbps,
            limit_kbps=self._limit_kbps,
            problem=None if worst is None else worst.error,
        )

    async def run(self) -> None:
        """Upload for ever. Cancel to end it: what was on its way is sent again next time."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._news.clear()
                planned_s = asyncio.get_running_loop().time()
                await self._expire(planned_s)
                plan = await self._plan(planned_s)
                for item in plan.drop:
                    await self._drop(item.recording, item.chunk)
                pause_until_s = self._begin_sending(tasks, plan.send)
                for recording in plan.finish:
                    self._begin(tasks, recording, _WHOLE, self._finish(recording))
                for recording in plan.strays:
                    self._begin(tasks, recording, _WHOLE, self._look_after_stray(recording))
                if not plan.drop:
                    await self._wait_for_news(planned_s, pause_until_s)

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
        parallel = self._settings.parallel
        self._holdings = await self._spool.call(Spool.holdings, _LOOK_AHEAD + parallel)
        view = self._view()
        self._rests.end(NotAskedForError, view.asked_for)
        resting = {*self._rests.resting(now_s), *(scr for scr, seq in self._busy if seq == _WHOLE)}
        if view.desired is not None and view.desired.order is not None:
            self._lane = view.desired.order.screen_recording_id
        return make_plan(
            self._holdings,
            view,
            hold_back_ms=self._settings.hold_back_ms,
            busy=frozenset(self._busy),
            resting=resting,
            finished=self._finished,
            parallel=parallel,
            lane=self._lane,
        )

    @property
    def _limit_kbps(self) -> int | None:
        desired = self._view().desired
        return None if desired is None else desired.policy.upload_kbps

    def _begin_sending(self, tasks: asyncio.TaskGroup, items: Sequence[Item]) -> float | None:
        """Begin what the rate limit allows now; until when the rest has to wait, on the loop's clock."""
        now_s = asyncio.get_running_loop().time()
        self._pace.limit(self._limit_kbps, now_s)
        pause_until_s = None
        for item in items:
            pause_s = self._pace.wait_s(now_s)
            if pause_s > 0 and not self._is_fresh(item):
                pause_until_s = now_s + pause_s
                continue
            self._pace.take(item.chunk.size, now_s)
            self._begin(tasks, item.recording, item.chunk.seq, self._send(item.recording, item.chunk))
        return pause_until_s

    def _is_fresh(self, item: Item) -> bool:
        return item.recording == self._lane and self._now() - item.chunk.window.limit < _FRESH_MS

    async def _send(self, recording: ScreenRecordingId, chunk: SpooledChunk) -> None:
        begun_s = asyncio.get_running_loop().time()
        if await self._delivery.deliver(recording, chunk):
            ended_s = asyncio.get_running_loop().time()
            self._meter.add(Transfer(begun_s=begun_s, ended_s=ended_s, size=chunk.size))

    async def _wait_for_news(self, planned_s: float, pause_until_s: float | None) -> None:
        """Also until the first rest is over that the plan took into account, even if it is over by now."""
        ends = (self._rests.next_end_s(planned_s), pause_until_s)
        try:
            async with asyncio.timeout_at(min((end for end in ends if end is not None), default=None)):
                await self._news.wait()
        except TimeoutError:
            pass  # a rest or a pause is over

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
        credentials = self._credentials
        try:
            await work
            self._rests.succeed(recording)
        except ForeignRecordingError as error:
            await self._put_aside(recording, error)
        except NotEnrolledError as error:
            renewed = credentials != self._credentials  # it was refused with the one before
            self._rest(recording, error, at_least_s=0.0 if renewed else self._settings.not_enrolled_s)
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
        rest = self._rests.fail(recording, error, now_s, at_least_s=at_least_s)
        if rest is None:
            return
        told = {"code": error.code, "detail": error.detail, "hint": error.hint_text, "attempt": rest.attempt}
        log.warning("upload.failed", recording=recording, retry_in_s=round(rest.until_s - now_s, 3), **told)

    # --- the work that is not a delivery --------------------------------------------------------------------

    async def _expire(self, now_s: float) -> None:
        """Give up what is over the age limit, once the server's time is known."""
        limit_ms = self._settings.max_age_ms
        if limit_ms is None or self._clock_offset() is None or now_s < self._expired_s + _EXPIRE_EVERY_S:
            return
        self._expired_s = now_s
        try:
            await self._spool.call(Spool.expire, WallTime(self._now() - limit_ms), frozenset(self._busy))
        except OSError as error:
            log.warning("spool.expire_failed", error=str(error))

    async def _drop(self, recording: ScreenRecordingId, chunk: SpooledChunk) -> None:
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
        self._forget(recording)
        log.info("upload.finished", recording=recording, chunks=len(manifest.chunks))

    async def _look_after_stray(self, recording: ScreenRecordingId) -> None:
        """Held, and not asked for: finished before a crash, or not ours any more."""
        await self._delivery.access(recording, fresh=True)  # raises when it is not ours
        holdings = await self._spool.call(Spool.holdings, 0)
        count = sum(h.count for h in holdings if h.info.screen_recording_id == recording)
        if count == 0:
            await self._finish(recording)
        else:
            raise NotAskedForError(f"{count} chunks stay here", retry_after_s=self._settings.stray_s)

    async def _put_aside(self, recording: ScreenRecordingId, error: DeskreelError) -> None:
        holdings = await self._spool.call(Spool.holdings, 0)
        if any(h.open for h in holdings if h.info.screen_recording_id == recording):
            self._rest(recording, error)  # it is being captured: the order will say otherwise
            return
        await self._spool.call(Spool.quarantine_recording, recording, f"{error.code}: {error.detail}")
        self._finished.add(recording)
        self._forget(recording)

    def _forget(self, recording: ScreenRecordingId) -> None:
        self._delivery.forget(recording)
        if self._lane == recording:
            self._lane = None
