"""The capture loop: one thread that turns orders (start, boundary, stop) into runs, and survives failures.

The screen, the canvas and the encoder stay open between jobs, so that the first frame comes at once; nothing
is grabbed while no job is on, unless the loop is to look back (`keeper`). A failing display or encoder ends the
run; it is opened again with back-off, a new run begins with a keyframe, and the stretch between is reported as
missing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import structlog

from deskreel.core.chunk import Mark
from deskreel.core.messages import MonitorInfo
from deskreel.core.policy import DEFAULT_CANVAS, CapturePolicy, canvas_for
from deskreel.core.time import WallTime
from deskreel.recorder.capture.follow import Following, Seen, follow, monitor_infos
from deskreel.recorder.capture.frame_stats import CaptureStats, FrameMeter
from deskreel.recorder.capture.job import (
    NO_TAP,
    CaptureJob,
    CaptureLimits,
    CaptureSettings,
    CaptureSink,
    Clock,
    FrameTap,
    plan_of,
)
from deskreel.recorder.capture.keeper import Handover, LookingBack, pictures_for
from deskreel.recorder.capture.look_back import LookBack
from deskreel.recorder.capture.orders import Order, Orders
from deskreel.recorder.capture.outage import Outages, diagnose, retry_s
from deskreel.recorder.capture.reel import Reel
from deskreel.recorder.capture.run import CaptureRun, Host
from deskreel.recorder.capture.run_clock import RunClock
from deskreel.recorder.capture.studio import Studio
from deskreel.recorder.encode import Encoder, X264Encoder
from deskreel.recorder.screen.port import Monitor, Screen

log = structlog.get_logger(__name__)


class CaptureLoop:
    """Captures one job at a time. The screen and an encoder for its largest monitor are opened at once.

    `monitors`, safe to read from any thread, is what the desktop has, the one in the picture marked; without a
    job the one that the pointer is on. Empty while there is no display.

    `screen_factory` and `encoder_factory` (width, height) may fail and are tried again. `tap` gets frames, too.
    """

    def __init__(
        self,
        screen_factory: Callable[[], Screen],
        clock: Clock,
        sink: CaptureSink,
        settings: CaptureSettings | None = None,
        *,
        encoder_factory: Callable[[int, int], Encoder] = X264Encoder,
        tap: FrameTap = NO_TAP,
    ) -> None:
        self._new_screen = screen_factory
        self._new_encoder = encoder_factory
        self._clock = clock
        self._sink = sink
        self._tap = tap
        self._settings = settings or CaptureSettings()
        self.monitors: tuple[MonitorInfo, ...] = ()
        self._meter = FrameMeter()
        self._orders = Orders(self._wake_screen)
        self._screen: Screen | None = None  # set by the thread under the orders' lock, woken by others
        # the thread's own
        self._studio: Studio | None = None
        self._outages = Outages(self._tell)
        self._retry_s = 0.0
        self._looking_back = LookingBack(
            self._orders, clock, self._settings, self._studio_of, self._note_view
        )
        self._remembered: Handover | None = None  # for the job that ended the looking back
        self._tried = threading.Event()  # the display was tried for the first time
        self._covered: dict[str, WallTime] = {}  # the latest recording, and until when it has chunks
        self._thread = threading.Thread(target=self._main, name="capture", daemon=True)
        self._thread.start()

    # --- orders, from any thread ----------------------------------------------------------------------------

    def start(self, job: CaptureJob) -> None:
        """Capture `job` from now on; a job under way is stopped."""
        self.stop()
        self._orders.give(job, self._clock.now())

    def look_back(self, what: LookBack | None, *, timeout_s: float = 5.0) -> bool:
        """While there is no job, remember the screen in memory; None: forget it. A job ends it, and gets what it may.

        False when a display that hangs kept the last look from ending in time; its picture is thrown away.
        """
        return self._orders.look_back(what, timeout_s)

    def boundary(self) -> None:
        """Seal the chunk now and begin the next with a keyframe."""
        self._orders.boundary()

    def apply(self, policy: CapturePolicy) -> None:
        """Capture as this policy says from the next frame on, also the job under way."""
        self._orders.apply(policy)

    def limit(self, limits: CaptureLimits) -> None:
        """Stay within these limits from the next frame on, whatever the job allows."""
        self._orders.limit(limits)

    def stats(self) -> CaptureStats:
        """What frames cost, and which were missed, since the program began."""
        return self._meter.read()

    def stop(self, at: WallTime | None = None, *, timeout_s: float = 5.0) -> bool:
        """Capture nothing any more; what was captured at or after `at` (default and at most: now) is dropped.

        On return the screen is not being looked at; a frame may still be on its way through the encoder to
        the sink, see `flush`. False when a display that hangs kept the last look from ending in time; its
        picture is thrown away all the same.
        """
        stopped = self._orders.stop(at, self._clock.now, timeout_s)
        self._tap.empty()
        return stopped

    def wait_tried(self, timeout_s: float) -> bool:
        """Wait until screen and encoder stand ready, or the display turned out not to be there; False: time is up."""
        return self._tried.wait(timeout_s)

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Wait until the sink has everything of the jobs that were stopped; False when time is up."""
        return self._orders.flushed(timeout_s)

    def close(self, timeout_s: float = 5.0) -> bool:
        """Stop, hand over what is left, free everything. False when the thread did not end in time."""
        self.stop(timeout_s=timeout_s)
        self._orders.close()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _wake_screen(self) -> None:
        if self._screen is not None:
            self._screen.wake()

    # --- the thread -----------------------------------------------------------------------------------------

    def _main(self) -> None:
        order: Order | None = None
        while not self._orders.closing:
            try:
                self._attempt(order)
                self._retry_s = 0.0
            except Exception as error:
                self._failed(error, order)
            self._tried.set()
            self._settle(order)
            self._pause(order)
            self._settle(order)
            order = self._orders.take()
        self._drop_screen()
        self._drop_studio()

    def _attempt(self, order: Order | None) -> None:
        left, self._remembered = self._remembered, None
        screen = self._screen
        if screen is None:
            screen = self._new_screen()
            with self._orders.lock():
                self._screen = screen
        if order is not None:
            self._capture(order, screen, left)
            return
        self._look_idle(screen)
        self._outages.end(None, self._clock.now())
        self._remembered = self._looking_back.until_order(screen)

    def _look_idle(self, screen: Screen) -> None:
        """No pixel is grabbed: which monitors there are, and where the pointer is."""
        desktop, pointer = screen.desktop(), screen.pointer()
        seen = Seen(at_ms=0, monitors=desktop.monitors, pointer=pointer and (pointer.x, pointer.y))
        self._note_view(desktop.monitors, follow(None, seen, mode=CapturePolicy().monitors, dwell_ms=0))
        if self._studio is None:
            sizes = [(monitor.rect.width, monitor.rect.height) for monitor in desktop.monitors]
            self._studio = Studio(*canvas_for(sizes, DEFAULT_CANVAS), self._new_encoder)

    def _note_view(self, monitors: tuple[Monitor, ...], following: Following) -> None:
        self.monitors = monitor_infos(monitors, following)

    def _pause(self, order: Order | None) -> None:
        """Until there is another job than `order`, or time to try again or to look after the display."""
        self._orders.wait_for_other(order, self._retry_s, self._retry_s or self._settings.idle_check_s)

    def _studio_of(self, width: int, height: int) -> Studio:
        if self._studio is None or self._studio.size != (width, height):
            self._drop_studio()
            self._studio = Studio(width, height, self._new_encoder)
        return self._studio

    def _capture(self, order: Order, screen: Screen, left: Handover | None) -> None:
        job = order.job
        studio = self._studio_of(job.canvas_width, job.canvas_height)
        not_before = max(job.origin, job.not_before, self._covered.get(job.screen_recording_id, job.origin))
        seen = pictures_for(left, init=studio.encoder.config, start=not_before)
        clock = RunClock(
            self._clock,
            not_before=seen[-1].at + 1 if seen else not_before,
            stall_ms=self._settings.stall_ms,
        )
        reel = Reel(
            origin=job.origin,
            encoder=studio.encoder,
            rules=self._settings.rules,
            deliver=lambda chunk: self._tell("chunk", job, chunk),
        )
        reel.begin_with(seen)
        if seen:
            order.begun = True
            self._tell("first_frame", job, seen[0].at)
        run = CaptureRun(
            screen=screen,
            studio=studio,
            reel=reel,
            clock=clock,
            meter=self._meter,
            host=Host(
                plan=lambda: plan_of(order.job, self._orders.limits),
                may_grab=lambda: self._orders.grabbing(order),
                on_view=self._note_view,
                on_mark=lambda mark: self._note_mark(order, clock, mark),
                tap=self._tap,
            ),
        )
        try:
            while self._orders.wait_for_slot(order, run.slot_left_s, run.force_boundary):
                at = run.step()
                if at is not None and at < order.end(run.clock):
                    self._framed(order, at)
        except Exception:
            run.finish(min(order.end(run.clock), run.clock.alive_at + 1))
            raise
        else:
            run.finish(order.end(run.clock))
        finally:
            self._tap.empty()
            if run.covered_until is not None:
                order.covered_until = run.covered_until
                self._covered = {job.screen_recording_id: run.covered_until}

    def _note_mark(self, order: Order, clock: RunClock, mark: Mark) -> None:
        if mark.at < order.end(clock):
            self._tell("mark", order.job, mark)

    # --- what becomes of it ---------------------------------------------------------------------------------

    def _framed(self, order: Order, at: WallTime) -> None:
        self._retry_s = 0.0
        if not order.begun:
            order.begun = True
            self._tell("first_frame", order.job, at)
        self._outages.end(order, at)

    def _failed(self, error: Exception, order: Order | None) -> None:
        found = diagnose(error)
        if found.unexpected:
            log.exception("capture_failed")
        if found.screen_lost:
            self._drop_screen()
        if found.studio_lost:
            self._drop_studio()
        self._retry_s = retry_s(error, self._retry_s, self._settings)
        self._outages.begin(found.reason, str(error), order, self._clock.now())

    def _settle(self, order: Order | None) -> None:
        """If the job is over: report what an outage cost it, and let go of it."""
        if order is None or order.stopped_at is None:
            return
        self._outages.job_over(order, order.stopped_at)
        self._orders.done(order)

    def _tell(self, what: str, *values: Any) -> None:
        try:
            getattr(self._sink, what)(*values)
        except Exception:  # its failure must not end the capture of what it could still take
            log.exception("sink_failed", call=what)

    def _drop_screen(self) -> None:
        with self._orders.lock():
            screen, self._screen = self._screen, None
        self.monitors = ()
        if screen is not None:
            screen.close()

    def _drop_studio(self) -> None:
        studio, self._studio = self._studio, None
        if studio is not None:
            studio.encoder.close()
