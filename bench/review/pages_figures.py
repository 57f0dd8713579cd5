"""The rows of `pages`, from what the browser measured. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.figures import Figure, median, percentile, spread

INTERACTIONS = 10_000
SHORTEST_MS = 16  # what is shorter is not reported
FIRST_PAINT_MS, LATENCY_MS, SCRIPTS_KB = 1000, 100, 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Scroll:
    """Once through all rows."""

    tasks: Sequence[float]  # ms of each task above 50
    seconds: float  # it took


def load_figures(loads: Mapping[str, Sequence[Mapping[str, float]]]) -> list[Figure]:
    """Paints and bytes of cold loads."""
    figures = []
    for name, goal, what in (
        ("first", f"<= {FIRST_PAINT_MS}", "first contentful paint"),
        ("largest", None, "largest contentful paint"),
    ):
        ours, plain = ([load[name] for load in loads[whose]] for whose in ("ours", "plain"))
        figures.append(
            Figure(
                name=f"pages_{name}_paint",
                value=median(ours),
                unit="ms",
                runs=len(ours),
                peer="plain page",
                peer_value=median(plain),
                goal=goal,
                note=f"{what} of Activities with an empty cache, median of {spread(ours)} ms",
            )
        )
    scripts = [load["scripts"] for load in loads["ours"]]
    note = "JavaScript that a first visit of Activities transfers, as it goes over the wire"
    return [
        *figures,
        Figure(
            name="pages_scripts",
            value=max(scripts),
            unit="kB",
            runs=len(scripts),
            goal=f"<= {SCRIPTS_KB}",
            note=note,
        ),
    ]


def latency_figures(ours: Mapping[str, list[float]], plain: Mapping[str, list[float]]) -> list[Figure]:
    """Times until the next paint, by kind and together."""
    note = (
        f"p95 until the next paint, {INTERACTIONS} rows loaded; what is below {SHORTEST_MS} ms counts as that"
    )
    kinds = {
        "keys": (ours["keys"], plain["keys"]),  # through the list
        "typing": (ours["words"], plain["words"]),  # a search
        "opening": (ours["clicks"], plain["clicks"]),  # a row
    }
    kinds["latency"] = (
        [one for mine, _ in kinds.values() for one in mine],
        [one for _, its in kinds.values() for one in its],
    )
    return [
        Figure(
            name=f"pages_{name}_p95",
            value=percentile(mine, 95),
            unit="ms",
            runs=len(mine),
            peer="plain page",
            peer_value=percentile(its, 95),
            goal=f"<= {LATENCY_MS}",
            note=f"{note}; longest {max(mine):.0f} ms",
        )
        for name, (mine, its) in kinds.items()
    ]


def other_figures(headed: Sequence[float], scroll: Scroll) -> list[Figure]:
    """The details page, and scrolling."""
    blocked = sum(task - 50 for task in scroll.tasks)
    return [
        Figure(
            name="pages_details_p95",
            value=percentile(headed, 95),
            unit="ms",
            runs=len(headed),
            note="click on a row until the heading of its details is painted",
        ),
        Figure(
            name="pages_scroll_blocked",
            value=blocked / scroll.seconds,
            unit="ms/s",
            runs=INTERACTIONS,
            note=f"what long tasks took beyond 50 ms, per second, while the wheel goes through all rows in "
            f"{scroll.seconds:.0f} s; {len(scroll.tasks)} long tasks, longest {max(scroll.tasks, default=0):.0f} ms",
        ),
    ]
