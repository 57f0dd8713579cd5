"""A workload drawn without a screen: each different frame once, as the canvas would be.

QT_QPA_PLATFORM=offscreen python -m bench.recorder.rendered office FOLDER
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

SLOT_MS = 200
_BLOCK = 8  # pixels: what changed is counted in squares of this size


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The frames of a workload."""

    folder: Path
    changes: tuple[tuple[int, int], ...]  # (ms, number of the frame that is shown from then on)
    shares: tuple[float, ...]  # by number: how much of the canvas changed, 0 to 1
    end_ms: int
    size: tuple[int, int]  # width, height

    def frame(self, number: int) -> av.VideoFrame:
        """As the encoder gets it."""
        return av.VideoFrame.from_ndarray(np.load(self.folder / f"{number}.npy"), format="yuv420p")


def load(folder: Path) -> Rendered:
    """What `main` wrote."""
    said = json.loads((folder / "rendered.json").read_text())
    return Rendered(
        folder=folder,
        changes=tuple((at, number) for at, number in said["changes"]),
        shares=tuple(said["shares"]),
        end_ms=said["end_ms"],
        size=(said["size"][0], said["size"][1]),
    )


def main(workload: str, folder: Path) -> None:
    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QApplication

    from bench.recorder.desktop import HEIGHT, WIDTH, Play

    app = QApplication([sys.argv[0]])
    app.setCursorFlashTime(0)
    play = Play(workload)
    end_ms = round(play.seconds * 1000)
    before: NDArray[np.uint8] | None = None
    changes: list[tuple[int, int]] = []
    shares: list[float] = []
    for at in range(0, end_ms, SLOT_MS):
        play.show_at(at / 1000)
        app.processEvents()
        app.processEvents()  # layouts ask for a second round
        image = play.desktop.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(HEIGHT, WIDTH, 4)
        if before is None or not np.array_equal(pixels, before):
            shares.append(1.0 if before is None else _changed(pixels, before))
            changes.append((at, len(changes)))
            before = pixels.copy()
            np.save(folder / f"{len(changes) - 1}.npy", _as_canvas(before).to_ndarray())
    said = {"changes": changes, "shares": shares, "end_ms": end_ms, "size": [WIDTH, HEIGHT]}
    (folder / "rendered.json").write_text(json.dumps(said))


def _changed(now: NDArray[np.uint8], before: NDArray[np.uint8]) -> float:
    height, width = now.shape[:2]
    differs = (now != before).any(axis=2)
    blocks = differs.reshape(height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK).any(axis=(1, 3))
    return float(blocks.mean())


def _as_canvas(pixels: NDArray[np.uint8]) -> av.VideoFrame:
    return VideoReformatter().reformat(
        av.VideoFrame.from_numpy_buffer(pixels, "bgra"),
        format="yuv420p",
        src_color_range=ColorRange.JPEG,
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        threads=1,
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
