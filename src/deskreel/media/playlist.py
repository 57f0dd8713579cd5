"""Segments from what is known of the chunks: what of a screen recording may be played. Pure.

The windows say what may be seen; chunks may come in any order and with holes. Two rules carry the rest:

* *Privacy*: nothing after the end of a window is in a segment, unless a later window shows it. A chunk that
  reaches over the end counts up to it (`exposed_ms`), and whoever serves it cuts it there
  (`fmp4.truncate_fragment`); one that began in a pause does not count at all.
* *Append only*: while a recording grows, a segment that was listed is never changed, moved or taken back, so
  that a player may follow an EVENT playlist. A segment is complete only once nothing can join it, and keyframes
  may be a minute apart; whoever watches a call should be seconds behind. So a growing playlist lists each chunk
  by itself, and says of each whether decoding may begin there (`parts/{seq}-key.m4s`). Low-latency parts would
  be the standard's way, but players take them only at the end of segments of some seconds (hls.js 1.7).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from deskreel.core.chunk import ChunkMeta
from deskreel.core.ids import Digest
from deskreel.core.time import WallTime, Window, merge

SLACK_MS = 1  # rounding between the end of a chunk and the start of the next: no hole
SETTLE_MS = 10_000  # a chunk missing by number is waited for until this much later media is there


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Chunks from one keyframe to the next: the unit of a playlist and of seeking."""

    first: int  # sequence number of the first chunk
    last: int  # sequence number of the last chunk
    chunks: tuple[ChunkMeta, ...]  # in order; only the last one may be exposed in part
    start: WallTime  # of the first chunk
    duration_ms: int  # to the end of what is exposed of the last chunk
    init: Digest  # of all its chunks
    discontinuity: bool  # time or init does not go on from the segment before it


def exposed_ms(chunk: ChunkMeta, windows: Sequence[Window]) -> int:
    """How many ms from the chunk's start may be shown; 0 when it overlaps no window, its duration at most.

    The count runs to the end of the first window that the chunk overlaps. A chunk that begins before that window
    (in a pause, or in the part of another call) counts 0, for its head cannot be cut off without encoding anew:
    recorders begin a chunk with each window.
    """
    return _exposure(chunk, merge(windows))[0]


def _exposure(chunk: ChunkMeta, merged: Sequence[Window]) -> tuple[int, bool]:
    """`exposed_ms`, and whether the window ends there: no later chunk may join this one."""
    for window in merged:
        if chunk.window.intersect(window) is not None:
            if window.start - chunk.start > SLACK_MS:
                break
            end = min(chunk.window.limit, window.limit)
            return end - chunk.start, end == window.limit
    return 0, False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What of a screen recording may be played now."""

    segments: tuple[Segment, ...]  # complete ones, in order of sequence numbers
    running: Segment | None = None  # what is there of the one that may still grow


@dataclass(slots=True, kw_only=True)
class _Group:
    """A segment in the making."""

    discontinuity: bool
    chunks: list[ChunkMeta] = field(default_factory=list[ChunkMeta])
    end: int = 0  # wall time

    def add(self, chunk: ChunkMeta, exposed: int) -> None:
        self.chunks.append(chunk)
        self.end = chunk.start + exposed

    def segment(self) -> Segment:
        first, last = self.chunks[0], self.chunks[-1]
        return Segment(
            first=first.seq,
            last=last.seq,
            chunks=tuple(self.chunks),
            start=first.start,
            duration_ms=self.end - first.start,
            init=first.init,
            discontinuity=self.discontinuity,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edge:
    """Where the chunk before ended."""

    end: int  # wall time up to which it is exposed
    init: Digest  # of it
    final: bool  # the window ended there

    def continues(self, chunk: ChunkMeta) -> bool:
        """Whether `chunk` goes on from here without a hole."""
        return not self.final and chunk.init == self.init and abs(chunk.start - self.end) <= SLACK_MS


def segments(
    chunks: Iterable[ChunkMeta], windows: Sequence[Window], *, closed: bool, settle_ms: int = SETTLE_MS
) -> tuple[Segment, ...]:
    """The complete segments of `listing`."""
    return listing(chunks, windows, closed=closed, settle_ms=settle_ms).segments


def listing(
    chunks: Iterable[ChunkMeta], windows: Sequence[Window], *, closed: bool, settle_ms: int = SETTLE_MS
) -> Listing:
    """What of a screen recording may be played.

    * Only chunks that overlap a window count, up to the window's end.
    * A keyframe chunk begins a segment. So does a hole: more than 1 ms (either way) between a chunk's end and
      the next one's start, another init, or the end of a window. After a hole, chunks up to the next keyframe
      cannot be decoded and are left out.
    * A segment is complete, and listed, once a later chunk begins another one or follows a hole, or once it
      reaches the end of its window. `closed` (no chunk will come any more) completes the last one.
    * While not `closed`, a number missing inside a window may still arrive (uploads run in parallel): what
      follows it waits until it is there, or until chunks `settle_ms` past the gap are. Then it is a hole.

    Args:
        chunks: in any order. Of two with one number, one is taken, always the same.
        windows: what may be shown; they may overlap and be open.
        closed: nothing will be added.
        settle_ms: patience with missing numbers; 0 for none.
    """
    merged = merge(windows)
    ordered = _in_order(chunks)
    if not closed and settle_ms > 0:
        ordered = ordered[: settled(ordered, merged, settle_ms)]
    fold = Fold(windows=merged)
    for chunk in ordered:
        fold.add(chunk)
    return fold.listing(closed=closed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """How a chunk became part of a segment."""

    exposed_ms: int  # of it, from its start
    discontinuity: bool  # it begins a segment that does not go on from the one before


@dataclass(slots=True, kw_only=True)
class Fold:
    """`listing` one chunk at a time, in the order of sequence numbers."""

    windows: Sequence[Window]  # merged
    _listed: list[Segment] = field(default_factory=list[Segment])
    _group: _Group | None = None
    _edge: _Edge | None = None
    _broken: bool = False  # since the last listed or open group

    def add(self, chunk: ChunkMeta) -> Joined | None:
        """Take the next chunk; None when it cannot be played."""
        exposed, final = _exposure(chunk, self.windows)
        if exposed == 0:
            return None
        continues = self._edge is not None and self._edge.continues(chunk)
        self._broken = self._broken or (self._edge is not None and not continues)
        if self._group is not None and (chunk.keyframe or not continues):
            self._listed.append(self._group.segment())
            self._group = None
        begins = chunk.keyframe
        if begins:
            self._group = _Group(discontinuity=self._broken and bool(self._listed))
            self._broken = False
        self._edge = _Edge(end=chunk.start + exposed, init=chunk.init, final=final)
        if self._group is None:
            return None
        self._group.add(chunk, exposed)
        return Joined(exposed_ms=exposed, discontinuity=begins and self._group.discontinuity)

    def listing(self, *, closed: bool) -> Listing:
        """What there is so far; `closed`: nothing will be added."""
        listed, group = tuple(self._listed), self._group
        if group is not None and (closed or (self._edge is not None and self._edge.final)):
            listed, group = (*listed, group.segment()), None
        return Listing(segments=listed, running=None if group is None else group.segment())


def _in_order(chunks: Iterable[ChunkMeta]) -> list[ChunkMeta]:
    """By number, one chunk for each."""
    by_seq: dict[int, ChunkMeta] = {}
    for chunk in sorted(chunks, key=lambda chunk: (chunk.seq, chunk.start, chunk.digest), reverse=True):
        by_seq[chunk.seq] = chunk
    return [by_seq[seq] for seq in sorted(by_seq)]


def settled(
    ordered: Sequence[ChunkMeta], merged: Sequence[Window], settle_ms: int = SETTLE_MS, *, known: int = 0
) -> int:
    """How many of the chunks in order are followed on from: those before the first gap still waited for.

    The first `known` were once; so they are for good.
    """
    if not ordered:
        return 0
    seq, end = 0, WallTime(0)
    if known:
        seq, end = ordered[known - 1].seq, WallTime(ordered[known - 1].start + ordered[known - 1].duration_ms)
    newest = max((chunk.start + chunk.duration_ms for chunk in ordered[known:]), default=end)
    for index, chunk in enumerate(ordered[known:], known):
        if chunk.seq > seq + 1 and newest - chunk.start < settle_ms and chunk.start - end > SLACK_MS:
            gap = Window(end, chunk.start)
            if any(gap.intersect(window) is not None for window in merged):
                return index
        seq, end = chunk.seq, WallTime(chunk.start + chunk.duration_ms)
    return len(ordered)
