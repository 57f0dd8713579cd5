"""From what should be and what is to what to do. Pure and idempotent: done once, it answers nothing.

| desired | capturing nothing | capturing that recording | capturing another one |
|---|---|---|---|
| recording, ACW; window open | start | nothing, or boundary, or restart | stop, start |
| recording, ACW; window ahead | wait | nothing | stop, wait |
| paused, idle | nothing | stop | stop |

A policy that changed is applied to what is being captured.

A recording that the spool has as open although nothing captures it (the recorder was killed) is closed, unless
it is the one to capture. *Restart* is a stop at the end of the last closed window and a start: a pause came
and went while the control channel was down, and the frames after it need a keyframe of their own. A stop is
at the end of the last closed window, where the server's timeline ends what may be kept.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from deskreel.core.ids import ScreenRecordingId
from deskreel.core.messages import Order, Phase
from deskreel.core.policy import CapturePolicy
from deskreel.core.time import WallTime
from deskreel.recorder.control.view import ServerView

CAPTURING = (Phase.RECORDING, Phase.ACW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """What the capture is at."""

    recording: ScreenRecordingId
    boundary: int  # of the order, as applied last
    policy: CapturePolicy  # as applied last
    window_start: WallTime  # of the window that it was started for


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Begin to capture."""

    order: Order
    window_start: WallTime  # of the window that it is for


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Capture nothing any more; what is of `at` or later is dropped."""

    recording: ScreenRecordingId
    at: WallTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """Begin a chunk with a keyframe."""

    boundary: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust:
    """Go on capturing by another policy."""

    policy: CapturePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """Note in the spool that a recording is not being captured, and was not after `at`."""

    recording: ScreenRecordingId
    at: WallTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Capture may begin then, not before."""

    until: WallTime


Action = Start | Stop | Boundary | Adjust | Close | Wait


def reconcile(
    view: ServerView,
    doing: Doing | None,
    *,
    now: WallTime,
    open_in_spool: Collection[ScreenRecordingId] = (),
) -> tuple[Action, ...]:
    """What to do, in order."""
    desired = view.desired
    if desired is None:
        return ()
    order = desired.order if desired.phase in CAPTURING else None
    actions: list[Action] = []
    for recording in sorted(open_in_spool):
        wanted = order is not None and recording == order.screen_recording_id
        if not wanted and (doing is None or recording != doing.recording):
            actions.append(Close(recording=recording, at=end_of(view, recording)))
    if order is None:
        if doing is not None:
            actions.append(Stop(recording=doing.recording, at=end_of(view, doing.recording)))
        return tuple(actions)
    window_start = _window_start(view, order)
    goes_on = doing is not None and doing.recording == order.screen_recording_id
    if doing is not None and goes_on and doing.window_start >= window_start:
        if doing.boundary != order.boundary:
            actions.append(Boundary(boundary=order.boundary))
        if doing.policy != desired.policy:
            actions.append(Adjust(policy=desired.policy))
        return tuple(actions)
    if doing is not None:
        at = _last_closed(view, doing.recording) if goes_on else end_of(view, doing.recording)
        actions.append(Stop(recording=doing.recording, at=at))
    if window_start > now:
        actions.append(Wait(until=window_start))
    else:
        actions.append(Start(order=order, window_start=window_start))
    return tuple(actions)


def end_of(view: ServerView, recording: ScreenRecordingId) -> WallTime:
    """Where the capture of a recording ends that is not to be captured: its last window's end if known."""
    keep = view.keep_of(recording)
    if keep is not None and any(end is None for _, end in keep.windows):
        return _as_of(view)
    return _last_closed(view, recording)


def _last_closed(view: ServerView, recording: ScreenRecordingId) -> WallTime:
    keep = view.keep_of(recording)
    ends = [] if keep is None else [end for _, end in keep.windows if end is not None]
    return max(ends, default=_as_of(view))


def _as_of(view: ServerView) -> WallTime:
    assert view.desired is not None  # noqa: S101  # there is something to do
    return view.desired.as_of


def _window_start(view: ServerView, order: Order) -> WallTime:
    """When the open window of the recording began: no frame from before it would be kept."""
    keep = view.keep_of(order.screen_recording_id)
    starts = [] if keep is None else [start for start, end in keep.windows if end is None]
    return max((order.origin, *starts))
