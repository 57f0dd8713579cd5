"""The rows about what is lost or late, and how evenly the rest comes: over HTTPS, and in packets. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from itertools import pairwise

from deskreel.recorder.control.loss import surely_above
from deskreel.recorder.doctor.facts import Echoes
from deskreel.recorder.doctor.limits import FEW_MESSAGES, MAX_JITTER_MS, MAX_LOSS_PERCENT, MOST_MESSAGES
from deskreel.recorder.doctor.rows import Row, Verdict, row, skipped
from deskreel.rtc.probe import RelayResult

_ADVICE = "The link is full or weak: use a cable, or give recordings and calls precedence."
_LOSS = f"below {MAX_LOSS_PERCENT:g} %"
_JITTER = f"below {MAX_JITTER_MS:g} ms"


def judge_echoes(echoes: Echoes) -> Iterator[Row]:
    """Of messages over TCP, which repeats what is lost: it is late."""
    if echoes.rtts_ms:
        rtt = f"{statistics.median(echoes.rtts_ms):.1f} ms"
        yield row("rtt", "Round trip", (rtt, "for information"))
    else:
        yield skipped("rtt", "Round trip", ("no answers", "for information"))
    yield _share("loss", "Answers later than 1 s", echoes.late, echoes.sent)
    yield _jitter("jitter", "Jitter", echoes.rtts_ms, "no answers")


def judge_packets(over_udp: RelayResult) -> Iterator[Row]:
    """Of packets that nobody repeats."""
    lost_title, jitter_title = "Packets lost over UDP", "Jitter over UDP"
    if not over_udp.ok:
        yield skipped("udp_loss", lost_title, ("no echoes over UDP", _LOSS))
        yield skipped("udp_jitter", jitter_title, ("no echoes over UDP", _JITTER))
        return
    yield _share("udp_loss", lost_title, over_udp.sent - len(over_udp.rtts_ms), over_udp.sent)
    yield _jitter("udp_jitter", jitter_title, over_udp.rtts_ms, "one echo alone")


def _share(check: str, title: str, missed: int, sent: int) -> Row:
    if sent == 0:
        return skipped(check, title, ("no answers", _LOSS))
    percent = 100 * missed / sent
    held = f"{missed} of {sent} ({percent:.1f} %)"
    bad = percent >= MAX_LOSS_PERCENT
    if sent >= MOST_MESSAGES or (surely_above(missed, sent) if bad else sent >= FEW_MESSAGES):
        return row(check, title, (held, _LOSS), Verdict.WARNING if bad else None, _ADVICE)
    return skipped(check, title, (f"{held}: too few to tell", _LOSS))


def _jitter(check: str, title: str, rtts_ms: Sequence[float], none: str) -> Row:
    steps = [abs(after - before) for before, after in pairwise(rtts_ms)]
    if not steps:
        return skipped(check, title, (none, _JITTER))
    mean = statistics.fmean(steps)
    bad = Verdict.WARNING if mean >= MAX_JITTER_MS else None
    return row(check, title, (f"{mean:.1f} ms", _JITTER), bad, _ADVICE)
