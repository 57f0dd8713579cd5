# pyright: reportAttributeAccessIssue=false, reportPrivateImportUsage=false, reportOptionalMemberAccess=false
# xcffib makes its requests at run time and has no types
"""Watches a screen and listens to a sound card, both by CLOCK_MONOTONIC, in one loop of one process.

Run it with `python -m bench.review.outside_capture`. Of the screen it reads two lines of pixels, those through the
cells in which the picture spells its time (`deskreel.testing.clock_window`), 250 times a second, and keeps each look
that differs from the one before. The sound comes from a PulseAudio monitor by `parec`; each piece is kept with the
moment at which it could be read. "ready" is printed when both run, "written" when the file is there after a line on
stdin. What it means is worked out later (`outside_figures.py`), so that nothing here waits for it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import xcffib
import xcffib.xproto
from numpy.typing import NDArray

EVERY_S = 0.004
SOUND_HZ = 48_000
_LATENCY_MS = 5  # what parec asks for: the sink renders in pieces of so much
_PRIORITY = -10  # it takes little, and a busy machine would keep it from looking
_ALL_PLANES = 0xFFFFFFFF
_GREEN = 1  # of B, G, R, X: as good as the luma of a picture that is black and white


class Screen:
    """Two lines of an X display."""

    def __init__(self, display: str) -> None:
        self._connection = xcffib.connect(display)
        self._root = self._connection.get_setup().roots[self._connection.pref_screen].root

    def read(self, *rects: tuple[int, int, int, int]) -> list[bytes]:
        """The pixels, BGRX, of each x, y, width, height; asked for in one go."""
        asked = [
            self._connection.core.GetImage(xcffib.xproto.ImageFormat.ZPixmap, self._root, *rect, _ALL_PLANES)
            for rect in rects
        ]
        return [bytes(one.reply().data.buf()) for one in asked]


def green(pixels: bytes) -> NDArray[np.uint8]:
    """How bright each pixel is."""
    return np.frombuffer(pixels, np.uint8)[_GREEN::4]


def grab(display: str, width: int, height: int) -> NDArray[np.uint8]:
    """How bright the whole screen is now."""
    return green(Screen(display).read((0, 0, width, height))[0]).reshape(height, width)


def _parec(server: str, source: str) -> subprocess.Popen[bytes]:
    command = ["parec", "--device", source, "--raw", "--format=s16le", f"--rate={SOUND_HZ}", "--channels=1"]
    process = subprocess.Popen(
        [*command, f"--latency-msec={_LATENCY_MS}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env={**os.environ, "PULSE_SERVER": server},
    )
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    return process


def capture(screen: Screen, lines: tuple[tuple[int, int, int, int], ...], sound: Any) -> dict[str, Any]:
    """Until there is a line on stdin. Times in ns, CLOCK_MONOTONIC."""
    looks: list[tuple[int, int]] = []  # not before, not after: in between it came to look like this
    seen: list[bytes] = []
    pieces: list[tuple[int, int]] = []  # read at, samples so far
    heard = bytearray()
    last, counted, due, said = b"", 0, time.monotonic(), False
    began_at = last_at = time.monotonic_ns()
    while True:
        asked_at = time.monotonic_ns()
        look = b"".join(screen.read(*lines))
        if look != last:
            looks.append((last_at, time.monotonic_ns()))
            seen.append(green(look).tobytes())
            last = look
        last_at, counted = asked_at, counted + 1
        due = max(due + EVERY_S, time.monotonic())
        while (left := due - time.monotonic()) > 0:
            readable = select.select([sound, sys.stdin], [], [], left)[0]
            if sound in readable:
                piece = os.read(sound.fileno(), 1 << 20)
                if not piece:
                    raise RuntimeError("parec ended")
                heard += piece
                pieces.append((time.monotonic_ns(), len(heard) // 2))
            if sys.stdin in readable:
                return {
                    "looks": np.array(looks, np.int64),
                    "seen": np.array([np.frombuffer(one, np.uint8) for one in seen]),
                    "pieces": np.array(pieces, np.int64),
                    "samples": np.frombuffer(bytes(heard[: len(heard) // 2 * 2]), "<i2"),
                    "looks_per_s": counted * 1e9 / (last_at - began_at),
                }
        if heard and not said:
            said = True
            print("ready", flush=True)


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="outside_capture")
    parser.add_argument("--display", required=True)
    parser.add_argument("--pulse", required=True, help="PULSE_SERVER")
    parser.add_argument("--source", required=True)
    parser.add_argument("--line", type=int, nargs=4, required=True, help="x, width, y of one and the other")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    x, width, first, second = options.line
    with contextlib.suppress(OSError):  # who is not root watches as it is: what is in doubt of it is measured
        os.setpriority(os.PRIO_PROCESS, 0, _PRIORITY)
    parec = _parec(options.pulse, options.source)
    try:
        lines = ((x, first, width, 1), (x, second, width, 1))
        taken = capture(Screen(options.display), lines, parec.stdout)
    finally:
        parec.terminate()
        parec.wait()
    np.savez(options.out, **taken)
    print("written", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
