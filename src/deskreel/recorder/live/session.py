"""One connection in use: pictures go out, reports come back, the rate follows them; it ends when the way is dead."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog

from deskreel.core.errors import DeskreelError, NotFoundError
from deskreel.core.live import LiveReport, LiveState, Obstacle, ObstacleCode, sentence
from deskreel.recorder.live.climb import Connection
from deskreel.recorder.live.ladder import dead
from deskreel.recorder.live.rate import Rate, after
from deskreel.recorder.live.thread import EncodeThread
from deskreel.recorder.live.whip import Whip
from deskreel.rtc.port import LivePicture, SendStats

log = structlog.get_logger(__name__)
_LOOK_S = 0.25
_RATE_S = 1.0
_RENEW_S = 5.0  # between two tokens that are handed on
_CLOSED = Obstacle(code=ObstacleCode.CLOSED, text="the connection was closed")
_UNHEARD = Obstacle(code=ObstacleCode.UNHEARD, text="the gateway hears nothing any more")
_FORGOTTEN = Obstacle(code=ObstacleCode.FORGOTTEN, text="the gateway does not know the session any more")
# Packets leave this much faster than the rate: a keyframe of some hundred kbit is not to take its whole second.
_PACE = 2.5
_LEAST_PACE_KBPS = 600.0


class Session:
    """Uses `connection` with what `encoder` makes, at a rate that begins with `rate`.

    `token` says which one is the newest.
    """

    def __init__(
        self,
        connection: Connection,
        encoder: EncodeThread,
        rate: Rate,
        *,
        whip: Whip,
        token: Callable[[], str],
    ) -> None:
        self.connection = connection
        self.rate = rate
        self._encoder = encoder
        self._whip = whip
        self._newest_token = token
        self.token = token()  # what the gateway has
        self._renewed_s = time.monotonic()
        self._renewing: asyncio.Task[None] | None = None
        self._begun = False
        self._unknown = False  # the gateway does not know the session
        self._stats: SendStats | None = None
        self._kbps: float | None = None
        self._apply()
        encoder.keyframe()

    def send(self, picture: LivePicture) -> None:
        """One picture; with a keyframe it begins, as nobody can make anything of what was encoded before."""
        self._begun = self._begun or picture.keyframe
        if self._begun:
            self.connection.sending.send(picture)

    def limit(self, rate: Rate) -> None:
        """Another ceiling."""
        self.rate = rate
        self._apply()

    def report(self, obstacles: tuple[Obstacle, ...]) -> LiveReport:
        """How it goes; `obstacles` are in the way of a better one."""
        stats = self._stats
        return LiveReport(
            state=LiveState.LIVE,
            rung=self.connection.rung,
            why=sentence(obstacles),
            obstacles=obstacles,
            kbps=self._kbps,
            rtt_ms=None if stats is None else stats.rtt_ms,
            loss_percent=None if stats is None else stats.loss_percent,
            jitter_ms=None if stats is None else stats.jitter_ms,
        )

    async def until_dead(self) -> Obstacle:
        """Look after it; returns why it is of no further use."""
        ended = self.connection.sending.ended
        rated_s, rated_bytes = time.monotonic(), 0
        while True:
            try:
                async with asyncio.timeout(_LOOK_S):
                    await ended.wait()
                return _CLOSED
            except TimeoutError:
                pass
            now_s = time.monotonic()
            self._stats = stats = self.connection.sending.stats()
            if dead(stats, self.connection.up_s, now_s):
                return _UNHEARD
            if now_s - rated_s >= _RATE_S:
                self._kbps = (stats.sent_bytes - rated_bytes) * 8 / 1000 / (now_s - rated_s)
                rated_s, rated_bytes = now_s, stats.sent_bytes
                self.rate = after(self.rate, stats, now_s)
                self._apply()
            self._renew(now_s)
            if self._unknown:
                return _FORGOTTEN

    def _renew(self, now_s: float) -> None:
        """Hand a newer token on, beside the looks."""
        if self._newest_token() != self.token and now_s - self._renewed_s >= _RENEW_S:
            self._renewed_s = now_s
            self._renewing = asyncio.create_task(self._hand_on(self._newest_token()))

    async def _hand_on(self, token: str) -> None:
        try:
            await self._whip.renew(self.connection.session_url, token)
            self.token = token
        except NotFoundError:
            self._unknown = True
        except DeskreelError as error:  # tried again; the pictures may get through all the same
            log.info("live.token_not_handed_on", error=error.detail or error.title)

    def _apply(self) -> None:
        self._encoder.rate(self.rate.kbps)
        self.connection.sending.pace(max(_LEAST_PACE_KBPS, self.rate.kbps * _PACE))
