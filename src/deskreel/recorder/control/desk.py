"""The recorder's state, and the loop that makes what is into what should be.

Lives on the event loop's thread: the control channel brings the desired state, the capture its news; `run`
carries out what `reconcile` says; `state` is what `reporter` tells the server and the agent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import assert_never

import structlog

from deskreel.core.ids import ScreenRecordingId
from deskreel.core.messages import Desired, Phase, Pong
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime
from deskreel.recorder.capture.job import CaptureJob
from deskreel.recorder.capture.look_back import LookBack
from deskreel.recorder.control.capture_port import Capture
from deskreel.recorder.control.clock import ServerClock
from deskreel.recorder.control.looking_back import look_back, look_back_ends
from deskreel.recorder.control.reconcile import (
    CAPTURING,
    Action,
    Adjust,
    Boundary,
    Close,
    Doing,
    Start,
    Stop,
    Wait,
    reconcile,
)
from deskreel.recorder.control.view import ServerView
from deskreel.recorder.spool.info import RecordingInfo
from deskreel.recorder.spool.spool import Spool
from deskreel.recorder.spool.thread import SpoolThread

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskState:
    """How things stand at the desk."""

    version: int  # of the desired state that was applied last
    phase: Phase
    recording: ScreenRecordingId | None  # being captured
    first_frame_at: WallTime | None  # of that recording
    problem: str | None  # a ReasonCode value while something is wrong
    problem_detail: str


class Desk:
    """State and reconciliation. Set `capture` before `run`; `changed` is called when there is news to report."""

    def __init__(
        self,
        *,
        spool: SpoolThread,
        clock: ServerClock,
        changed: Callable[[], None],
    ) -> None:
        self.capture: Capture | None = None
        self.view = ServerView()
        self._spool = spool
        self._clock = clock
        self._changed = changed
        self._news = asyncio.Event()
        self._doing: Doing | None = None
        self._remembering: LookBack | None = None  # what capture was told to remember
        self._applied = -1  # version of the desired state
        self._first_frame: tuple[ScreenRecordingId, WallTime] | None = None
        self._capture_problem: tuple[ReasonCode, str] | None = None
        self._spool_problem: str | None = None

    # --- from the control channel ---------------------------------------------------------------------------

    def desired(self, desired: Desired, *, first_of_connection: bool) -> None:
        """Take in a desired state."""
        self.view = self.view.with_desired(desired, first_of_connection=first_of_connection)
        self._news.set()

    def dismissed(self) -> None:
        """The server does not know this recorder any more: capture nothing until it does again."""
        self.view = self.view.dismissed()
        self._news.set()

    def pong(self, pong: Pong) -> None:
        """Take in a confirmation; also the moment to look whether all is as it should be."""
        self.view = self.view.with_pong(pong)
        self._news.set()

    @property
    def active(self) -> bool:
        """Whether something is or is to be captured, or waits for confirmation."""
        desired = self.view.desired
        open_order = desired is not None and desired.order is not None
        return open_order or self._doing is not None

    def state(self) -> DeskState:
        """For the reports."""
        recording = None if self._doing is None else self._doing.recording
        first = self._first_frame
        problem, detail = self._problem()
        return DeskState(
            version=self._applied,
            phase=self._phase(),
            recording=recording,
            first_frame_at=first[1] if first is not None and first[0] == recording else None,
            problem=problem,
            problem_detail=detail,
        )

    def _phase(self) -> Phase:
        desired = self.view.desired
        if self._doing is not None:
            return desired.phase if desired is not None and desired.phase in CAPTURING else Phase.RECORDING
        return Phase.PAUSED if desired is not None and desired.phase is Phase.PAUSED else Phase.IDLE

    def _problem(self) -> tuple[str | None, str]:
        if self._capture_problem is not None:
            reason, detail = self._capture_problem
            return reason.value, detail
        if self._spool_problem is not None:
            return ReasonCode.DISK_FULL.value, self._spool_problem
        return None, ""

    # --- from the capture -----------------------------------------------------------------------------------

    def first_frame(self, job: CaptureJob, at: WallTime) -> None:
        """The recording's first frame, kept over later jobs of the same recording."""
        if self._first_frame is None or self._first_frame[0] != job.screen_recording_id:
            self._first_frame = (job.screen_recording_id, at)
            log.info("capture.first_frame", recording=job.screen_recording_id, at=at)
        self._changed()

    def capture_problem(self, reason: ReasonCode | None, detail: str) -> None:
        """Capture does not work, or works again."""
        self._capture_problem = None if reason is None else (reason, detail)
        self._changed()

    def spooled(self, job: CaptureJob) -> None:
        """A chunk is safe; so there is room again."""
        if self._spool_problem is not None:
            self._spool_problem = None
            self._changed()

    def spool_full(self, job: CaptureJob, detail: str, *, decodable: bool) -> None:
        """A chunk is lost: the next one is of use only with a keyframe."""
        if self._spool_problem is None:
            log.warning("spool.full", recording=job.screen_recording_id, detail=detail)
        if decodable and self.capture is not None:
            self._spool_problem = detail
            self.capture.boundary()
            self._changed()

    # --- what should be -------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Reconcile for ever. Nothing is captured before the server's time is known."""
        while True:
            self._news.clear()
            wait_ms = await self._settle() if self._clock.offset() is not None else None
            try:
                async with asyncio.timeout(None if wait_ms is None else wait_ms / 1000):
                    await self._news.wait()
            except TimeoutError:
                pass

    async def _settle(self) -> int | None:
        """Carry out what is due; how long until capture may begin or looking back is to end, if one of them."""
        holdings = await self._spool.call(Spool.holdings, 0)
        view, now = self.view, self._clock.now()
        wait_ms: int | None = None
        actions = reconcile(
            view,
            self._doing,
            now=now,
            open_in_spool={h.info.screen_recording_id for h in holdings if h.open},
        )
        remember = look_back(view, now)
        if remember is None and not any(isinstance(action, Start) for action in actions):
            await self._look_back(None)  # before anything else: what is remembered is not wanted any more
        for action in actions:
            if isinstance(action, Wait):
                wait_ms = max(1, action.until - now)
            else:
                log.info("desk.action", action=type(action).__name__.lower(), recording=_recording_of(action))
                await self._do(action)
        if remember is not None:
            await self._look_back(remember)
            ends = look_back_ends(view)
            wait_ms = None if ends is None else max(1, ends - now)
        if actions or self._applied != view.version:
            self._applied = view.version
            self._changed()
        return wait_ms

    async def _look_back(self, what: LookBack | None) -> None:
        if self.capture is not None and what != self._remembering:
            log.info("desk.look_back", keep_ms=0 if what is None else what.keep_ms)
            await asyncio.to_thread(self.capture.look_back, what)
            self._remembering = what

    async def _do(self, action: Start | Stop | Boundary | Adjust | Close) -> None:
        capture, desired = self.capture, self.view.desired
        if capture is None or desired is None:
            return
        policy = desired.policy
        match action:
            case Start(order=order, window_start=window_start):
                info = RecordingInfo(
                    screen_recording_id=order.screen_recording_id,
                    origin=order.origin,
                    gateway_url=order.gateway_url,
                    region_key=order.region_key,
                )
                job = CaptureJob(
                    screen_recording_id=order.screen_recording_id,
                    origin=order.origin,
                    not_before=window_start,
                    canvas_width=order.canvas_width,
                    canvas_height=order.canvas_height,
                    max_fps=policy.max_fps,
                    monitors=policy.monitors,
                    dwell_ms=policy.dwell_ms,
                    max_kbps=policy.max_kbps,
                )
                await self._spool.call(Spool.open, info, self._clock.now())
                await asyncio.to_thread(capture.start, job)
                self._remembering = None  # the job has ended it
                self._doing = Doing(
                    recording=order.screen_recording_id,
                    boundary=order.boundary,
                    policy=policy,
                    window_start=window_start,
                )
            case Stop(recording=recording, at=at):
                await asyncio.to_thread(capture.stop, at)
                self._doing = None
                await self._close(capture, recording, at)
            case Boundary(boundary=boundary):
                capture.boundary()
                if (doing := self._doing) is not None:
                    self._doing = replace(doing, boundary=boundary)
            case Adjust(policy=policy):
                capture.apply(policy)
                if (doing := self._doing) is not None:
                    self._doing = replace(doing, policy=policy)
            case Close(recording=recording, at=at):
                await self._close(capture, recording, at)
            case _:
                assert_never(action)

    async def _close(self, capture: Capture, recording: ScreenRecordingId, at: WallTime) -> None:
        """Note in the spool that all of a recording is there; if that fails, the next look tries again."""
        if not await asyncio.to_thread(capture.flush):
            log.warning("capture.not_flushed", recording=recording)
            return
        try:
            await self._spool.call(Spool.close, recording, at)
        except OSError as error:
            log.warning("spool.close_failed", recording=recording, error=str(error))


def _recording_of(action: Action) -> ScreenRecordingId | None:
    match action:
        case Start(order=order):
            return order.screen_recording_id
        case Stop(recording=recording) | Close(recording=recording):
            return recording
        case _:
            return None
