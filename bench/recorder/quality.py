"""How good a picture is beside its original: structural similarity, and what a reader of text makes of it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches

import av
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]  # height x width

_BLOCK = 8
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_READER = ("tesseract", "stdin", "stdout", "--psm", "6", "-l", "eng")
_MANY_CHARACTERS = 150  # fewer say nothing about legibility


def luma(frame: av.VideoFrame) -> Luma:
    """The luma plane, copied."""
    plane = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8)  # pyright: ignore[reportCallIssue, reportArgumentType]
    return rows.reshape(plane.height, plane.line_size)[:, : frame.width].copy()


def ssim(got: Luma, want: Luma) -> float:
    """Structural similarity (Wang et al. 2004) over blocks of 8x8, all of the same weight; 1 is the same."""
    height, width = (size // _BLOCK * _BLOCK for size in want.shape)
    a, b = (_blocks(picture[:height, :width]) for picture in (got, want))
    mean_a, mean_b = a.mean(axis=2), b.mean(axis=2)
    var_a, var_b = a.var(axis=2), b.var(axis=2)
    both = (a * b).mean(axis=2) - mean_a * mean_b
    above = (2 * mean_a * mean_b + _C1) * (2 * both + _C2)
    below = (mean_a**2 + mean_b**2 + _C1) * (var_a + var_b + _C2)
    return float((above / below).mean())


def _blocks(picture: Luma) -> NDArray[np.float32]:
    rows, columns = (size // _BLOCK for size in picture.shape)
    tiles = picture.reshape(rows, _BLOCK, columns, _BLOCK).swapaxes(1, 2)
    return tiles.reshape(rows, columns, _BLOCK * _BLOCK).astype(np.float32)


def read(picture: Luma) -> list[str]:
    """The lines of text that Tesseract sees, in a picture of twice the size."""
    twice = picture.repeat(2, axis=0).repeat(2, axis=1)
    if twice.mean() < 128:  # it is at home with dark text
        twice = 255 - twice
    height, width = twice.shape
    done = subprocess.run(
        _READER,
        input=b"P5 %d %d 255\n" % (width, height) + twice.tobytes(),
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},  # its threads do nothing but wait for each other
        capture_output=True,
        check=True,
    )
    return [line.strip() for line in done.stdout.decode().splitlines() if line.strip()]


def misread(got: Sequence[str], want: Sequence[str]) -> float:
    """Character error rate in per cent, line by line: characters to insert, delete or replace, of those wanted."""
    wrong = sum(_wrong(line, got) for line in want)
    return 100 * wrong / sum(map(len, want))


def _wrong(line: str, among: Sequence[str]) -> int:
    """How many characters of `line` are wrong in the line that is most like it."""
    best = get_close_matches(line, among, n=1, cutoff=0.5)
    if not best:
        return len(line)
    steps = SequenceMatcher(None, best[0], line, autojunk=False).get_opcodes()
    return sum(max(b - a, d - c) for what, a, b, c, d in steps if what != "equal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Of some pictures."""

    ssim: tuple[float, ...]
    misread: tuple[float, ...]  # per cent of characters, of those pictures that were read

    @property
    def worst_ssim(self) -> float:
        return min(self.ssim)

    @property
    def mean_ssim(self) -> float:
        return float(np.mean(self.ssim))

    @property
    def mean_misread(self) -> float:
        return float(np.mean(self.misread))


def compare(pairs: Iterable[tuple[Luma, Luma]], *, read_every: int = 1) -> Quality:
    """Pairs of (got, want); of every `read_every`-th the upper left part with the text is read."""
    similar: list[float] = []
    wrong: list[float] = []
    for number, (got, want) in enumerate(pairs):
        similar.append(ssim(got, want))
        if number % read_every == 0 and (rate := misread_picture(got, want)) is not None:
            wrong.append(rate)
    return Quality(ssim=tuple(similar), misread=tuple(wrong))


def misread_picture(got: Luma, want: Luma) -> float | None:
    """Per cent of characters that are read otherwise than in the original; None if that has hardly any text.

    Where the reader is not sure of the original itself (half a word at the edge of a dialog), it does not count:
    only lines that it reads the same with noise of one grey level.
    """
    part = np.s_[60:320, 230:1902]
    grain = np.random.default_rng(1).integers(0, 2, want.shape, np.uint8)
    noisy = np.where(want < 255, want + grain, want)
    again = set(read(noisy[part]))
    sure = [line for line in read(want[part]) if line in again]
    if sum(map(len, sure)) < _MANY_CHARACTERS:
        return None
    return misread(read(got[part]), sure)


def settled(times_ms: Sequence[int], end_ms: int, least_ms: int) -> list[int]:
    """Places of pictures that stand for `least_ms` at least, until the next one or the end."""
    ends = [*times_ms[1:], end_ms]
    return [n for n, (start, end) in enumerate(zip(times_ms, ends, strict=True)) if end - start >= least_ms]
