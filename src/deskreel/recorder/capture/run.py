"""One run of capture: an unbroken stretch of frames from the screen into a reel.

A run owns what is looked at and when: it sleeps until there is news, follows the agent over the monitors,
grabs and draws what changed, and gives it to the reel. It knows neither threads nor retries: `capture` calls
`step` slot by slot, and a failure ends the run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import ClassVar, Protocol

import av
import structlog

from deskreel.core.chunk import Mark, MarkKind
from deskreel.core.errors import DeskreelError
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime
from deskreel.recorder.canvas.cursor import cursor_rows
from deskreel.recorder.capture.follow import Following, Seen, due_ms, follow, layout_change
from deskreel.recorder.capture.frame_stats import FrameCost, FrameMeter
from deskreel.recorder.capture.job import NO_TAP, FrameTap, Plan
from deskreel.recorder.capture.run_clock import RunClock
from deskreel.recorder.capture.studio import Studio
from deskreel.recorder.encode import EncoderSettings
from deskreel.recorder.screen.port import Desktop, Monitor, OutsideError, Picture, Pointer, Screen

log = structlog.get_logger(__name__)
_REST_LOOK_S = 1.0  # a desktop at rest is looked at so often, in case a piece of news was lost
_AT_ONCE_S = 0.005  # a wait shorter than this found something that was waiting
_GLANCE_S = 0.2  # between looks where the agent works, when frames are rarer than that
# Slots are longer and shorter in turn by this share: browsers show frames of a steady rate for so many refreshes each
# and let them drift by half a frame from their time (docs/design/capture.md, "Uneven slots").
_SWING = 0.1
_LAYOUT_TRIES = 3  # looks in a row at a desktop that changes its shape meanwhile


class HiddenError(DeskreelError):
    """Nothing of the agent's is on the screen, and nothing may be captured."""

    code: ClassVar[str] = "hidden"
    title: ClassVar[str] = "The desktop is locked or out of sight"
    retryable: ClassVar[bool] = True
    hint: ClassVar[str] = "Capture goes on by itself when the desktop is back."

    def __init__(self, reason: ReasonCode) -> None:
        super().__init__(reason.advice)
        self.reason = reason


_News = tuple[MarkKind, dict[str, str | int | float | bool]]  # a mark whose time is not known yet


class Reel(Protocol):
    """Where a run's frames go (`capture.reel.Reel`, `capture.keeper.Keeper`)."""

    covered_until: WallTime | None  # end of the last delivered chunk

    def ms_left(self, now: int) -> int:
        """How long until it wants a frame although nothing changed; 0: now."""
        ...

    def take(self, frame: av.VideoFrame, at: WallTime, *, changed: bool, share: float = 0.0) -> WallTime:
        """Put in `frame`, which is not kept. The time that it got."""
        ...

    def apply(self, settings: EncoderSettings) -> None:
        """Use these settings from the next frame on."""
        ...

    def force_boundary(self) -> None:
        """The next frame taken begins a chunk with a keyframe."""
        ...

    def cut(self, at: int) -> None:
        """End the run: nothing of `at` or later is delivered."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shot:
    """What one look at the screen brought."""

    picture: Picture
    pointer: Pointer | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Host:
    """Whom a run asks and tells."""

    plan: Callable[[], Plan]  # how to capture at the moment
    # entered around every look at the screen; yields whether looking is still allowed
    may_grab: Callable[[], AbstractContextManager[Callable[[], bool]]]
    on_view: Callable[[tuple[Monitor, ...], Following], None]  # other monitors, or another one in the picture
    on_mark: Callable[[Mark], None]  # the same for the timeline
    tap: FrameTap = NO_TAP  # where the frames go besides


class CaptureRun:
    """Frames from `screen` into `reel`. A picture grabbed while that was no longer allowed is thrown away."""

    def __init__(
        self, *, screen: Screen, studio: Studio, reel: Reel, clock: RunClock, meter: FrameMeter, host: Host
    ) -> None:
        self.clock = clock
        self._screen = screen
        self._canvas = studio.canvas
        self._canvas.forget()  # what it shows is of another time
        self._reel = reel
        self._meter = meter
        self._host = host
        self._tap = host.tap
        self._following: Following | None = None
        self._monitors: tuple[Monitor, ...] = ()
        self._stirring = True
        self._pointer: Pointer | None = None  # as seen last
        self._drawn: tuple[object, ...] | None = None  # what the canvas shows, besides the pixels
        self._swing = _SWING  # of the slot under way
        self._frame_s: float | None = None  # when the last frame was taken, on the monotonic clock
        self._glanced_s = 0.0  # the last look, taken or not
        self._cost = FrameCost()  # of the last frame
        self._layout_tries = 0
        self._behind = False  # the screen was seen to have changed, and its picture was not taken

    @property
    def covered_until(self) -> WallTime | None:
        """End of the last delivered chunk."""
        return self._reel.covered_until

    def slot_left_s(self) -> float:
        """How long to wait before the next `step`."""
        if self._frame_s is None:
            return 0.0
        due_s = min(
            self._frame_s + self._slot_s(self._host.plan()), max(self._frame_s, self._glanced_s) + _GLANCE_S
        )
        return due_s - time.monotonic()

    def _slot_s(self, plan: Plan) -> float:
        return plan.slot_s * (1 + self._swing)

    def force_boundary(self) -> None:
        """The next step takes a keyframe and begins a chunk with it."""
        self._reel.force_boundary()

    def step(self) -> WallTime | None:
        """Wait for news; take a frame if there is something to show. Its time, if any.

        Raises:
            NoDisplayError, HiddenError, EncoderError, StalledError: the run is over; `finish` it.
        """
        plan = self._host.plan()
        self._reel.apply(plan.encoder)
        began_s = time.monotonic()
        due = (
            self._reel.ms_left(self.clock.at(began_s)) <= 0
        )  # a frame comes now: let it show what is there now
        open_slot = due or self._frame_s is None or began_s - self._frame_s >= self._slot_s(plan) - _AT_ONCE_S
        changed = self._screen.wait_for_change(self._patience_s(plan, began_s) if open_slot else 0.0)
        look_s = time.monotonic()
        marks: list[_News] = []
        with self._host.may_grab() as allowed:
            if not allowed():
                return None
            shot = self._look(plan, changed, open_slot, marks)
            # after the grab: nothing in the picture is younger than its time
            taken_s = time.monotonic()
            if not allowed():
                return None
        at = self.clock.tick(taken_s)
        self._glanced_s = taken_s
        taken = shot is not None or (not self._behind and self._reel.ms_left(at) <= 0)
        if taken and self._frame_s is not None and changed and look_s - began_s < _AT_ONCE_S:
            self._meter.late(look_s - self._frame_s, plan.slot_s, self._cost)
        if taken:
            self._frame_s, self._swing = taken_s, -self._swing
            at = self._take(plan, shot, at, look_s=taken_s - look_s)
        self._offer(taken_s, changed=shot is not None)
        for kind, detail in marks:
            self._host.on_mark(Mark(at=at, kind=kind, detail=detail))
        return at if taken else None

    def finish(self, at: int) -> None:
        """End the run: nothing captured at or after `at` is delivered."""
        self._reel.cut(at)

    # --- looking --------------------------------------------------------------------------------------------

    def _patience_s(self, plan: Plan, now_s: float) -> float:
        """How long to sleep when nothing happens."""
        if self._following is None:
            return 0.0
        pace_s = plan.slot_s if self._stirring else _REST_LOOK_S
        left_s = min(
            max(0.0, self._glanced_s + pace_s - now_s),
            self._reel.ms_left(self.clock.at(now_s)) / 1000,
        )
        due = due_ms(self._following, dwell_ms=plan.dwell_ms)
        return left_s if due is None else max(0.0, min(left_s, due / 1000 - now_s))

    def _look(self, plan: Plan, changed: bool, open_slot: bool, marks: list[_News]) -> _Shot | None:
        """What is to be shown; None when it is what the canvas shows already.

        Before its time comes (`open_slot` False) only another monitor is, so that a low frame rate does not
        delay the switch.
        """
        desktop = self._screen.desktop()
        if desktop.hidden is not None:
            raise HiddenError(desktop.hidden)
        if self._stirring or desktop.stirring or self._following is None:
            self._pointer = self._screen.pointer()
        self._stirring = desktop.stirring
        shown = self._follow(plan, desktop, marks).shown
        pointer = self._pointer if cursor_rows(self._pointer, shown.rect) else None
        shows = (shown.rect, plan.scale, pointer)
        early = not open_slot and self._drawn is not None and shows[0] == self._drawn[0]
        self._behind = changed or shows != self._drawn
        if early or not self._behind:
            return None
        try:
            picture = self._screen.grab(shown.rect)
        except OutsideError:
            self._layout_tries += 1
            if self._layout_tries >= _LAYOUT_TRIES:
                raise
            return None
        self._layout_tries, self._behind = 0, False
        if picture.changed == () and shows == self._drawn:
            return None
        self._drawn = shows
        return _Shot(picture=picture, pointer=pointer)

    def _follow(self, plan: Plan, desktop: Desktop, marks: list[_News]) -> Following:
        before, pointer = self._following, self._pointer
        seen = Seen(
            at_ms=int(time.monotonic() * 1000),
            monitors=desktop.monitors,
            pointer=None if pointer is None else (pointer.x, pointer.y),
            click=desktop.click,
            focus=desktop.focus,
        )
        now = self._following = follow(before, seen, mode=plan.mode, dwell_ms=plan.dwell_ms)
        moved = before is None or (before.shown.name, before.shown.rect) != (now.shown.name, now.shown.rect)
        if before is not None and desktop.monitors != self._monitors:
            what = layout_change(self._monitors, desktop.monitors)
            marks.append((MarkKind.MONITORS, {"monitors": len(desktop.monitors), "what": what}))
        if moved:
            rect = now.shown.rect
            marks.append(
                (
                    MarkKind.MONITOR,
                    {
                        "name": now.shown.name, "x": rect.x, "y": rect.y,
                        "width": rect.width, "height": rect.height, "cause": now.cause.value,
                    },
                )
            )  # fmt: skip
        if moved or desktop.monitors != self._monitors:
            self._monitors = desktop.monitors
            self._host.on_view(desktop.monitors, now)
        return now

    # --- showing --------------------------------------------------------------------------------------------

    def _take(self, plan: Plan, shot: _Shot | None, at: WallTime, *, look_s: float) -> WallTime:
        begin_s = time.monotonic()
        if shot is not None:
            self._canvas.draw(shot.picture, shot.pointer, shrink=plan.scale)
        drawn_s = time.monotonic()
        share = self._canvas.share if shot is not None else 0.0
        at = self._reel.take(self._canvas.frame, at, changed=shot is not None, share=share)
        self._cost = FrameCost(look_s=look_s, draw_s=drawn_s - begin_s, encode_s=time.monotonic() - drawn_s)
        self._meter.frame(self._cost)
        return at

    def _offer(self, taken_s: float, *, changed: bool) -> None:
        """After the recording has the frame: it comes first. A tap that fails costs the run the tap."""
        tap = self._tap
        try:
            if self._drawn is None or not tap.wants(changed=changed):
                return
            with self._host.may_grab() as allowed:  # so that whoever stops the run knows that this is over
                if allowed():
                    tap.offer(self._canvas.frame, taken_s)
        except Exception:
            log.exception("capture.tap_failed")
            self._tap = NO_TAP
            tap.empty()  # what it has grows old: nobody is to take it for what the screen shows
