"""Figures: one row of the table and of `bench-out/results.json`, and the statistics behind them. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

_GOAL = re.compile(r"(<=|>=|<|>|==) (-?\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number, beside a peer's if there is one."""

    name: str  # begins with the benchmark's name
    value: float
    unit: str  # "ms", "PUT/s", …
    runs: int  # measurements behind the value
    peer: str | None = None  # what it is compared with
    peer_value: float | None = None  # in the same unit
    goal: str | None = None  # what is promised, such as "<= 300"
    note: str = ""  # what one must know to read it

    def __post_init__(self) -> None:
        if self.goal is not None and _GOAL.fullmatch(self.goal) is None:
            raise ValueError(f'a goal looks like "<= 300", not {self.goal!r}')

    @property
    def ratio(self) -> float | None:
        """Value over the peer's value."""
        return self.value / self.peer_value if self.peer_value else None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without a goal."""
        if self.goal is None:
            return None
        match = _GOAL.fullmatch(self.goal)
        assert match is not None
        limit = float(match[2])
        return {
            "<=": self.value <= limit,
            ">=": self.value >= limit,
            "<": self.value < limit,
            ">": self.value > limit,
            "==": self.value == limit,
        }[match[1]]

    def row(self) -> dict[str, Any]:
        """As it stands in results.json; null where a field does not apply."""
        return {
            "name": self.name,
            "value": rounded(self.value),
            "unit": self.unit,
            "peer": self.peer,
            "peer_value": rounded(self.peer_value),
            "ratio": rounded(self.ratio),
            "goal": self.goal,
            "met": self.met,
            "runs": self.runs,
            "note": self.note,
        }


def rounded(value: float | None) -> float | int | None:
    """Four significant digits; whole numbers as such."""
    if value is None:
        return None
    if value == round(value):
        return round(value)
    digits = 3 - math.floor(math.log10(abs(value)))
    return round(value) if digits <= 0 else round(value, digits)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of `values` do not exceed, interpolated. At least one value."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def median(values: Sequence[float]) -> float:
    """The middle of `values`, at least one."""
    return percentile(values, 50)


def spread(values: Sequence[float]) -> str:
    """The range of `values`, for notes."""
    return f"{rounded(min(values))}-{rounded(max(values))}"


def merged(
    known: Iterable[dict[str, Any]], new: Iterable[dict[str, Any]], ran: Iterable[str]
) -> list[dict[str, Any]]:
    """Rows of results.json after the benchmarks in `ran` gave the rows `new`: their old rows are replaced.

    A row belongs to the benchmark in its field `benchmark`; rows of others stay as and where they are.
    """
    new, ran = list(new), set(ran)
    by_name = {row["name"]: row for row in new}
    out = []
    for row in known:
        if row["name"] in by_name:
            out.append(by_name.pop(row["name"]))
        elif row.get("benchmark") not in ran:
            out.append(row)
    return [*out, *(row for row in new if row["name"] in by_name)]
