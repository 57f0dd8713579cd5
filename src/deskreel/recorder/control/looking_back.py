"""What the desktop may remember of its screen while nothing is to be recorded. Pure; one answer for each view.

Nothing, unless all of this holds: the policy asks for it, the server says until when it may be, nothing is ordered
(a pause is an order too), the agent has not signed out, and the server has been heard of within the last minute.
"""

from __future__ import annotations

from deskreel.core.messages import Phase
from deskreel.core.time import WallTime
from deskreel.recorder.capture.look_back import LookBack
from deskreel.recorder.control.view import ServerView

SILENCE_MS = 60_000  # without a word from the server nothing is remembered any more


def look_back(view: ServerView, now: WallTime) -> LookBack | None:
    """What to remember now."""
    until, desired = look_back_ends(view), view.desired
    if desired is None or until is None or now >= until:
        return None
    policy = desired.policy
    return LookBack(
        keep_ms=policy.look_back_ms,
        canvas=(policy.canvas_width, policy.canvas_height),
        max_fps=policy.max_fps,
        monitors=policy.monitors,
        dwell_ms=policy.dwell_ms,
    )


def look_back_ends(view: ServerView) -> WallTime | None:
    """When remembering ends if nothing is heard; None: there is to be none."""
    desired = view.desired
    if desired is None or desired.order is not None or desired.phase is not Phase.IDLE:
        return None
    if desired.look_back_until is None or desired.policy.look_back_ms == 0:
        return None
    if desired.agent is not None and desired.agent.signed_out:
        return None
    return WallTime(min(desired.look_back_until, view.confirmed_until + SILENCE_MS))
