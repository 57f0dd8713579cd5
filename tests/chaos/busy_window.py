"""A strip of the screen in which pieces change all the time, as a list does that scrolls: it gives a video its bits.

    python -m chaos.busy_window TILES    so many pieces five times a second

Lies below the readings of `deskreel.testing.clock_window`, on a screen of 1920x1080. Ends by SIGTERM. Seeded.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import xcffib
import xcffib.xproto as xp

from support.x_client import XClient

TOP, HEIGHT, WIDTH = 850, 96, 1920
_TILE, _CELL = 32, (4, 2)  # pixels: of a piece, and of a stroke in it
_TICK_S = 0.2


def main(tiles: int) -> None:
    """Until the display or the process ends."""
    conn = XClient()
    screen = conn.first_screen()
    window, gc = conn.generate_id(), conn.generate_id()
    mask = xp.CW.BackPixel | xp.CW.OverrideRedirect
    conn.core.CreateWindow(
        *(screen.root_depth, window, screen.root, 0, TOP, WIDTH, HEIGHT, 0),
        *(xp.WindowClass.InputOutput, screen.root_visual, mask, [0xFFFFFF, 1]),
    )
    conn.core.CreateGC(gc, window, 0, [])
    conn.core.MapWindow(window)
    rng, due = np.random.default_rng(1), time.monotonic()
    while True:
        for _ in range(tiles):
            x, y = (int(rng.integers(0, side // _TILE)) * _TILE for side in (WIDTH, HEIGHT))
            strokes = rng.integers(0, 2, (_TILE // _CELL[0], _TILE // _CELL[1])).repeat(_CELL[0], 0)
            pixels = strokes.repeat(_CELL[1], 1).astype(np.uint32) * np.uint32(0xFFFFFF)
            place = (window, gc, _TILE, _TILE, x, y, 0, screen.root_depth)
            conn.core.PutImage(xp.ImageFormat.ZPixmap, *place, pixels.nbytes, pixels.tobytes())
        conn.flush()
        due = max(due + _TICK_S, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]))
    except xcffib.ConnectionException:
        sys.exit("the X display is gone or could not be opened; is DISPLAY right?")
