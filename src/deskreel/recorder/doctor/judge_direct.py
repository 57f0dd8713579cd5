"""The row about live view straight to the gateways. Pure.

It never fails the check: live view has other ways, and a recording needs none of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deskreel.recorder.doctor.facts import DirectWay
from deskreel.recorder.doctor.rows import Row, Verdict, row, skipped

_CHECK, _TITLE = "live_direct", "Live view, directly"
_REQUIRED = "a connection to the gateway over UDP, for live view alone"
_RELAYED = "Until then live view goes through the TURN server, with more delay."
_BEHIND = "Until then live view is some seconds behind."
_SEE = "See docs/guide/network.md."


def judge_direct(ways: Sequence[DirectWay], *, relayed: bool) -> Iterator[Row]:
    """Of the gateway that fares worst; `relayed`: whether TURN gets through."""
    if not ways:
        return
    worst = max(ways, key=_badness)
    yield _row(worst, relayed=relayed, name=worst.host if len(ways) > 1 else "")


def _badness(way: DirectWay) -> int:
    if way.heard:
        return 0
    return 1 if way.old or way.busy else 2


def _row(way: DirectWay, *, relayed: bool, name: str) -> Row:
    at = f"{name}: " if name else ""
    if way.busy or way.old:
        why = (
            "too busy to try" if way.busy else "the gateway is older than this recorder, and cannot be tried"
        )
        return skipped(_CHECK, _TITLE, (at + why, _REQUIRED))
    if way.refused is not None:
        advice = way.refused.hint or f"Let this desktop reach {way.host} over HTTPS, as the gateway above."
        return row(_CHECK, _TITLE, (at + way.refused.what, _REQUIRED), Verdict.WARNING, advice)
    ours, theirs = way.pair
    if way.connected_ms is None:
        held = f"{at}no connection over UDP in time"
    else:
        held = f"{at}connected in {way.connected_ms:.0f} ms from {ours} to {theirs}"
        if way.heard:
            return row(_CHECK, _TITLE, (held, _REQUIRED))
        held += ", but no report that anything arrives"
    return row(_CHECK, _TITLE, (held, _REQUIRED), Verdict.WARNING, _advice(way, relayed=relayed))


def _advice(way: DirectWay, *, relayed: bool) -> str:
    hosts = ", ".join(dict.fromkeys(one.rpartition(":")[0].strip("[]") for one in way.theirs))
    ports = f"ports {way.ports}" if way.ports else "any port, or those of its DESKREEL_LIVE_PORTS"
    return (
        f"Open UDP from this network to {way.host} ({hosts}), {ports}; if it is reached by another address than "
        f"these, name that in DESKREEL_LIVE_ADDRESSES of the gateway. {_RELAYED if relayed else _BEHIND} {_SEE}"
    )
