"""What of a call was not captured because a rule had ended the recording: the agent disabled, or it grew too long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from deskreel.core.capture_session import ALWAYS, CaptureSession, SessionRules, SessionView
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import FAR_FUTURE, WallTime, Window, subtract
from deskreel.core.timeline import RecordingTimeline

Cut = tuple[Window, ReasonCode, str]  # what is missing, why, and of which interaction
_BY_RULE = (ReasonCode.USER_DISABLED, ReasonCode.MAX_LENGTH)


def cuts_of(session: CaptureSession, view: SessionView, now: WallTime) -> list[Cut]:
    """What would have been captured after a rule ended a recording in mid call, had it not ended it."""
    ended = [recording for recording in view.recordings if recording.reason in _BY_RULE]
    if not ended:
        return []
    free = replace(
        session,
        rules=_unlimited(session.rules),
        later=tuple((at, _unlimited(rules)) for at, rules in session.later),
        enabled=ALWAYS,
    ).at(now)
    found: list[Cut] = []
    for recording in ended:
        end, reason = recording.window.limit, recording.reason
        calls = {part.call_id for part in recording.parts}
        for whole in free.recordings:
            for part in whole.parts:
                if reason is None or part.call_id not in calls or part.window.end is None:
                    continue
                lost = Window(WallTime(end), FAR_FUTURE).intersect(part.window)
                found += [
                    (shared, reason, part.call_id)
                    for window in whole.expected
                    if lost is not None and (shared := window.intersect(lost)) is not None
                ]
    others = [r.window for r in view.recordings if r.reason not in _BY_RULE]
    return [(piece, reason, call) for window, reason, call in found for piece in subtract([window], others)]


def _unlimited(rules: SessionRules) -> SessionRules:
    return replace(rules, max_length_ms=FAR_FUTURE // 4)


def cut_row(planned: RecordingTimeline, cuts: Sequence[Cut]) -> list[list[Any]]:
    """Those of a recording, as its row keeps them."""
    calls = {part.call_id for part in planned.parts}
    return [
        [window.start, window.end, reason.value, call]
        for window, reason, call in cuts
        if call in calls and reason is planned.reason and window.start >= planned.window.limit
    ]
