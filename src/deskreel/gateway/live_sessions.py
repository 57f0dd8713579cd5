"""The live connections of one gateway process: who may still connect, who is connected, and when each ends.

A session ends when its token's time is over, when either side leaves, or when the connection is not up in time.
aiortc is loaded with the first session.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import structlog

from deskreel.core.errors import NotFoundError
from deskreel.core.ids import ScreenRecordingId
from deskreel.core.time import WallTime
from deskreel.gateway.errors import LiveBusyError
from deskreel.gateway.live_limits import LiveLimits
from deskreel.gateway.live_room import Room
from deskreel.rtc.flow import KeyframeLimiter
from deskreel.rtc.listening import ANY_PORT, Listening
from deskreel.rtc.port import NoPortError, RtcError

if TYPE_CHECKING:
    from deskreel.rtc.aiortc_receive import AiortcReceiving
    from deskreel.rtc.aiortc_send import AiortcSending
    from deskreel.rtc.wire import Unit

_log = structlog.stdlib.get_logger("deskreel.gateway")
_CONNECT_S = 15.0  # from the answer until media can flow
_LOOK_S = 30.0  # how often the wall clock is looked at, which may be set
_PUBLISHERS_EACH = 4  # of one recording: one, and attempts of a recorder that seeks another way
_VIEWER_KEYFRAME_MS = 2000.0  # one viewer's bad line must not cost the others a keyframe every second
_PACE_KBPS = 8000.0  # towards viewers: 60 KB in 60 ms

Kind = Literal["whip", "whep"]


@dataclass(slots=True, kw_only=True, eq=False)
class Session:
    """One WHIP or WHEP session."""

    id: str  # stands in its URL; nobody can guess it
    screen_recording_id: ScreenRecordingId
    kind: Kind
    expires_at: WallTime  # of its token
    view: str = ""  # a viewer's: the live view that the token names
    connection: AiortcReceiving | AiortcSending | None = None  # None: the offer is being answered
    began: float = field(default_factory=time.monotonic)
    connected: bool = False
    why: str = "left"  # it ended, for the log
    task: asyncio.Task[None] | None = None

    @property
    def leaving(self) -> bool:
        """It has ended and is being closed."""
        return self.connection is not None and self.connection.ended.is_set()


class LiveSessions:
    """All of a process."""

    def __init__(
        self, limits: LiveLimits, now: Callable[[], WallTime], listening: Listening = ANY_PORT
    ) -> None:
        self._limits, self._now, self._listening = limits, now, listening
        self._rooms: dict[ScreenRecordingId, Room] = {}
        self._sessions: dict[str, Session] = {}

    async def publish(
        self, scr: ScreenRecordingId, expires_at: WallTime, offer: str, *, loopback: bool
    ) -> tuple[Session, str]:
        """A recorder's offer: its session and our answer.

        Raises:
            LiveBusyError: this process has enough, or no UDP port is free.
            RtcError: the offer is none that can be answered.
        """
        from deskreel.rtc.aiortc_receive import AiortcReceiving

        session = self._reserve(scr, "whip", expires_at)
        connection: AiortcReceiving | None = None

        def on_unit(unit: Unit) -> None:
            if connection is None or session.id not in self._sessions:
                return
            room = self._room(scr)
            # the first picture may be ahead of the news that it is connected
            room.enter_publisher(connection)
            for replaced in room.take(connection, unit):
                self._end_connection(replaced, "replaced")

        def connect() -> AiortcReceiving:
            nonlocal connection
            connection = AiortcReceiving(on_unit, loopback=loopback, listening=self._listening)
            return connection

        return session, await self._answer(session, connect, offer)

    async def watch(
        self, scr: ScreenRecordingId, expires_at: WallTime, offer: str, *, loopback: bool, view: str = ""
    ) -> tuple[Session, str]:
        """A viewer's offer: their session and our answer. The recorder may come later. `view` is of the token.

        Raises:
            LiveBusyError, RtcError: as `publish`.
        """
        from deskreel.rtc.aiortc_send import AiortcSending

        session = self._reserve(scr, "whep", expires_at, view)
        limiter = KeyframeLimiter(_VIEWER_KEYFRAME_MS)

        def on_keyframe() -> None:  # who still needs one asks again
            room = self._rooms.get(scr)
            if room is not None and limiter.ask(_now_ms()) == 0:
                room.want_keyframe()

        def connect() -> AiortcSending:
            return AiortcSending(
                on_keyframe, loopback=loopback, listening=self._listening, pace_kbps=_PACE_KBPS
            )

        return session, await self._answer(session, connect, offer)

    def prolong(self, scr: ScreenRecordingId, kind: Kind, session_id: str, expires_at: WallTime) -> None:
        """A newer token was shown.

        Raises:
            NotFoundError: there is no such session (any more).
        """
        session = self._find(scr, kind, session_id)
        session.expires_at = max(session.expires_at, expires_at)

    async def end(self, scr: ScreenRecordingId, kind: Kind, session_id: str) -> None:
        """Its owner wants no more.

        Raises:
            NotFoundError: there is no such session (any more).
        """
        await self._end(self._find(scr, kind, session_id), "deleted")

    async def close(self) -> None:
        """End all."""
        await asyncio.gather(*(self._end(session, "closing") for session in list(self._sessions.values())))

    def report(self, scr: ScreenRecordingId) -> dict[str, Any]:
        """How it goes with one recording, for diagnosis."""
        room, sessions = self._rooms.get(scr), self._of(scr)
        return {
            **(asdict(room.report()) if room is not None else {"publishing": False, "viewers": 0}),
            "sessions": [_describe(session) for session in sessions],
            "process": {
                "publishers": sum(session.kind == "whip" for session in self._sessions.values()),
                "viewers": sum(session.kind == "whep" for session in self._sessions.values()),
                "limits": asdict(self._limits),
            },
        }

    def _room(self, scr: ScreenRecordingId) -> Room:
        return self._rooms.setdefault(scr, Room(_later, _now_ms))

    def _of(self, scr: ScreenRecordingId) -> list[Session]:
        return [session for session in self._sessions.values() if session.screen_recording_id == scr]

    def _find(self, scr: ScreenRecordingId, kind: Kind, session_id: str) -> Session:
        session = self._sessions.get(session_id)
        if session is None or session.screen_recording_id != scr or session.kind != kind:
            raise NotFoundError("there is no such live session", hint="It has ended; open a new one.")
        return session

    def _reserve(self, scr: ScreenRecordingId, kind: Kind, expires_at: WallTime, view: str = "") -> Session:
        count = sum(session.kind == kind for session in self._sessions.values())
        most = self._limits.publishers if kind == "whip" else self._limits.viewers
        if count >= most:
            raise LiveBusyError(f"this gateway process carries {count} of {most} already")
        here = [session for session in self._of(scr) if session.kind == kind and not session.leaving]
        if kind == "whip":
            self._make_room(here)
        elif len(here) >= self._limits.viewers_each:
            raise LiveBusyError(f"this screen recording has {len(here)} viewers already")
        elif view and sum(one.view == view for one in here) >= self._limits.sessions_each_view:
            raise LiveBusyError("this live view has as many sessions as it may")
        session = Session(
            id=secrets.token_urlsafe(18),
            screen_recording_id=scr,
            kind=kind,
            expires_at=expires_at,
            view=view,
        )
        self._sessions[session.id] = session
        return session

    def _make_room(self, publishers: list[Session]) -> None:
        """For one more publisher of a recording; the oldest of those that got nowhere goes first."""
        if len(publishers) < _PUBLISHERS_EACH:
            return
        answered = [session for session in publishers if session.connection is not None]
        if not answered:
            raise LiveBusyError(f"{len(publishers)} offers of this recording are being answered")
        answered.sort(key=lambda session: session.connected)  # stable
        self._end_connection(answered[0].connection, "replaced")

    async def _answer(
        self, session: Session, connect: Callable[[], AiortcReceiving | AiortcSending], offer: str
    ) -> str:
        connection: AiortcReceiving | AiortcSending | None = None
        try:
            connection = connect()
            answer = await connection.answer(offer)
        except BaseException as error:
            del self._sessions[session.id]
            if connection is not None:
                await connection.close()
            if isinstance(error, NoPortError):
                raise LiveBusyError(error.detail, hint=error.hint_text) from error
            raise
        session.connection = connection
        session.task = asyncio.create_task(self._run(session, connection))
        return answer

    async def _run(self, session: Session, connection: AiortcReceiving | AiortcSending) -> None:
        scr = session.screen_recording_id
        try:
            async with asyncio.timeout(_CONNECT_S):
                await connection.connected()
            session.connected = True
            _log.info("live.connected", kind=session.kind, recording=scr, route=connection.route())
            room = self._room(scr)
            if session.kind == "whip":
                room.enter_publisher(connection)  # pyright: ignore[reportArgumentType] (by its kind)
            else:
                room.enter_viewer(connection)  # pyright: ignore[reportArgumentType]
            await self._until_over(session, connection)
        except (TimeoutError, RtcError):
            session.why = "not connected"
        finally:
            self._sessions.pop(session.id, None)
            room = self._rooms.get(scr)
            if room is not None:
                room.leave(connection)
                if room.empty:
                    del self._rooms[scr]
            seconds = round(time.monotonic() - session.began, 1)
            _log.info("live.ended", kind=session.kind, recording=scr, why=session.why, seconds=seconds)
            await connection.close()

    async def _until_over(self, session: Session, connection: AiortcReceiving | AiortcSending) -> None:
        while (left_ms := session.expires_at - self._now()) > 0:
            try:
                await asyncio.wait_for(connection.ended.wait(), min(left_ms / 1000, _LOOK_S))
            except TimeoutError:
                continue
            return
        session.why = "token expired"

    def _end_connection(self, connection: object, why: str) -> None:
        for session in self._sessions.values():
            if session.connection is not None and session.connection is connection:
                session.why = why
                session.connection.ended.set()

    async def _end(self, session: Session, why: str) -> None:
        session.why = why
        if session.connection is not None:
            session.connection.ended.set()
        if session.task is not None:
            await asyncio.wait({session.task})


def _describe(session: Session) -> dict[str, Any]:
    connection = session.connection
    described: dict[str, Any] = {
        "kind": session.kind,
        "connected": session.connected,
        "seconds": round(time.monotonic() - session.began, 1),
        "route": connection.route() if connection is not None else None,
    }
    if connection is not None:
        described["stats"] = asdict(connection.stats())
    return described


def _later(seconds: float, call: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(seconds, call)


def _now_ms() -> float:
    return time.monotonic() * 1000
