"""How fast the uploader may go, and how fast it goes. Pure: the time comes as an argument, in seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from deskreel.core.errors import DeskreelError
from deskreel.core.time import WallTime
from deskreel.recorder.spool.spool import Holding

BURST_S = 1.0  # what may go at once after a pause, in seconds of the limit
_MEASURED_S = 60.0  # how far back before the latest transfer a rate looks


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenBucket:
    """A limit in kbit/s. What is sent goes into debt, and the next waits until the debt is paid off."""

    kbps: int
    level: float  # bytes that may go at once; below 0 a debt
    at_s: float  # when it stood so

    @staticmethod
    def full(kbps: int, now_s: float) -> TokenBucket:
        """A bucket that nothing was taken from for a while."""
        return TokenBucket(kbps=kbps, level=kbps * 125 * BURST_S, at_s=now_s)

    def at(self, now_s: float) -> TokenBucket:
        """The bucket at a later moment."""
        gained = max(0.0, now_s - self.at_s) * self.kbps * 125
        return replace(self, level=min(self.level + gained, self.kbps * 125 * BURST_S), at_s=now_s)

    def taken(self, size: int, now_s: float) -> TokenBucket:
        """The bucket after `size` bytes were sent."""
        now = self.at(now_s)
        return replace(now, level=now.level - size)

    def wait_s(self, now_s: float) -> float:
        """How long the next one has to wait."""
        return max(0.0, -self.at(now_s).level / (self.kbps * 125))


class Pace:
    """The limit as it stands now; it may change or go away at any time."""

    def __init__(self) -> None:
        self._bucket: TokenBucket | None = None

    def limit(self, kbps: int | None, now_s: float) -> None:
        """The limit from now on; None: there is none."""
        if kbps is None:
            self._bucket = None
        elif self._bucket is None or self._bucket.kbps != kbps:
            self._bucket = TokenBucket.full(kbps, now_s)

    def wait_s(self, now_s: float) -> float:
        """How long the next one has to wait."""
        return 0.0 if self._bucket is None else self._bucket.wait_s(now_s)

    def take(self, size: int, now_s: float) -> None:
        """`size` bytes are sent, whether they had to wait or not."""
        if self._bucket is not None:
            self._bucket = self._bucket.taken(size, now_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One chunk that arrived."""

    begun_s: float
    ended_s: float
    size: int  # bytes


class RateMeter:
    """The rate of the latest transfers, over the time in which something was on its way."""

    def __init__(self) -> None:
        self._transfers: deque[Transfer] = deque()

    def add(self, transfer: Transfer) -> None:
        """Count one in."""
        self._transfers.append(transfer)
        while self._transfers[0].ended_s < transfer.ended_s - _MEASURED_S:
            self._transfers.popleft()

    @property
    def kbps(self) -> float | None:
        """In kbit/s; None before the first transfer."""
        busy_s = busy_time_s(self._transfers)
        return sum(t.size for t in self._transfers) / 125 / busy_s if busy_s > 0 else None


def busy_time_s(transfers: Iterable[Transfer]) -> float:
    """How long at least one of them was on its way."""
    busy_s, until_s = 0.0, float("-inf")
    for transfer in sorted(transfers, key=lambda t: t.begun_s):
        busy_s += max(0.0, transfer.ended_s - max(transfer.begun_s, until_s))
        until_s = max(until_s, transfer.ended_s)
    return busy_s


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadStats:
    """What waits, how fast it goes, and what is in the way."""

    chunks: int  # that wait
    bytes: int  # that wait
    upload_kbps: float | None  # while something was being sent; None: nothing was
    oldest_backlog_ms: int | None  # age of the oldest chunk; None: nothing waits
    eta_s: float | None  # until all that waits is sent; None: not known
    problem: str | None  # code of the failure that lasts longest; None: nothing is in the way
    problem_detail: str = ""
    problem_hint: str = ""


def upload_stats(
    holdings: Sequence[Holding],
    *,
    now: WallTime,
    rate_kbps: float | None,
    limit_kbps: int | None,
    problem: DeskreelError | None,
) -> UploadStats:
    """The figures of what `holdings` say."""
    held = [holding for holding in holdings if holding.count]
    waiting = sum(holding.bytes for holding in held)
    oldest = min((holding.chunks[0].start for holding in held if holding.chunks), default=None)
    return UploadStats(
        chunks=sum(holding.count for holding in held),
        bytes=waiting,
        upload_kbps=rate_kbps,
        oldest_backlog_ms=None if oldest is None else max(0, now - oldest),
        eta_s=eta_s(waiting, rate_kbps, limit_kbps),
        problem=None if problem is None else problem.code,
        problem_detail="" if problem is None else problem.detail,
        problem_hint="" if problem is None else problem.hint_text,
    )


def eta_s(waiting: int, rate_kbps: float | None, limit_kbps: int | None) -> float | None:
    """Seconds until `waiting` bytes are sent."""
    if waiting == 0:
        return 0.0
    if rate_kbps is None:
        return None
    return waiting / 125 / min(rate_kbps, limit_kbps or rate_kbps)
