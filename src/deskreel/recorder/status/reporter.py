"""What the recorder says of itself: the report to the server, and the status for agent and administrator.

Puts together what desk, vitals, spool and control channel know; decides nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import structlog

from deskreel import __version__
from deskreel.core.errors import DeskreelError, NotEnrolledError
from deskreel.core.live import LiveReport
from deskreel.core.messages import Health, MonitorInfo, Observed, SpooledRecording
from deskreel.core.policy import CapturePolicy
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime
from deskreel.recorder.control.clock import ServerClock
from deskreel.recorder.control.desk import Desk
from deskreel.recorder.enrol.identity import Identity
from deskreel.recorder.spool.spool import Holding, Spool
from deskreel.recorder.spool.thread import SpoolThread
from deskreel.recorder.status.status import Mood, RecorderStatus, mood_of
from deskreel.recorder.upload.pace import UploadStats

log = structlog.get_logger(__name__)
_BACKLOG_WAIT_S = 1.0  # a report does not wait longer for a slow disk
_MAX_BACKLOG = 100  # recordings in one report
_SLOW_PROBLEM_MS = 60_000  # an upload problem of chunks younger than this is no news


class Reporter:
    """Answers for the whole recorder; on the event loop's thread.

    `connection` says whether the control channel is up, and if not, why; `live` how the live leg goes, None when
    nobody watches.
    """

    def __init__(
        self,
        *,
        desk: Desk,
        spool: SpoolThread,
        clock: ServerClock,
        health: Callable[[], Health],
        monitors: Callable[[], tuple[MonitorInfo, ...]],
        uploads: Callable[[], UploadStats],
        connection: Callable[[], tuple[bool, DeskreelError | None]],
        live: Callable[[], LiveReport | None] = lambda: None,
    ) -> None:
        self._desk = desk
        self._spool = spool
        self._clock = clock
        self._health = health
        self._monitors = monitors
        self._uploads = uploads
        self._connection = connection
        self._live = live
        self._holdings: tuple[Holding, ...] = ()
        self._since: tuple[Mood, WallTime] | None = None

    async def observed(self) -> Observed:
        """The report to the server."""
        try:
            async with asyncio.timeout(_BACKLOG_WAIT_S):
                self._holdings = await self._spool.call(Spool.holdings, 0)
        except TimeoutError:
            log.warning("spool.slow")
        state, offset = self._desk.state(), self._clock.offset()
        problem, detail, _ = self._problem()
        return Observed(
            version=state.version,
            phase=state.phase,
            screen_recording_id=state.recording,
            first_frame_at=state.first_frame_at,
            problem=problem,
            problem_detail=detail,
            clock_offset_ms=None if offset is None else offset.offset_ms,
            clock_uncertainty_ms=None if offset is None else offset.uncertainty_ms,
            backlog=tuple(
                SpooledRecording(
                    screen_recording_id=h.info.screen_recording_id, chunks=h.count, bytes=h.bytes
                )
                for h in self._holdings[:_MAX_BACKLOG]
            ),
            health=self._health(),
            monitors=self._monitors(),
            live=self._live(),
        )

    def status(self, who: Identity) -> RecorderStatus:
        """For people at the desktop."""
        state, desired, now = self._desk.state(), self._desk.view.desired, self._clock.now()
        connected, error = self._connection()
        problem, text, hint = self._problem()
        refused = isinstance(error, NotEnrolledError)
        # without a connection, uploads that fail are no matter for a person: the network comes back
        needs_a_person = refused or state.problem is not None or (problem is not None and connected)
        mood = mood_of(phase=state.phase, problem=needs_a_person, connected=connected)
        if (problem is None or refused) and error is not None and not connected:
            problem, text, hint = error.code, error.detail or error.title, error.hint_text
        if self._since is None or self._since[0] is not mood:
            self._since = (mood, now)
        uploads = self._uploads()
        policy = CapturePolicy() if desired is None else desired.policy
        return RecorderStatus(
            at=now,
            mood=mood,
            connected=connected,
            server_url=who.server_url,
            recorder_id=who.recorder_id,
            agent=None if desired is None else desired.agent,
            policy=policy,
            screen_recording_id=state.recording,
            since=self._since[1],
            problem=problem,
            problem_text=text,
            hint=hint,
            backlog_chunks=uploads.chunks,
            backlog_bytes=uploads.bytes,
            health=self._health(),
            monitors=self._monitors(),
            watched=policy.live_notice and self._live() is not None,
            version=__version__,
        )

    def _problem(self) -> tuple[str | None, str, str]:
        """Code, what is wrong, what to do: of the capture first, then of the upload."""
        state, uploads = self._desk.state(), self._uploads()
        if state.problem is not None:
            return state.problem, state.problem_detail, ReasonCode(state.problem).advice
        late = uploads.oldest_backlog_ms is not None and uploads.oldest_backlog_ms > _SLOW_PROBLEM_MS
        if uploads.problem is not None and late:
            return uploads.problem, uploads.problem_detail, uploads.problem_hint
        return None, "", ""


def same_but_for_time(one: RecorderStatus, other: RecorderStatus) -> bool:
    """Whether nothing changed but the clock."""
    return replace(one, at=other.at) == other
