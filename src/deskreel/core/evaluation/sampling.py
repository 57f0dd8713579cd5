"""Sampling: ISO weeks, and who evaluates what was chosen. The same input always gives the same answer."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deskreel.core.errors import InvalidInputError
from deskreel.core.time import WallTime, Window

_WEEK = re.compile(r"(\d{4})-W(\d{2})")


def week_of(moment: WallTime) -> str:
    """The ISO week of a moment in UTC, such as 2026-W47."""
    year, week, _ = datetime.datetime.fromtimestamp(moment / 1000, datetime.UTC).isocalendar()
    return f"{year:04}-W{week:02}"


def week_before(moment: WallTime) -> str:
    """The last ISO week that was over at a moment."""
    return week_of(WallTime(moment - 7 * 86_400_000))


def week_window(week: str) -> Window:
    """From Monday to Monday, 0:00 UTC.

    Raises:
        InvalidInputError: there is no such week.
    """
    match = _WEEK.fullmatch(week)
    try:
        if match is None:
            raise ValueError
        monday = datetime.datetime.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError as error:
        raise InvalidInputError(f"{week[:20]!r} is no ISO week such as 2026-W47") from error
    start = round(monday.replace(tzinfo=datetime.UTC).timestamp() * 1000)
    return Window(WallTime(start), WallTime(start + 7 * 86_400_000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A call of an agent that is to be evaluated."""

    interaction_id: str
    agent_id: str


def share_out(
    chosen: Sequence[Chosen], pool: Sequence[str], may: Callable[[str, str], bool], *, first: int
) -> tuple[list[tuple[Chosen, str]], int]:
    """Each call with its evaluator, round robin over the pool; and how many calls nobody may evaluate.

    Who has the fewest so far is next, and from place `first` of the pool on among those who have as many; so the
    load differs by one at most when everybody `may` (evaluator, agent) evaluate everybody.
    """
    ring = [pool[(first + n) % len(pool)] for n in range(len(pool))]
    load: Counter[str] = Counter()
    given: list[tuple[Chosen, str]] = []
    left = 0
    for call in chosen:
        able = [evaluator for evaluator in ring if may(evaluator, call.agent_id)]
        if not able:
            left += 1
            continue
        evaluator = min(able, key=lambda name: load[name])  # the first of the ring among equals
        load[evaluator] += 1
        given.append((call, evaluator))
    return given, left
