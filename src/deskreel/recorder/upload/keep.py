"""Which part of a chunk may leave the desktop. Pure; this is where privacy is decided on the recorder.

A chunk is judged only once the server's timeline is settled up to the chunk's end:

* the recording has ended, or
* the server confirmed the desired state until the chunk's end plus the hold-back, or
* a closed window reaches at least to the chunk's end.

Until then it waits. Then what lies outside the windows is cut. A tail that sticks out is cut off. A head cannot
be cut off without encoding anew, so a chunk whose first frame lies outside every window is dropped as a whole,
also when that is before the first window: a screen recording may begin with a pause, and what the agent did
before the call was recorded is no less private than what he did in a pause. Nothing is lost by it that could
have been kept, for capture does not begin before its window does (`reconcile`).

Hence the invariant, tested by property: every released millisecond lies in a window of the desired state that
stood when it was released.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from deskreel.core.chunk import ChunkMeta
from deskreel.core.messages import Keep
from deskreel.core.time import FAR_FUTURE, WallTime, Window, merge


class Verdict(Enum):
    """What becomes of a chunk."""

    WAIT = auto()  # the timeline is not settled
    RELEASE = auto()  # all of it may leave
    TRIM = auto()  # its first `keep_ms` may leave
    DROP = auto()  # none of it may ever leave


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A verdict, and for a trim how much stays."""

    verdict: Verdict
    keep_ms: int = 0  # of a TRIM: above 0, less than the chunk's duration


_WAIT = Decision(verdict=Verdict.WAIT)
_RELEASE = Decision(verdict=Verdict.RELEASE)
_DROP = Decision(verdict=Verdict.DROP)


def keep_windows(keep: Keep, confirmed_until: WallTime) -> tuple[Window, ...]:
    """The windows of a keep; one that an ended recording left open ends where the server last knew it."""
    windows = merge(Window(start, end) for start, end in keep.windows)
    if keep.ended:
        windows = merge(w if w.end is not None else w.closed_at(confirmed_until) for w in windows)
    return windows


def settled_until(
    keep: Keep, windows: Sequence[Window], *, confirmed_until: WallTime, hold_back_ms: int
) -> WallTime:
    """Up to when the windows will not change any more, as far as anyone can know."""
    if keep.ended:
        return FAR_FUTURE
    closed = max((window.end for window in windows if window.end is not None), default=0)
    return WallTime(max(confirmed_until - hold_back_ms, closed))


def decide(chunk: ChunkMeta, keep: Keep | None, *, confirmed_until: WallTime, hold_back_ms: int) -> Decision:
    """What may become of `chunk` now; `keep` None: the server does not ask for its recording."""
    if keep is None:
        return _WAIT
    windows = keep_windows(keep, confirmed_until)
    settled = settled_until(keep, windows, confirmed_until=confirmed_until, hold_back_ms=hold_back_ms)
    return decide_within(chunk, windows, settled)


def decide_within(chunk: ChunkMeta, windows: Sequence[Window], settled: WallTime) -> Decision:
    """`decide` for many chunks of one recording: by its `keep_windows` and `settled_until`."""
    if chunk.window.limit > settled:
        return _WAIT
    window = next((window for window in windows if window.contains(chunk.start)), None)
    if window is None:
        return _DROP
    keep_ms = min(chunk.window.limit, window.limit) - chunk.start
    if keep_ms >= chunk.duration_ms:
        return _RELEASE
    return Decision(verdict=Verdict.TRIM, keep_ms=keep_ms)
