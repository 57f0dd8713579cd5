"""Under a cap of 500 kbit/s: is a new page legible a second after it appeared, and is the cap kept?

The frames of both workloads are drawn without a screen and go through the recorder's own reel and encoder, so that
each change is known to the frame. Only changes of most of the page count.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import av

from bench.figures import Figure, spread
from bench.recorder.desktop_names import WORKLOADS
from bench.recorder.quality import Luma, compare, luma
from bench.recorder.rendered import SLOT_MS, Rendered, load
from bench.registry import Report
from deskreel.core.time import WallTime
from deskreel.recorder.capture.chunker import ChunkRules, FinishedChunk
from deskreel.recorder.capture.reel import Reel
from deskreel.recorder.encode import EncodedPicture, EncoderSettings, X264Encoder

CAP_KBPS: int | None = 500
WINDOW_S = 15
BIG_CHANGE = 0.3  # of the canvas
WITHIN_MS = 1000
GOAL_MISREAD = "<= 2"


def run(report: Report) -> list[Figure]:
    """See the module."""
    wrong: list[float] = []
    similar: list[float] = []
    kbps: list[float] = []
    for workload in WORKLOADS:
        report(f"drawing {workload}")
        with tempfile.TemporaryDirectory(prefix="deskreel-bench-") as folder:
            subprocess.run(
                [sys.executable, "-m", "bench.recorder.rendered", workload, folder],
                env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
                stdout=subprocess.DEVNULL,
                check=True,
            )
            rendered = load(Path(folder))
            report(f"{workload} under {CAP_KBPS} kbit/s")
            chunks = _record(rendered)
            quality = compare(_after_changes(rendered, chunks))
        wrong += quality.misread
        similar += quality.ssim
        kbps.append(_busiest_kbps(chunks))
    return [
        Figure(
            name="recorder_capped_misread",
            value=max(wrong),
            unit="% of characters",
            runs=len(wrong),
            goal=GOAL_MISREAD,
            note=(
                f"the worst new page {WITHIN_MS} ms after it appeared, by Tesseract against the original; "
                f"range {spread(wrong)} %, SSIM {spread(similar)}"
            ),
        ),
        Figure(
            name="recorder_capped_rate",
            value=max(kbps),
            unit="kbit/s",
            runs=len(kbps),
            note=f"in the busiest {WINDOW_S} s, which is the window of the cap of {CAP_KBPS} kbit/s",
        ),
    ]


def _record(rendered: Rendered) -> list[FinishedChunk]:
    """As a run does, slot by slot; the encoder gets the workload's own time."""
    chunks: list[FinishedChunk] = []
    encoder = _Timed(X264Encoder(*rendered.size, EncoderSettings(max_kbps=CAP_KBPS)))
    reel = Reel(origin=WallTime(0), encoder=encoder, rules=ChunkRules(), deliver=chunks.append)
    changes = dict(rendered.changes)
    shown = rendered.frame(0)
    for at in range(0, rendered.end_ms, SLOT_MS):
        number = changes.get(at)
        if number is not None:
            shown = rendered.frame(number)
        if number is not None or reel.ms_left(at) == 0:
            encoder.now_ms = at
            share = 0.0 if number is None else rendered.shares[number]
            reel.take(shown, WallTime(at), changed=number is not None, share=share)
    reel.cut(rendered.end_ms)
    return chunks


class _Timed:
    """An encoder in a world where time goes as fast as it encodes."""

    def __init__(self, encoder: X264Encoder) -> None:
        self._encoder = encoder
        self.now_ms = 0

    def encode(self, frame: av.VideoFrame, pts_ms: int, keyframe: bool) -> list[EncodedPicture]:
        return self._encoder.encode(frame, self.now_ms, keyframe)

    @property
    def config(self) -> bytes:
        return self._encoder.config

    @property
    def settings(self) -> EncoderSettings:
        return self._encoder.settings

    @property
    def held(self) -> int:
        return self._encoder.held

    def drain(self, settings: EncoderSettings | None = None) -> list[EncodedPicture]:
        return self._encoder.drain(settings)

    def close(self) -> None:
        self._encoder.close()


def _after_changes(rendered: Rendered, chunks: list[FinishedChunk]) -> Iterator[tuple[Luma, Luma]]:
    """What is shown a second after each big change, and what should be."""
    wanted = [at + WITHIN_MS for at, number in rendered.changes if rendered.shares[number] >= BIG_CHANGE]
    coming = _decoded(chunks)
    shown = following = next(coming)
    for at in wanted:
        while following is not None and following[0] <= at:
            shown, following = following, next(coming, None)
        number = max(n for when, n in rendered.changes if when <= at)
        if shown[0] >= max(when for when, n in rendered.changes if n == number):
            yield luma(shown[1]), luma(rendered.frame(number))
        else:
            raise RuntimeError(f"the page of {at} ms is not in the recording")


def _decoded(chunks: list[FinishedChunk]) -> Iterator[tuple[int, av.VideoFrame]]:
    data = chunks[0].init + b"".join(chunk.data for chunk in chunks)
    with av.open(io.BytesIO(data), "r") as file:
        for frame in file.decode(video=0):
            assert frame.time is not None
            yield round(frame.time * 1000), frame


def _busiest_kbps(chunks: list[FinishedChunk]) -> float:
    """The most that any stretch of the window's length took."""
    most = 0.0
    for first, chunk in enumerate(chunks):
        bits = 0
        for other in chunks[first:]:
            if other.window.limit > chunk.start_ms + WINDOW_S * 1000:
                break
            bits += 8 * len(other.data)
        most = max(most, bits / WINDOW_S / 1000)
    return most
