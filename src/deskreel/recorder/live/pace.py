"""When the next picture is encoded. Pure; times are seconds of the monotonic clock.

A picture costs bits, and bits take their time at the present rate: the next one waits until nearly all of them have
left, and is then the newest there is. So nothing queues up in front of a slow link, and a viewer is behind by one
picture at most. A screen that stands still is sent again, for two seconds to make it sharp and then once a second,
so that who comes late sees it and a dead way is noticed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

FPS = (5, 3, 2, 1)  # at most; the next lower one while encoding takes too long
KEYFRAME_EVERY_S = 1.0
HEARTBEAT_S = 1.0
_SHARPEN_S = 2.0  # after something new
_AHEAD_S = 0.12  # what may wait to be sent when the next picture is encoded
_EARLY = 0.75  # of a slot: the capture's own slots swing, and none of its frames is to wait for that
_SLOW, _QUICK = 0.4, 0.2  # of a slot: encoding that takes longer, or would take less at the next higher rate
_WEIGHT = 0.2  # of a new cost
_STEP_S = 5.0  # between two changes of the frame rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What is remembered from picture to picture."""

    kbps: int
    step: int = 0  # in FPS
    stepped_s: float = 0.0
    cost_s: float | None = None  # of encoding, smoothed
    sent_s: float | None = None  # the last picture; None: none yet
    keyframe_s: float | None = None  # the last keyframe
    news_s: float = 0.0  # the last picture that showed something new
    waiting_kbit: float = 0.0  # after the last picture

    @property
    def fps(self) -> int:
        """Pictures per second at most."""
        return FPS[self.step]


def due_s(pace: Pace, *, new: bool, keyframe: bool) -> float:
    """When to encode: a picture that is `new`, or one for somebody who waits for a `keyframe`, or the last again."""
    if pace.sent_s is None:
        return 0.0
    slot_s = 1 / pace.fps
    free_s = pace.sent_s + max(0.0, pace.waiting_kbit / pace.kbps - _AHEAD_S)
    if new:
        return max(free_s, pace.sent_s + slot_s * _EARLY)
    if keyframe:
        return max(free_s, pace.sent_s, keyframe_from_s(pace))
    sharpening = pace.sent_s - pace.news_s < _SHARPEN_S
    return max(free_s, pace.sent_s + (slot_s if sharpening else HEARTBEAT_S))


def keyframe_from_s(pace: Pace) -> float:
    """When a keyframe may be the next."""
    return 0.0 if pace.keyframe_s is None else pace.keyframe_s + KEYFRAME_EVERY_S


def sent(pace: Pace, now_s: float, *, size: int, cost_s: float, new: bool, keyframe: bool) -> Pace:
    """After a picture of `size` bytes was encoded in `cost_s`, at `now_s`."""
    left = 0.0
    if pace.sent_s is not None:
        left = max(0.0, pace.waiting_kbit - (now_s - pace.sent_s) * pace.kbps)
    known = pace.cost_s
    pace = replace(
        pace,
        cost_s=cost_s if known is None else known + (cost_s - known) * _WEIGHT,
        sent_s=now_s,
        keyframe_s=now_s if keyframe else pace.keyframe_s,
        news_s=now_s if new else pace.news_s,
        waiting_kbit=left + size * 8 / 1000,
    )
    return _stepped(pace, now_s)


def at_rate(pace: Pace, kbps: int) -> Pace:
    """Another rate from now on."""
    return pace if kbps == pace.kbps else replace(pace, kbps=kbps)


def _stepped(pace: Pace, now_s: float) -> Pace:
    cost_s = pace.cost_s or 0.0
    step = pace.step
    if now_s - pace.stepped_s >= _STEP_S:
        if cost_s > _SLOW / FPS[step] and step + 1 < len(FPS):
            step += 1
        elif step > 0 and cost_s < _QUICK / FPS[step - 1]:
            step -= 1
    return pace if step == pace.step else replace(pace, step=step, stepped_s=now_s)
