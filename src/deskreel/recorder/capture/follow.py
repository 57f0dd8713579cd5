"""Which part of the desktop the picture shows: the monitor that the agent works on. Pure.

The pointer is followed once it has stayed on another monitor for the dwell, so that crossing one changes
nothing; a click is followed at once; so is the keyboard's focus when it moves without the mouse. A monitor is
known by its name: it may move, be resized or rotated and is still the same. One that is gone is left at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from deskreel.core.messages import MonitorInfo
from deskreel.core.policy import MonitorMode
from deskreel.recorder.screen.port import Monitor, Rect, around, main_monitor

ALL_NAME = "all"  # of the monitor that stands for the whole desktop
_HANDS_OFF_MS = 500  # a focus that moves so long after the mouse was not moved by it


class Cause(StrEnum):
    """Why the picture shows this part from now on."""

    START = "start"  # capture begins
    POINTER = "pointer"  # the mouse went there and stayed
    CLICK = "click"
    FOCUS = "focus"  # the keyboard went there without the mouse
    LAYOUT = "layout"  # monitors were added, removed, resized or rotated
    POLICY = "policy"  # another mode was chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What there was to see at one moment."""

    at_ms: int  # of a steady clock
    monitors: tuple[Monitor, ...]  # at least one
    pointer: tuple[int, int] | None  # None: not seen, or not looked for
    click: tuple[int, int] | None = None  # a button went down there since the moment before
    focus: Rect | None = None  # of a window that got the keyboard since the moment before


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """What is shown, and what speaks for another monitor."""

    mode: MonitorMode
    shown: Monitor  # in the picture; for mode ALL one of that name, around them all
    cause: Cause  # of the last switch
    candidate: str | None = None  # the monitor that the pointer is on, if another than the one shown
    since_ms: int = 0  # when the pointer came there
    pointer: tuple[int, int] | None = None  # as seen last
    moved_ms: int = 0  # when it was seen to move last


def follow(before: Following | None, seen: Seen, *, mode: MonitorMode, dwell_ms: int) -> Following:
    """The state after `seen`; `shown` differs from the one before exactly when the picture is to switch."""
    if before is None or before.mode is not mode:
        cause = Cause.START if before is None else Cause.POLICY
        shown = _first(before, seen, mode)
        now = Following(mode=mode, shown=shown, cause=cause, moved_ms=seen.at_ms)
        return _with_pointer(now, seen)
    now = _with_layout(before, seen)
    if mode is not MonitorMode.ACTIVE:
        return _with_pointer(now, seen)
    clicked = _under(seen.click, seen.monitors)
    if clicked is not None:
        return replace(_switch(now, clicked, Cause.CLICK), pointer=seen.click, moved_ms=seen.at_ms)
    now = _with_pointer(now, seen)
    if seen.focus is not None and seen.at_ms - now.moved_ms >= _HANDS_OFF_MS:
        return _switch(now, _most_of(seen.focus, seen.monitors) or now.shown, Cause.FOCUS)
    if now.candidate is not None and seen.at_ms - now.since_ms >= dwell_ms:
        return _switch(now, _named(now.candidate, seen.monitors) or now.shown, Cause.POINTER)
    return now


def due_ms(now: Following, *, dwell_ms: int) -> int | None:
    """When a look is due though nothing moves, on the clock of `Seen`; None: not before the next news."""
    if now.mode is not MonitorMode.ACTIVE or now.candidate is None:
        return None
    return now.since_ms + dwell_ms


def monitor_infos(monitors: Sequence[Monitor], now: Following) -> tuple[MonitorInfo, ...]:
    """The monitors for the report, those in the picture marked."""
    return tuple(
        MonitorInfo(
            name=monitor.name,
            x=monitor.rect.x,
            y=monitor.rect.y,
            width=monitor.rect.width,
            height=monitor.rect.height,
            primary=monitor.primary,
            active=now.shown.rect.overlap(monitor.rect) > 0,
        )
        for monitor in monitors
    )


def _first(before: Following | None, seen: Seen, mode: MonitorMode) -> Monitor:
    if mode is MonitorMode.ALL:
        return _all(seen.monitors)
    if mode is MonitorMode.PRIMARY:
        return main_monitor(seen.monitors)
    pointer = seen.pointer or (before.pointer if before is not None else None)
    return _under(pointer, seen.monitors) or main_monitor(seen.monitors)


def _with_layout(now: Following, seen: Seen) -> Following:
    """The same monitor in its place of now; another one if it is gone."""
    if now.mode is MonitorMode.ALL:
        there = _all(seen.monitors)
    elif now.mode is MonitorMode.PRIMARY:
        there = main_monitor(seen.monitors)
    else:
        pointer = seen.pointer or now.pointer
        there = (
            _named(now.shown.name, seen.monitors)
            or _under(pointer, seen.monitors)
            or _most_of(now.shown.rect, seen.monitors)
            or main_monitor(seen.monitors)
        )
    if (there.name, there.rect) == (now.shown.name, now.shown.rect):
        return now
    return _switch(now, there, Cause.LAYOUT)


def _with_pointer(now: Following, seen: Seen) -> Following:
    """Where the pointer is; only one that moved speaks for the monitor that it is on."""
    if seen.pointer is None or seen.pointer == now.pointer:
        return now
    # where it is found first is no movement; it was there
    moved_ms = seen.at_ms if now.pointer is not None else now.moved_ms
    under = _under(seen.pointer, seen.monitors)
    name = None if under is None or under.name == now.shown.name else under.name
    since_ms = now.since_ms if name == now.candidate else seen.at_ms
    return replace(now, pointer=seen.pointer, moved_ms=moved_ms, candidate=name, since_ms=since_ms)


def _switch(now: Following, to: Monitor, cause: Cause) -> Following:
    if (to.name, to.rect) == (now.shown.name, now.shown.rect):
        return replace(now, candidate=None)
    return replace(now, shown=to, cause=cause, candidate=None)


def _all(monitors: Sequence[Monitor]) -> Monitor:
    if len(monitors) == 1:
        return monitors[0]
    return Monitor(name=ALL_NAME, rect=around(monitors), primary=False)


def _under(place: tuple[int, int] | None, monitors: Sequence[Monitor]) -> Monitor | None:
    if place is None:
        return None
    return next((monitor for monitor in monitors if monitor.rect.contains(*place)), None)


def _named(name: str, monitors: Sequence[Monitor]) -> Monitor | None:
    return next((monitor for monitor in monitors if monitor.name == name), None)


def _most_of(rect: Rect, monitors: Sequence[Monitor]) -> Monitor | None:
    best = max(monitors, key=lambda monitor: monitor.rect.overlap(rect))
    return best if best.rect.overlap(rect) else None


def layout_change(before: tuple[Monitor, ...], now: tuple[Monitor, ...]) -> str:
    """What became of the monitors, for people: "added HDMI-1; removed eDP-1"."""
    old, new = {m.name: m for m in before}, {m.name: m for m in now}
    said = [f"added {name}" for name in new if name not in old]
    said += [f"removed {name}" for name in old if name not in new]
    for name, monitor in new.items():
        if name in old and old[name].rect != monitor.rect:
            a, b = old[name].rect, monitor.rect
            if (a.width, a.height) == (b.width, b.height):
                said.append(f"moved {name}")
            elif (a.width, a.height) == (b.height, b.width):
                said.append(f"rotated {name}")
            else:
                said.append(f"resized {name} to {b.width}x{b.height}")
    return "; ".join(said) or "another primary monitor"
