"""A lossless recording of a screen, to compare others with: RGB, changed frames only, times of the wall clock.

python -m bench.recorder.reference FILE EPOCH_MS     prints "ready"; a line on stdin ends it; then "done"
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from bench.recorder.quality import Luma, luma

FPS = 10


def main(path: str, epoch_ms: int) -> None:
    ended = threading.Event()
    options = {"framerate": str(FPS), "video_size": "1920x1080", "draw_mouse": "1"}
    with (
        av.open(os.environ["DISPLAY"], format="x11grab", options=options) as screen,
        av.open(path, "w", format="matroska") as out,
    ):
        stream = out.add_stream("libx264rgb", rate=FPS, options={"preset": "ultrafast", "qp": "0"})
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "bgr0"
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        stream.codec_context.thread_count = 1
        before = None
        for frame in screen.decode(video=0):
            pixels = np.frombuffer(frame.planes[0], np.uint8)  # pyright: ignore[reportCallIssue, reportArgumentType]
            if before is None:
                print("ready", flush=True)
                threading.Thread(target=lambda: (sys.stdin.readline(), ended.set()), daemon=True).start()
            if before is None or not np.array_equal(pixels, before):
                before = pixels.copy()
                assert frame.time is not None
                frame.pts, frame.time_base = round(frame.time * 1000) - epoch_ms, Fraction(1, 1000)
                out.mux(stream.encode(frame))
            if ended.is_set():
                break
        out.mux(stream.encode(None))
    print("done", flush=True)


def frames(path: Path) -> Iterator[tuple[int, av.VideoFrame]]:
    """Time in ms and picture of each frame of a file, in order."""
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            assert frame.time is not None
            yield round(frame.time * 1000), frame


def times_ms(path: Path) -> list[int]:
    """Of all frames; nothing is decoded."""
    with av.open(str(path)) as file:
        packets = file.demux(video=0)
        return sorted(round(p.pts * p.time_base * 1000) for p in packets if p.pts is not None and p.time_base)


def shown_at(path: Path, times: list[int]) -> Iterator[av.VideoFrame]:
    """What a file shows at `times`, which rise."""
    coming = frames(path)
    shown = following = next(coming)
    for at in times:
        while following is not None and following[0] <= at:
            shown, following = following, next(coming, None)
        yield shown[1]


def as_luma(frame: av.VideoFrame, *, bt709: bool) -> Luma:
    """The luma that a recorder makes of an RGB picture: Deskreel by BT.709, ffmpeg by BT.601."""
    space = Colorspace.ITU709 if bt709 else Colorspace.ITU601
    return luma(
        VideoReformatter().reformat(
            frame,
            format="yuv420p",
            src_color_range=ColorRange.JPEG,
            dst_colorspace=space,
            dst_color_range=ColorRange.MPEG,
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
