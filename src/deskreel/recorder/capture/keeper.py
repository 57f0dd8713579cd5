"""Looking at the screen while there is no job: a run whose frames go into a `Memory` and nowhere else.

The keeper owns the memory; it takes a reel's place in a `CaptureRun`. Every picture is a keyframe, so that what is
handed over may begin at any of them; an unchanged screen is looked at and not encoded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import av
import structlog

from deskreel.core.policy import canvas_for, sizes_in_picture
from deskreel.core.time import WallTime
from deskreel.recorder.capture.follow import Following
from deskreel.recorder.capture.frame_stats import FrameMeter
from deskreel.recorder.capture.job import CaptureLimits, CaptureSettings, Clock, Plan
from deskreel.recorder.capture.look_back import BEAT_MS, MAX_FPS, LookBack, Memory, Remembered
from deskreel.recorder.capture.orders import Holding, Orders
from deskreel.recorder.capture.run import CaptureRun, HiddenError, Host
from deskreel.recorder.capture.run_clock import RunClock, StalledError
from deskreel.recorder.capture.studio import Studio
from deskreel.recorder.encode import Encoder, EncoderError, EncoderSettings, Profile
from deskreel.recorder.screen.port import Monitor, Screen

log = structlog.get_logger(__name__)
_STEP_MS = 50  # a clock that steps by more makes the times in a memory doubtful
_ANCHOR_S = (
    20.0  # the run's clock is set after the server's so often, so that drift is never taken for a step
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """What a run of the keeper leaves to a job."""

    memory: Memory
    init: bytes  # decodes its pictures


class Keeper:
    """Frames into a memory; used like a `Reel`, but nothing ever comes out of it."""

    covered_until: WallTime | None = None  # nothing is delivered

    def __init__(self, encoder: Encoder, memory: Memory) -> None:
        self._encoder = encoder
        self._memory = memory
        if encoder.held:  # of a run that ended by a failure
            encoder.drain()

    def ms_left(self, now: int) -> int:
        """How long until the screen is to be looked at although nothing was announced."""
        looked_at = self._memory.looked_at
        return 0 if looked_at is None else max(0, looked_at + BEAT_MS - now)

    def take(self, frame: av.VideoFrame, at: WallTime, *, changed: bool, share: float = 0.0) -> WallTime:
        """Remember `frame`; the time that it got.

        Raises:
            EncoderError: the encoder failed.
        """
        if not changed and self._memory.looked_at is not None:
            self._memory.unchanged(at)
            return at
        pictures = self._encoder.encode(frame, time.monotonic_ns() // 1_000_000, True)
        pictures = pictures or self._encoder.drain()
        if len(pictures) != 1:
            raise EncoderError(f"one frame gave {len(pictures)} pictures")
        return self._memory.add(pictures[0].data, at)

    def apply(self, settings: EncoderSettings) -> None:
        """Encode by these settings from the next frame on."""
        if settings != self._encoder.settings:
            self._encoder.drain(settings)

    def force_boundary(self) -> None:
        """Every frame is one."""

    def cut(self, at: int) -> None:
        """Forget everything: what is of use was taken out before."""
        self._memory.forget()


def plan_for(what: LookBack, limits: CaptureLimits) -> Plan:
    """How to look while there is no job."""
    fps = min(what.max_fps, MAX_FPS, limits.max_fps or MAX_FPS)
    return Plan(
        slot_s=1 / max(1, fps),
        mode=what.monitors,
        dwell_ms=what.dwell_ms,
        scale=limits.scale,
        encoder=EncoderSettings(profile=Profile.LIVE, quality=limits.quality),
    )


def canvas_of(what: LookBack, monitors: Sequence[Monitor]) -> tuple[int, int]:
    """The canvas that a job on these monitors would have."""
    places = [(m.rect.x, m.rect.y, m.rect.width, m.rect.height, m.primary) for m in monitors]
    return canvas_for(sizes_in_picture(places, what.monitors), what.canvas)


class LookingBack:
    """What the loop does while there is no job and it is to look back."""

    def __init__(
        self,
        orders: Orders,
        clock: Clock,
        settings: CaptureSettings,
        studio_of: Callable[[int, int], Studio],
        on_view: Callable[[tuple[Monitor, ...], Following], None],
    ) -> None:
        self._orders = orders
        self._clock = clock
        self._settings = settings
        self._studio_of = studio_of
        self._on_view = on_view

    def until_order(self, screen: Screen) -> Handover | None:
        """As long as it is wanted; at once None when it is not. What is left for the job that ended it.

        Raises:
            NoDisplayError, EncoderError: it could not go on, and everything is forgotten.
        """
        left: Handover | None = None
        while (holding := self._orders.hold()) is not None:
            left = None
            try:
                left = self._keep(holding, screen)
            except HiddenError:
                self._orders.wait_for_other(None, 0, self._settings.hidden_check_s)
            except StalledError:
                log.info("look_back.stalled")  # begin anew
        return left

    def _keep(self, holding: Holding, screen: Screen) -> Handover | None:
        """Until `holding` is taken back, or another canvas is needed: then, and if it is to be forgotten, None."""
        what = holding.what
        studio = self._studio_of(*canvas_of(what, screen.desktop().monitors))
        memory = Memory(what.keep_ms)
        clock = RunClock(self._clock, not_before=0, stall_ms=self._settings.stall_ms)
        sizes = {studio.size}

        def viewed(monitors: tuple[Monitor, ...], following: Following) -> None:
            sizes.add(canvas_of(what, monitors))
            self._on_view(monitors, following)

        run = CaptureRun(
            screen=screen,
            studio=studio,
            reel=Keeper(studio.encoder, memory),
            clock=clock,
            meter=FrameMeter(),  # its own: these frames are of no recording
            host=Host(
                plan=lambda: plan_for(what, self._orders.limits),
                may_grab=lambda: self._orders.grabbing(holding),
                on_view=viewed,
                on_mark=lambda mark: None,
            ),
        )
        anchored_s = time.monotonic()
        while self._orders.wait_for_slot(holding, run.slot_left_s, run.force_boundary):
            run.step()
            if len(sizes) > 1:
                return None
            if clock.drift_ms() > _STEP_MS:
                memory.forget()
                clock.set_again()
            elif time.monotonic() - anchored_s > _ANCHOR_S:
                clock.set_again()
                anchored_s = time.monotonic()
        if holding.forget or clock.drift_ms() > _STEP_MS:
            return None
        memory.age(self._clock.now())
        return Handover(memory=memory, init=studio.encoder.config)


def pictures_for(left: Handover | None, *, init: bytes, start: int) -> tuple[Remembered, ...]:
    """What of `left` a recording that begins at `start` may have; the rest is forgotten."""
    if left is None:
        return ()
    pictures = left.memory.since(start) if left.init == init else ()
    left.memory.forget()
    return pictures
