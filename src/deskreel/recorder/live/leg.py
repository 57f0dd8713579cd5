"""The live leg: starts, keeps and ends the sending as the server's order says, and reports on it.

All of it is on the event loop's thread but the encoder. An order that is gone takes effect at once, before anybody
stops the capture; frames of before a stop are taken back by the tap, and pictures made of them are dropped here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

import httpx2
import structlog

from deskreel.core.errors import DeskreelError
from deskreel.core.live import LiveOrder, LiveReport, LiveState, Rung
from deskreel.core.messages import Phase
from deskreel.core.time import WallTime
from deskreel.recorder.control.view import ServerView
from deskreel.recorder.encode import EncoderError
from deskreel.recorder.live.climb import Climber, Connection, NewSending, TryRelay, new_sending, try_relay
from deskreel.recorder.live.ladder import died, look_again_s, why_not_better
from deskreel.recorder.live.rate import Rate, with_ceiling
from deskreel.recorder.live.session import Session
from deskreel.recorder.live.tap import Tap
from deskreel.recorder.live.thread import Encoded, EncodeThread
from deskreel.recorder.live.whip import Whip

log = structlog.get_logger(__name__)
_RETRY_S = (0.5, 1.0, 2.0, 3.0)  # while the gateway does not answer; the last one from then on
_FAILED_S = 15.0  # after the encoder, or anything else of ours, failed
_TRUSTED_KBPS = 500  # of the rate before, for a new connection
_CHECK_S = 0.5
FRESH_MS = 4_500  # the server's word, confirmed every two seconds
_CAPTURING = (Phase.RECORDING, Phase.ACW)


def order_of(view: ServerView, now: WallTime) -> LiveOrder | None:
    """What is to be sent now, if anything.

    Only what is being recorded, and only while the server's word on that is fresh: a pause that did not reach this
    desktop must not be seen.
    """
    desired = view.desired
    if desired is None or desired.live is None or desired.order is None or desired.phase not in _CAPTURING:
        return None
    if desired.live.screen_recording_id != desired.order.screen_recording_id:
        return None
    if now >= desired.live.until or now - view.confirmed_until > FRESH_MS:
        return None
    return desired.live


class LiveLeg:
    """One at a time, as `view` says, of the frames in `tap`; `changed` is called when there is news to report."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        *,
        view: Callable[[], ServerView],
        now: Callable[[], WallTime],
        forbidden: Callable[[], str],  # why nothing may be sent now, for people; empty: it may
        changed: Callable[[], None],
        sending: NewSending = new_sending,
        relay: TryRelay = try_relay,
    ) -> None:
        self.tap = self._tap = Tap()
        self._whip = Whip(client)
        self._climber = Climber(self._whip, sending=sending, relay=relay)
        self._view = view
        self._now = now
        self._forbidden = forbidden
        self._changed = changed
        self._order: LiveOrder | None = None
        self._tries = 0  # in a row, of a gateway that did not answer
        self._cap: int | None = None
        self._serving: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()  # were cut, and clean up
        self._encoder: EncodeThread | None = None
        self._session: Session | None = None
        self._rate = Rate()  # as it was last: the network is the same more often than not
        self._idle = LiveReport(state=LiveState.OFF)  # without a session

    @property
    def watched(self) -> bool:
        """Whether somebody watches what is being recorded."""
        return self._order is not None

    @property
    def sending(self) -> bool:
        """Whether it costs the desktop anything."""
        return self._serving is not None

    @property
    def report(self) -> LiveReport | None:
        """How it goes; None: nobody watches."""
        if self._order is None:
            return None
        if self._session is None:
            return self._idle
        return self._session.report(why_not_better(self._climber.ladder, self._session.connection.rung))

    def reconcile(self) -> None:
        """Look at what is wanted, now; what is not wanted any more has ended on return."""
        before = self._order
        view = self._view()
        self._order = order_of(view, self._now())
        self._cap = None if view.desired is None else view.desired.policy.max_kbps
        why = self._forbidden() if self._order is not None else ""
        other = before is not None and (
            self._order is None or self._order.screen_recording_id != before.screen_recording_id
        )
        if self._serving is not None and (other or self._order is None or why):
            self._cut()
        if why:
            self._say(replace(self._idle, state=LiveState.OFF, rung=Rung.HTTPS, why=why))
        if self._order is not None and not why and self._serving is None:
            self._say(LiveReport(state=LiveState.CONNECTING))
            self._serving = asyncio.create_task(self._serve(), name="live")
        if self._session is not None:
            self._session.limit(with_ceiling(self._session.rate, self._cap))
        if (before is None) != (self._order is None):
            log.info("live.watched", on=self._order is not None)
            self._changed()

    async def run(self) -> None:
        """Reconcile for ever; the end of it is the end of the leg."""
        try:
            while True:
                self.reconcile()
                await asyncio.sleep(_CHECK_S)
        finally:
            self._order = None
            self._cut()
            await asyncio.gather(*self._ending, return_exceptions=True)
            await self._climber.drain()

    def _cut(self) -> None:
        """Nothing leaves from here on."""
        self._tap.close()
        if self._encoder is not None:
            self._encoder.stop()
        if self._session is not None:
            self._session.connection.sending.clear()
        if self._serving is not None:
            self._serving.cancel()
            self._ending.add(self._serving)
            self._serving.add_done_callback(self._ending.discard)
        self._serving = self._session = self._encoder = None

    # --- serving --------------------------------------------------------------------------------------------

    async def _serve(self) -> None:
        """Send until cancelled."""
        while self._order is not None:
            try:
                await self._serve_once(self._order)
            except EncoderError as error:
                await self._pause(_FAILED_S, LiveState.OFF, error.detail)
            except DeskreelError as error:
                wait_s = _RETRY_S[min(self._tries, len(_RETRY_S) - 1)]
                self._tries += 1
                why = f"the gateway does not take it: {error.detail or error.title}"
                await self._pause(wait_s, LiveState.CONNECTING, why)
            except Exception:
                log.exception("live.failed")
                await self._pause(_FAILED_S, LiveState.OFF, "a fault of the program")

    async def _serve_once(self, order: LiveOrder) -> None:
        """Find a way, and use it until it is dead."""
        self._tap.open()
        connection = await self._climber.climb(order, self._keyframe)
        self._tries = 0
        ladder = self._climber.ladder
        if connection is None:  # viewers have the playlist
            wait_s = look_again_s(ladder, Rung.HTTPS) or _FAILED_S
            await self._pause(wait_s, LiveState.OFF, why_not_better(ladder, Rung.HTTPS))
            return
        why = await self._use(connection)
        self._say(LiveReport(state=LiveState.CONNECTING, why=why))

    async def _pause(self, wait_s: float, state: LiveState, why: str) -> None:
        self._tap.close()
        rung = Rung.HTTPS if state is LiveState.OFF else None
        self._say(LiveReport(state=state, rung=rung, why=why))
        await asyncio.sleep(wait_s)

    async def _use(self, connection: Connection) -> str:
        """Until it is dead, or the better ones found meanwhile are; returns why.

        Raises:
            EncoderError: nothing can be sent.
        """
        broken: asyncio.Future[EncoderError] = asyncio.get_running_loop().create_future()
        encoder = self._encoder = self._new_encoder(broken)
        session = self._begin(connection, encoder)
        try:
            while True:
                found = await self._until_dead_or_better(session, broken)
                if isinstance(found, str):
                    self._note_death(session.connection, found)
                    return found
                self._end(session)
                session = self._begin(found, encoder)
        finally:
            encoder.stop()
            self._end(session)
            await asyncio.to_thread(encoder.join)

    async def _until_dead_or_better(
        self, session: Session, broken: asyncio.Future[EncoderError]
    ) -> str | Connection:
        dead = asyncio.create_task(session.until_dead())
        better = asyncio.create_task(self._better(session.connection.rung))
        found: Connection | None = None
        try:
            await asyncio.wait({dead, better, broken}, return_when=asyncio.FIRST_COMPLETED)
            if broken.done():
                raise broken.result()
            if better.done():
                found = better.result()
            return found or dead.result()
        finally:
            for task in (dead, better):
                task.cancel()
            await asyncio.wait({dead, better})
            late = None if better.cancelled() or better.exception() else better.result()
            if late is not None and late is not found:
                self._climber.let_go(late, session.token)

    def _note_death(self, connection: Connection, why: str) -> None:
        log.info("live.dead", rung=connection.rung.value, why=why)
        self._climber.ladder = died(
            self._climber.ladder, connection.rung, why, up_s=connection.up_s, now_s=time.monotonic()
        )

    def _begin(self, connection: Connection, encoder: EncodeThread) -> Session:
        log.info("live.up", rung=connection.rung.value)
        rate = with_ceiling(self._rate, self._cap)
        session = Session(connection, encoder, rate, whip=self._whip, token=self._token)
        self._session = session
        self._changed()
        return session

    def _end(self, session: Session) -> None:
        self._rate = Rate(kbps=min(session.rate.kbps, _TRUSTED_KBPS))
        if self._session is session:
            self._session = None
        self._climber.let_go(session.connection, session.token)

    async def _better(self, rung: Rung) -> Connection:
        """Look for a better way now and then; returns when there is one."""
        while True:
            wait_s = look_again_s(self._climber.ladder, rung)
            if wait_s is None:
                await asyncio.Event().wait()  # there is none
            await asyncio.sleep(wait_s or 0.0)
            order = self._order
            if order is None:
                continue
            try:
                found = await self._climber.climb(order, self._keyframe, above=rung)
            except DeskreelError:
                continue
            if found is not None:
                return found

    def _new_encoder(self, broken: asyncio.Future[EncoderError]) -> EncodeThread:
        loop = asyncio.get_running_loop()

        def fail(error: EncoderError) -> None:
            if not broken.done():
                broken.set_result(error)

        return EncodeThread(
            self._tap,
            kbps=self._rate.kbps,
            deliver=lambda encoded: loop.call_soon_threadsafe(self._deliver, encoded),
            failed=lambda error: loop.call_soon_threadsafe(fail, error),
        )

    def _deliver(self, encoded: Encoded) -> None:
        # made of a frame that was taken back meanwhile, it must not leave
        if self._session is not None and encoded.age == self._tap.age:
            self._session.send(encoded.picture)

    def _keyframe(self) -> None:
        if self._encoder is not None:
            self._encoder.keyframe()

    def _token(self) -> str:
        return "" if self._order is None else self._order.token

    def _say(self, report: LiveReport) -> None:
        if report != self._idle:
            self._idle = report
            self._changed()
