"""Publishing: a way is found and used until it is dead, then the next one, until somebody cuts it.

Owns what that takes: the task, the connection in use, the encoder and its thread. Whatever of it fails, the task goes
on; what was begun is ended, in the background if the other side may be silent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog

from deskreel.core.errors import DeskreelError
from deskreel.core.live import LiveOrder, LiveReport, LiveState, Obstacle, ObstacleCode, Rung, sentence
from deskreel.recorder.encode import EncoderError
from deskreel.recorder.live.climb import Climber, Connection
from deskreel.recorder.live.ladder import LASTED_S, died, look_again_s, why_not_better
from deskreel.recorder.live.rate import Rate, with_ceiling
from deskreel.recorder.live.session import Session
from deskreel.recorder.live.tap import Tap
from deskreel.recorder.live.thread import Encoded, EncodeThread
from deskreel.recorder.live.whip import Whip
from deskreel.recorder.problems import UnreachableError

log = structlog.get_logger(__name__)
_RETRY_S = (0.5, 1.0, 2.0, 3.0)  # from one try to the next while none lasts; the last one from then on
_FAILED_S = 15.0  # after the encoder, or anything else of ours, failed
_MOVED_S = 5.0  # between two looks whether the network is another
_TRUSTED_KBPS = 500  # of the rate before, for a new connection
_FAULT = Obstacle(code=ObstacleCode.FAULT, text="a fault of the program")


def _without_session(state: LiveState, *obstacles: Obstacle) -> LiveReport:
    """Off means that viewers have the playlist."""
    rung = Rung.HTTPS if state is LiveState.OFF else None
    return LiveReport(state=state, rung=rung, why=sentence(obstacles), obstacles=obstacles)


class Publisher:
    """Sends what is in `tap` while `order` has something; `changed` is called when there is news to report."""

    def __init__(
        self,
        tap: Tap,
        whip: Whip,
        climber: Climber,
        *,
        order: Callable[[], LiveOrder | None],
        changed: Callable[[], None],
    ) -> None:
        self._tap = tap
        self._whip = whip
        self._climber = climber
        self._order = order
        self._changed = changed
        self._tries = 0  # in a row, that came to nothing or did not last
        self._cap: int | None = None
        self._serving: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()  # were cut, and clean up
        self._encoder: EncodeThread | None = None
        self._session: Session | None = None
        self._rate = Rate()  # as it was last: the network is the same more often than not
        self._idle = LiveReport(state=LiveState.OFF)  # without a session

    @property
    def encoding(self) -> bool:
        """Whether it costs the desktop anything worth mentioning."""
        return self._encoder is not None

    @property
    def report(self) -> LiveReport:
        """How it goes."""
        if self._session is None:
            return self._idle
        return self._session.report(why_not_better(self._climber.ladder, self._session.connection.rung))

    def start(self) -> None:
        """Publish from now on. Harmless when repeated."""
        if self._serving is None or self._serving.done():
            self._say(LiveReport(state=LiveState.CONNECTING))
            self._serving = asyncio.create_task(self._serve(), name="live")

    def forbid(self, why: str) -> None:
        """Send nothing, for the recording needs it all, and say so: viewers have the playlist."""
        self.cut()
        self._say(_without_session(LiveState.OFF, Obstacle(code=ObstacleCode.RECORDING_FIRST, text=why)))

    def limit(self, cap: int | None) -> None:
        """No more than so many kbit/s; None: as many as there are."""
        self._cap = cap
        if self._session is not None:
            self._session.limit(with_ceiling(self._session.rate, cap))

    def cut(self) -> None:
        """Nothing leaves from here on. Harmless when repeated."""
        serving, encoder, session = self._serving, self._encoder, self._session
        self._serving = self._encoder = self._session = None
        if serving is None:
            return
        serving.cancel()
        self._ending.add(serving)
        serving.add_done_callback(self._ending.discard)
        self._tap.close()
        if encoder is not None:
            encoder.stop()
        if session is not None:
            session.connection.sending.clear()

    async def drain(self, within_s: float) -> None:
        """Wait until all that was cut has ended, but not for a gateway that is silent."""
        deadline = time.monotonic() + within_s
        while ending := {*self._ending, *self._climber.ending}:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                log.info("live.not_ended_in_time", left=len(ending))
                for task in ending:
                    task.cancel()
                return
            await asyncio.wait(ending, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)

    # --- serving --------------------------------------------------------------------------------------------

    async def _serve(self) -> None:
        """Send until cancelled."""
        while (order := self._order()) is not None:
            try:
                await self._serve_once(order)
            except EncoderError as error:
                why = Obstacle(code=ObstacleCode.ENCODER_FAILED, text=error.detail)
                await self._pause(_FAILED_S, LiveState.OFF, why)
            except DeskreelError as error:
                away = isinstance(error, UnreachableError)
                why = Obstacle(
                    code=ObstacleCode.GATEWAY_UNREACHABLE if away else ObstacleCode.GATEWAY_REFUSED,
                    text=f"the gateway does not take it: {error.detail}",
                )
                await self._pause(self._retry_s(), LiveState.CONNECTING, why)
            except Exception:
                log.exception("live.failed")
                await self._pause(_FAILED_S, LiveState.OFF, _FAULT)

    async def _serve_once(self, order: LiveOrder) -> None:
        """Find a way, and use it until it is dead."""
        self._tap.open()  # so that there is a picture once there is a way
        connection = await self._climber.climb(order, self._keyframe)
        ladder = self._climber.ladder
        if connection is None:  # viewers have the playlist
            self._rest(LiveState.OFF, *why_not_better(ladder, Rung.HTTPS))
            await self._until_it_is_time_to_look(Rung.HTTPS)
            return
        why = await self._use(connection, order.token)
        lasted_s = time.monotonic() - connection.up_s
        if lasted_s >= LASTED_S:
            self._tries = 0
        await self._pause(self._retry_s() - lasted_s, LiveState.CONNECTING, why)

    def _retry_s(self) -> float:
        self._tries += 1
        return _RETRY_S[min(self._tries, len(_RETRY_S)) - 1]

    async def _pause(self, wait_s: float, state: LiveState, *obstacles: Obstacle) -> None:
        self._rest(state, *obstacles)
        await asyncio.sleep(wait_s)

    def _rest(self, state: LiveState, *obstacles: Obstacle) -> None:
        self._tap.close()
        self._say(_without_session(state, *obstacles))

    async def _use(self, connection: Connection, token: str) -> Obstacle:
        """Until it is dead, or the better ones found meanwhile are; returns why.

        Raises:
            EncoderError: nothing can be sent.
        """
        broken: asyncio.Future[EncoderError] = asyncio.get_running_loop().create_future()
        encoder: EncodeThread | None = None
        session: Session | None = None
        try:
            encoder = self._encoder = self._new_encoder(broken)
            while True:
                session = self._begin(connection, encoder)
                found = await self._until_dead_or_better(session, broken)
                if isinstance(found, Obstacle):
                    self._note_death(connection, found)
                    return found
                self._end(session)
                connection, token, session = found, session.token, None
        finally:
            if session is None:
                self._climber.let_go(connection, token)
            else:
                self._end(session)
            if encoder is not None:
                encoder.stop()
                if self._encoder is encoder:
                    self._encoder = None
                await asyncio.to_thread(encoder.join)

    async def _until_dead_or_better(
        self, session: Session, broken: asyncio.Future[EncoderError]
    ) -> Obstacle | Connection:
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
        finally:  # without an await, as in `climb`
            dead.cancel()
            self._climber.abandon(better, session.token, but=found)

    def _note_death(self, connection: Connection, why: Obstacle) -> None:
        log.info("live.dead", rung=connection.rung.value, code=why.code.value, why=why.text)
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
        if look_again_s(self._climber.ladder, rung) is None:
            await asyncio.Event().wait()  # there is no better one
        while True:
            await self._until_it_is_time_to_look(rung)
            order = self._order()
            if order is None:
                continue
            log.info("live.looking", above=rung.value)
            try:
                found = await self._climber.climb(order, self._keyframe, above=rung)
            except DeskreelError as error:
                log.info("live.not_looked", why=error.detail)
            except Exception:  # what is in use is good enough
                log.exception("live.not_looked")
            else:
                if found is not None:
                    return found

    async def _until_it_is_time_to_look(self, rung: Rung) -> None:
        """As patient as the ladder says, but at once in another network."""
        began_s = time.monotonic()
        while True:
            left_s = (look_again_s(self._climber.ladder, rung) or 0.0) - (time.monotonic() - began_s)
            if left_s <= 0:
                return
            await asyncio.sleep(min(left_s, _MOVED_S))
            if (order := self._order()) is not None and await self._climber.moved(order):
                return

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
        order = self._order()
        return "" if order is None else order.token

    def _say(self, report: LiveReport) -> None:
        if report != self._idle:
            self._idle = report
            self._changed()
