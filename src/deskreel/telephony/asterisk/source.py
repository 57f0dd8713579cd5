"""AsteriskSource: keeps following one PBX, and delivers what it means as call events.

Owns when to connect, when to give up and what state the link is in. After every connect the PBX is asked where
things stand before any event is acted upon; events that come meanwhile wait.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from deskreel.core.errors import DeskreelError
from deskreel.core.events import CallEvent
from deskreel.core.time import WallTime, Window
from deskreel.telephony.asterisk.client import AmiClient
from deskreel.telephony.asterisk.follow import Follower
from deskreel.telephony.asterisk.protocol import Message
from deskreel.telephony.asterisk.resync import QUESTIONS, board_of, members_of
from deskreel.telephony.asterisk.settings import AsteriskSettings

_log = structlog.get_logger(__name__)
_FIRST_RETRY_S = 0.25
_CLOCK_TRUSTED_MS = 10_000  # a PBX whose clock is further behind is not believed about the moment of a resync
_MOMENT_MS = 50  # events that happen so close to each other may be stamped in another order
_LOST_KEPT = 100  # of the latest stretches without a link

Deliver = Callable[[list[CallEvent]], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkState:
    """How the link to the PBX stands."""

    connected: bool = False
    since: WallTime | None = None  # when it came to be so
    heard_at: WallTime | None = None  # until when all is known that happened at the PBX
    error: str | None = None  # why it is not connected: code and detail
    hint: str | None = None  # what to do about it
    connects: int = 0  # times that it was connected
    messages: int = 0  # events that came from the PBX
    events: int = 0  # call events delivered
    timestamps: bool | None = None  # whether the PBX sends them; None: no event has come yet
    lost: tuple[Window, ...] = ()  # when nothing was known, since the first connection; the last may be open


class AsteriskSource:
    """Runs for ever; `state` says how it goes."""

    def __init__(
        self,
        settings: AsteriskSettings,
        clock: Callable[[], WallTime],
        deliver: Deliver,
        *,
        on_link: Callable[[LinkState], Awaitable[None]] | None = None,
        rng: random.Random | None = None,
    ) -> None:
        """`deliver` may fail: the link is then begun anew. `on_link` is told when it goes and when it is back."""
        self._settings, self._clock, self._deliver, self._on_link = settings, clock, deliver, on_link
        self._rng = rng or random.Random()  # noqa: S311 - spreads retries, keeps no secret
        self.follower = Follower(settings.agents, settings.acw_reasons)
        self.state = LinkState()

    async def run(self) -> None:
        """Follow until cancelled."""
        failures = 0
        while True:
            before = self.state.connects
            try:
                await self._connection()
            except DeskreelError as error:
                await self._lost(f"{error.code}: {error.detail}", error.hint_text)
            except BaseException as error:
                await self._lost(f"internal: {error!r}", "See the server's log.")
                if not isinstance(error, Exception):
                    raise
                _log.exception("asterisk.failed")
            failures = 0 if self.state.connects > before else failures + 1
            longest = min(self._settings.retry_s, _FIRST_RETRY_S * 2**failures)
            await asyncio.sleep(longest * self._rng.uniform(0.5, 1.0))

    async def _connection(self) -> None:
        client = await AmiClient.connect(self._settings, self._clock)
        try:
            await self._resync(client)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_alive(client))
                tasks.create_task(self._follow(client))
        except BaseExceptionGroup as errors:
            raise _first(errors) from errors
        finally:
            await client.close()

    async def _resync(self, client: AmiClient) -> None:
        limit = self._settings.answer_s
        pong = (await client.ask((("Action", "Ping"),), timeout_s=limit))[0]
        answers: list[Message] = []
        for question in QUESTIONS:
            answers += await client.ask(question, timeout_s=limit, many=True)
        now = self._clock()
        # on the PBX's clock if its events are: what is asked after is then never older than what it says
        stamped = (
            self.state.timestamps is not False and pong.received_at - pong.occurred_at < _CLOCK_TRUSTED_MS
        )
        # and what happens in the same moment comes after it
        at = WallTime((pong.occurred_at if stamped else pong.received_at) - _MOMENT_MS)
        at = max(at, self.state.heard_at or at)
        events = self.follower.resync(board_of(answers), members_of(answers), at, now)
        await self._send(events)
        lost = tuple(w if w.end is not None else Window(w.start, max(w.start, now)) for w in self.state.lost)
        self.state = replace(
            self.state,
            connected=True,
            since=now,
            heard_at=at,
            error=None,
            hint=None,
            connects=self.state.connects + 1,
            lost=lost,
        )
        _log.info("asterisk.connected", host=self._settings.host, channels=self.follower.channels)
        await self._tell()

    async def _follow(self, client: AmiClient) -> None:
        while True:
            messages = await client.events()
            if self.state.timestamps is None and (first := _of_calls(messages)) is not None:
                self.state = replace(self.state, timestamps=bool(first.get("Timestamp")))
            await self._send([event for message in messages for event in self.follower.feed(message)])
            # only now: what was heard and could not be delivered is not known to anybody
            told = max(_told_at(message) for message in messages)
            self.state = replace(
                self.state,
                heard_at=max(self.state.heard_at or told, told),
                messages=self.state.messages + sum(bool(message.event) for message in messages),
            )

    async def _keep_alive(self, client: AmiClient) -> None:
        while True:
            await asyncio.sleep(self._settings.ping_s)
            try:
                await client.ask((("Action", "Ping"),), timeout_s=self._settings.answer_s)
            except DeskreelError as error:
                client.abandon(error)  # `_follow` ends when it has told all that came
                return
            await self._send(self.follower.heartbeats(self._clock()))

    async def _send(self, events: list[CallEvent]) -> None:
        if events:
            await self._deliver(events)
            self.state = replace(self.state, events=self.state.events + len(events))

    async def _lost(self, error: str, hint: str) -> None:
        state = self.state
        if not state.connected:
            self.state = replace(state, error=error, hint=hint, since=state.since or self._clock())
            return
        now = self._clock()
        # not known since it was last heard of, which may be long before that was noticed
        lost = (*state.lost, Window(state.heard_at or now))[-_LOST_KEPT:]
        self.state = replace(state, connected=False, since=now, error=error, hint=hint, lost=lost)
        _log.warning("asterisk.lost", host=self._settings.host, error=error)
        await self._tell()

    async def _tell(self) -> None:
        if self._on_link is not None:
            await self._on_link(self.state)


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _told_at(message: Message) -> WallTime:
    """Until when all is known by a message. By the PBX's clock: before its receipt more may have happened there."""
    return max(message.occurred_at, WallTime(message.received_at - _CLOCK_TRUSTED_MS))


def _of_calls(messages: Sequence[Message]) -> Message | None:
    """The first event of a kind that has a timestamp if any has."""
    return next((m for m in messages if m.get("Privilege") and m.event != "FullyBooted"), None)
