"""Chunks and windows as recordings have them, by hand and as strategies."""

from __future__ import annotations

from hypothesis import strategies as st

from deskreel.core.chunk import ChunkMeta, sha256
from deskreel.core.time import WallTime, Window

T = 1_700_000_000_000
INITS = [sha256(b"one"), sha256(b"two")]


def chunk(seq, start, duration=2000, *, key=True, init=0) -> ChunkMeta:
    return ChunkMeta(
        seq=seq,
        start=WallTime(T + start),
        duration_ms=duration,
        keyframe=key,
        init=INITS[init],
        digest=sha256(f"{seq}".encode()),
        size=1000,
    )


def window(start, end=None) -> Window:
    return Window(WallTime(T + start), None if end is None else WallTime(T + end))


@st.composite
def recordings(draw) -> list[ChunkMeta]:
    """Chunks as a recorder makes them: time goes on, with holes in numbers and time, and other inits."""
    chunks, at, seq, init = [], 0, 0, 0
    for _ in range(draw(st.integers(0, 25))):
        seq += draw(st.sampled_from([1, 1, 1, 1, 2, 3]))
        at += draw(st.sampled_from([0, 0, 0, 0, 1, -1, 2, 500, 4000]))
        if draw(st.integers(0, 9)) == 0:
            init = 1 - init
        duration = draw(st.sampled_from([2000, 2000, 1, 700, 3000]))
        chunks.append(chunk(seq, max(0, at), duration, key=draw(st.booleans()), init=init))
        at = max(0, at) + duration
    return chunks


@st.composite
def window_lists(draw, *, closed=False) -> list[Window]:
    out, at = [], draw(st.integers(0, 3000))
    for _ in range(draw(st.integers(0, 4))):
        end = at + draw(st.integers(0, 12_000))
        out.append(window(at, end))
        at = end + draw(st.integers(0, 3000))
    if not closed and draw(st.booleans()):
        out.append(window(at))
    return out
