"""Recordings that rest after a failure: how long, and why. Pure but for the jitter."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass

from deskreel.core.errors import DeskreelError
from deskreel.core.ids import ScreenRecordingId
from deskreel.recorder.control.backoff import Backoff


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """After a failure. It stands, with its count, until something of the recording succeeds."""

    attempt: int  # failures in a row before this one
    until_s: float
    error: DeskreelError


class Rests:
    """All of them; times are those of one clock, in seconds."""

    def __init__(self, backoff: Backoff, rng: random.Random) -> None:
        self._backoff = backoff
        self._rng = rng
        self._rests: dict[ScreenRecordingId, Rest] = {}

    def fail(
        self, recording: ScreenRecordingId, error: DeskreelError, now_s: float, *, at_least_s: float = 0.0
    ) -> Rest | None:
        """A failure; None when the recording rests already: several that were on their way failed together."""
        known = self._rests.get(recording)
        if known is not None and known.until_s > now_s:
            return None
        attempt = 0 if known is None else known.attempt + 1
        delay_s = self._backoff.delay_s(attempt, self._rng, at_least_s=at_least_s)
        made = self._rests[recording] = Rest(attempt=attempt, until_s=now_s + delay_s, error=error)
        return made

    def succeed(self, recording: ScreenRecordingId) -> None:
        """All is well again."""
        self._rests.pop(recording, None)

    def end(self, kind: type[DeskreelError], recordings: Collection[ScreenRecordingId] | None = None) -> None:
        """What rests for an error of `kind` may go on, all of it or these: its reason is gone."""
        for recording in [scr for scr, rest in self._rests.items() if isinstance(rest.error, kind)]:
            if recordings is None or recording in recordings:
                del self._rests[recording]

    def get(self, recording: ScreenRecordingId) -> Rest | None:
        """The rest of a recording, also when it is over."""
        return self._rests.get(recording)

    def resting(self, now_s: float) -> Collection[ScreenRecordingId]:
        """Those that rest now."""
        return {recording for recording, rest in self._rests.items() if rest.until_s > now_s}

    def next_end_s(self, after_s: float) -> float | None:
        """When the next rest is over, of those that were not at `after_s`."""
        return min((r.until_s for r in self._rests.values() if r.until_s > after_s), default=None)

    @property
    def worst(self) -> Rest | None:
        """The one that failed most often."""
        return max(self._rests.values(), key=lambda rest: rest.attempt, default=None)
