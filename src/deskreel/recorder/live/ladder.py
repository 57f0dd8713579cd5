"""Which way a live view goes: what to try, in which order, when a way is dead, when to look for a better one. Pure.

Times are seconds of the monotonic clock. A way that worked is remembered for the network that it worked in, so that
the next view does not have to find it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from deskreel.core.live import RELAYED, Obstacle, Rung
from deskreel.rtc.port import SendStats

DEAD_S = 4.0  # without a report of the other side, although something is being sent
REMEMBERED_S = 1800.0
LASTED_S = 15.0  # a way that was up for less is not tried first again…
SHAKY_S = 60.0  # …for so long
BETTER_S, BETTER_MOST_S = (
    300.0,
    3600.0,
)  # until a better rung is tried again; doubles each time it was in vain
AGAIN_S, AGAIN_MOST_S = 15.0, 120.0  # the same when there was none at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """What was found out about the network that the desktop is in."""

    network: str = ""  # whatever tells networks apart
    works: Rung | None = None  # it did, last
    works_s: float = 0.0  # when
    closed: Mapping[Rung, Obstacle] = field(default_factory=dict[Rung, Obstacle])  # what is on them
    shaky: Mapping[Rung, float] = field(default_factory=dict[Rung, float])  # since when; it died soon
    vain: int = 0  # looks for a better rung in a row that found none


def in_network(ladder: Ladder, network: str) -> Ladder:
    """In another network nothing is known."""
    return ladder if network == ladder.network else Ladder(network=network)


def rungs(*, turn: bool) -> tuple[Rung, ...]:
    """All that there are, the best first, without HTTPS."""
    return (Rung.DIRECT, *RELAYED) if turn else (Rung.DIRECT,)


def above(rung: Rung) -> tuple[Rung, ...]:
    """The better ones, the best first."""
    every = (Rung.DIRECT, *RELAYED, Rung.HTTPS)
    return every[: every.index(rung)]


def order(ladder: Ladder, now_s: float, *, turn: bool, better: bool = False) -> tuple[Rung, ...]:
    """What to try, first to last: what worked before, then the best first, then what died soon.

    `better`: the best first anyhow.
    """
    shaky = [rung for rung, since_s in ladder.shaky.items() if now_s - since_s < SHAKY_S]
    all_of_them = tuple(sorted(rungs(turn=turn), key=lambda rung: rung in shaky))
    known = ladder.works
    if better or known is None or known not in all_of_them or now_s - ladder.works_s > REMEMBERED_S:
        return all_of_them
    return (known, *(rung for rung in all_of_them if rung is not known))


def worked(ladder: Ladder, rung: Rung, now_s: float) -> Ladder:
    """It is up."""
    vain = 0 if rung is Rung.DIRECT else ladder.vain
    closed = {other: obstacle for other, obstacle in ladder.closed.items() if other is not rung}
    return replace(ladder, works=rung, works_s=now_s, closed=closed, vain=vain)


def failed(ladder: Ladder, rung: Rung, why: Obstacle) -> Ladder:
    """It is not; nor is it remembered as one that works."""
    works = None if ladder.works is rung else ladder.works
    return replace(ladder, works=works, closed={**ladder.closed, rung: replace(why, rung=rung)})


def died(ladder: Ladder, rung: Rung, why: Obstacle, *, up_s: float, now_s: float) -> Ladder:
    """It was up since `up_s`. Once it may die, and is tried again; not when it dies again and again."""
    if now_s - up_s >= LASTED_S:
        return ladder
    return replace(failed(ladder, rung, why), shaky={**ladder.shaky, rung: now_s})


def in_vain(ladder: Ladder) -> Ladder:
    """A look for a better rung, or for any, found none."""
    return replace(ladder, vain=ladder.vain + 1)


def look_again_s(ladder: Ladder, rung: Rung) -> float | None:
    """After how long on `rung` to look for a better one; None: there is none."""
    match rung:
        case Rung.DIRECT:
            return None
        case Rung.HTTPS:
            first, most = AGAIN_S, AGAIN_MOST_S
        case _:
            first, most = BETTER_S, BETTER_MOST_S
    return min(most, first * 2 ** min(ladder.vain, 16))


def why_not_better(ladder: Ladder, rung: Rung) -> tuple[Obstacle, ...]:
    """What is on each rung above `rung`."""
    return tuple(ladder.closed[other] for other in above(rung) if other in ladder.closed)


def dead(stats: SendStats, connected_s: float, now_s: float, *, dead_s: float = DEAD_S) -> bool:
    """Whether a way that is up since `connected_s` leads nowhere any more."""
    if stats.packets == 0:  # nothing was sent that could be reported on
        return False
    age_s = now_s - connected_s
    if stats.report_age_s is not None:
        age_s = min(age_s, stats.report_age_s)
    return age_s > dead_s
