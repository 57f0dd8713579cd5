# pyright: reportAttributeAccessIssue=false, reportPrivateImportUsage=false, reportOptionalMemberAccess=false
# xcffib makes its requests at run time and has no types
"""A window that shows the wall clock so that a program can read it back from any picture of the screen.

Run it with `python -m deskreel.testing.clock_window`. It draws with core X requests only (no toolkit, no
fonts), composes every reading in a pixmap and shows it with one copy, so that no grab sees half a reading.

The reading is 64 black or white cells in two rows of 32: four start cells, the Unix time in ms (48 bits, most
significant first), a CRC-8 of these six bytes, four stop cells. The start and stop cells also tell the reader
how black and how white the picture still is after a codec. All positions are fractions of the picture, so the
reader needs no size; `decode_clock` and `CLOCK_DECODER_JS` use the same constants and the same sampling.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import select
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import xcffib
import xcffib.xproto as xp
from numpy.typing import NDArray

# The layout, in pixels of a 1920x1080 picture; everything scales with the picture.
FULL = (1920, 1080)
CELLS_LEFT, CELL_WIDTH, CELL_HEIGHT = 128, 52, 150
ROW_TOPS = (460, 640)
COLUMNS = 32
START, STOP = (1, 0, 1, 1), (0, 1, 0, 0)

SAMPLES = 8  # points per axis, spread over the middle half of a cell
LEAST_CONTRAST = 60  # luma between white and black cells below which there is no clock in the picture
DOUBT = 0.15  # a cell within this part of the contrast around the middle is no reading but a mixture

_STRIP = (96, 190, 1728, 640)  # the part of the window that changes: x, y, width, height
_BACKGROUND, _BLACK, _WHITE, _DIGITS = 0x20242C, 0x000000, 0xFFFFFF, 0x7FD1AE
_BARS = (0xC94F4F, 0xD98E3F, 0xD6C64A, 0x5FAE57, 0x3F9FA8, 0x4A6FC3, 0x8A5BB8, 0xB8B8B8)
_SEGMENTS = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")

Rectangle = tuple[int, int, int, int]


def encode_clock(ms: int) -> tuple[int, ...]:
    """The 64 cells (1 is white) that show `ms`, 0 <= ms < 2**48."""
    if not 0 <= ms < 1 << 48:
        raise ValueError(f"not a 48-bit time: {ms}")
    value = ms << 8 | _crc8(ms.to_bytes(6, "big"))
    return (*START, *(value >> shift & 1 for shift in range(55, -1, -1)), *STOP)


def decode_clock(luma: NDArray[np.uint8]) -> int | None:
    """The time in ms that a picture of the whole window shows, None when it shows none or a torn one.

    `luma` is the picture's brightness, 2-D (height, width), at any size from 640 pixels of width on.
    """
    if luma.ndim != 2:
        raise ValueError(f"luma is 2-D, not {luma.shape}")
    height, width = luma.shape
    inside = 0.25 + 0.5 * (np.arange(SAMPLES) + 0.5) / SAMPLES
    x = CELLS_LEFT + CELL_WIDTH * (np.arange(COLUMNS)[:, None] + inside)
    y = np.asarray(ROW_TOPS)[:, None] + CELL_HEIGHT * inside
    columns = (x.ravel() * width / FULL[0]).astype(int)
    rows = (y.ravel() * height / FULL[1]).astype(int)
    points = luma[np.ix_(rows, columns)].reshape(len(ROW_TOPS), SAMPLES, COLUMNS, SAMPLES)
    cells = points.mean(axis=(1, 3)).ravel()
    sync, levels = np.array(START + STOP, dtype=bool), np.concatenate((cells[:4], cells[-4:]))
    black, white = float(levels[~sync].mean()), float(levels[sync].mean())
    contrast = white - black
    if contrast < LEAST_CONTRAST:
        return None
    above = (cells - black) / contrast - 0.5
    bits = above > 0
    if bool((np.abs(above) < DOUBT).any()) or tuple(bits[:4]) != START or tuple(bits[-4:]) != STOP:
        return None
    data = np.packbits(bits[4:-4]).tobytes()
    return int.from_bytes(data[:6], "big") if _crc8(data[:6]) == data[6] else None


def _crc8(data: Iterable[int]) -> int:
    """CRC-8 with polynomial 0x07; starts at 0xFF so that all-black and all-white data do not pass."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return crc


_LAYOUT_JSON = json.dumps(
    {
        "full": FULL,
        "left": CELLS_LEFT,
        "cell": (CELL_WIDTH, CELL_HEIGHT),
        "tops": ROW_TOPS,
        "columns": COLUMNS,
        "start": START,
        "stop": STOP,
        "samples": SAMPLES,
        "contrast": LEAST_CONTRAST,
        "doubt": DOUBT,
    }
)

CLOCK_DECODER_JS = (
    """
function decodeClock(imageData) {
  const L = __LAYOUT__;
  const { data, width, height } = imageData;
  const cells = [];
  for (const top of L.tops) {
    for (let column = 0; column < L.columns; column++) {
      let sum = 0;
      for (let i = 0; i < L.samples; i++) {
        for (let j = 0; j < L.samples; j++) {
          const fx = 0.25 + 0.5 * (j + 0.5) / L.samples, fy = 0.25 + 0.5 * (i + 0.5) / L.samples;
          const x = Math.floor((L.left + L.cell[0] * (column + fx)) * width / L.full[0]);
          const y = Math.floor((top + L.cell[1] * fy) * height / L.full[1]);
          const p = 4 * (y * width + x);
          sum += 0.299 * data[p] + 0.587 * data[p + 1] + 0.114 * data[p + 2];
        }
      }
      cells.push(sum / (L.samples * L.samples));
    }
  }
  const sync = L.start.concat(L.stop);
  const levels = cells.slice(0, 4).concat(cells.slice(-4));
  const mean = (bit) => {
    const chosen = levels.filter((_, i) => sync[i] === bit);
    return chosen.reduce((a, b) => a + b, 0) / chosen.length;
  };
  const black = mean(0), contrast = mean(1) - black;
  if (contrast < L.contrast) return null;
  const bits = [];
  for (const cell of cells) {
    const above = (cell - black) / contrast - 0.5;
    if (Math.abs(above) < L.doubt) return null;
    bits.push(above > 0 ? 1 : 0);
  }
  const seen = bits.slice(0, 4).concat(bits.slice(-4));
  if (seen.some((bit, i) => bit !== sync[i])) return null;
  let ms = 0, crc = 0xff;
  const bytes = [];
  for (let i = 4; i < 60; i += 8) bytes.push(bits.slice(i, i + 8).reduce((a, b) => a * 2 + b, 0));
  for (const byte of bytes.slice(0, 6)) {
    ms = ms * 256 + byte;
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  }
  return crc === bytes[6] ? ms : null;
}
"""
).replace("__LAYOUT__", _LAYOUT_JSON)


class ClockWindow:
    """The window on an X display: `show()` maps it and waits for the server, `draw()` shows the time now."""

    def __init__(self, geometry: Rectangle) -> None:
        self._conn = xcffib.connect()
        self._screen = self._conn.get_setup().roots[self._conn.pref_screen]
        self._size = geometry[2:]
        self._strip = self._scaled(_STRIP)
        self._window, self._pixmap, self._gc = (self._conn.generate_id() for _ in range(3))
        x, y, width, height = geometry
        depth = self._screen.root_depth
        # override_redirect: the geometry is what was asked for, with or without a window manager
        mask = xp.CW.BackPixel | xp.CW.OverrideRedirect | xp.CW.EventMask
        self._conn.core.CreateWindow(
            *(depth, self._window, self._screen.root, x, y, width, height, 0),
            *(xp.WindowClass.InputOutput, self._screen.root_visual),
            *(mask, [_BACKGROUND, 1, xp.EventMask.Exposure]),
        )
        self._conn.core.CreatePixmap(depth, self._pixmap, self._window, *self._strip[2:])
        self._conn.core.CreateGC(self._gc, self._window, xp.GC.GraphicsExposures, [0])
        self._cells = [
            (CELLS_LEFT + CELL_WIDTH * column - _STRIP[0], top - _STRIP[1], CELL_WIDTH, CELL_HEIGHT)
            for top in ROW_TOPS
            for column in range(COLUMNS)
        ]

    def show(self) -> None:
        """Map the window, draw once and return when the server has done so."""
        self._conn.core.MapWindow(self._window)
        self._decorate()
        self.draw()
        self._conn.core.GetInputFocus().reply()  # replies come in order: everything above is on the screen

    def draw(self) -> None:
        """Show the time now: one batch of requests, visible with the last one."""
        now_ms = time.time_ns() // 1_000_000
        cells = encode_clock(now_ms)
        self._fill(self._pixmap, _BACKGROUND, [(0, 0, *_STRIP[2:])])
        self._fill(self._pixmap, _BLACK, [c for c, bit in zip(self._cells, cells, strict=True) if not bit])
        self._fill(self._pixmap, _WHITE, [c for c, bit in zip(self._cells, cells, strict=True) if bit])
        text = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
        self._fill(self._pixmap, _DIGITS, _digits(text, 344, 24))
        x, y, width, height = self._strip
        self._conn.core.CopyArea(self._pixmap, self._window, self._gc, 0, 0, x, y, width, height)
        self._conn.flush()

    def take_events(self) -> None:
        """Read what the server sent; when part of the window was lost, paint the decoration again."""
        exposed = False
        while (event := self._conn.poll_for_event()) is not None:
            exposed = exposed or isinstance(event, xp.ExposeEvent)
        if exposed:
            self._decorate()

    def fileno(self) -> int:
        """The connection's descriptor, readable when the server has something to say."""
        return self._conn.get_file_descriptor()

    def _decorate(self) -> None:
        for i, colour in enumerate(_BARS):
            self._fill(self._window, colour, [(i * 240, 0, 240, 120)])
        for i in range(32):
            self._fill(self._window, (i * 8 + 7) * 0x010101, [(i * 60, 1000, 60, 80)])
        self._fill(self._window, 0x4A5160, [(60 * i, 960 - 30 * (i % 2), 30, 30) for i in range(32)])

    def _fill(self, drawable: int, colour: int, rectangles: Sequence[Rectangle]) -> None:
        if rectangles:
            packed = np.array([self._scaled(r) for r in rectangles], dtype=np.int16).tobytes()
            self._conn.core.ChangeGC(self._gc, xp.GC.Foreground, [colour])
            self._conn.core.PolyFillRectangle(drawable, self._gc, len(rectangles), [packed])

    def _scaled(self, rectangle: Rectangle) -> Rectangle:
        """From the 1920x1080 layout to this window; neighbours keep sharing their edges."""
        (x, y, w, h), (width, height) = rectangle, self._size
        left, top = x * width // FULL[0], y * height // FULL[1]
        return left, top, (x + w) * width // FULL[0] - left, (y + h) * height // FULL[1] - top


def _digits(text: str, left: int, top: int) -> list[Rectangle]:
    """Seven-segment digits, 72 x 140 pixels each with bars of 16."""
    bars: dict[str, Rectangle] = {"a": (0, 0, 72, 16), "g": (0, 62, 72, 16), "d": (0, 124, 72, 16)}
    bars |= {"f": (0, 0, 16, 70), "b": (56, 0, 16, 70), "e": (0, 70, 16, 70), "c": (56, 70, 16, 70)}
    found: list[Rectangle] = []
    for char in text:
        if char.isdigit():
            shapes, width = [bars[name] for name in _SEGMENTS[int(char)]], 96
        else:
            shapes, width = [(0, 124, 16, 16)] + ([(0, 36, 16, 16)] if char == ":" else []), 40
        found += [(left + x, top + y, w, h) for x, y, w, h in shapes]
        left += width
    return found


def _geometry(text: str) -> Rectangle:
    found = re.fullmatch(r"(\d+)x(\d+)(?:\+(\d+)\+(\d+))?", text)
    if not found:
        raise argparse.ArgumentTypeError(f"geometry is WIDTHxHEIGHT+X+Y, not {text!r}")
    width, height, x, y = (int(part or 0) for part in found.groups())
    return x, y, width, height


def main(argv: Sequence[str] | None = None) -> int:
    """Show the clock until SIGTERM, or until stdin ends with --until-eof. Prints "ready" once on screen."""
    parser = argparse.ArgumentParser(prog="clock_window", description=main.__doc__)
    parser.add_argument("--fps", type=float, default=30.0, help="readings per second")
    parser.add_argument("--geometry", type=_geometry, default=(0, 0, *FULL), help="WIDTHxHEIGHT+X+Y")
    parser.add_argument("--until-eof", action="store_true", help="also end when stdin ends")
    options = parser.parse_args(argv)

    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopping.append(number))
    window = ClockWindow(options.geometry)
    window.show()
    print("ready\n", end="", flush=True)  # one write, also when unbuffered
    sources: list[Any] = [window] + ([sys.stdin] if options.until_eof else [])
    due = time.monotonic()
    while not stopping:
        due = max(due + 1 / options.fps, time.monotonic() - 1.0)
        while not stopping and (left := due - time.monotonic()) > 0:
            readable = select.select(sources, [], [], left)[0]
            window.take_events()
            if sys.stdin in readable and not os.read(sys.stdin.fileno(), 4096):
                return 0
        window.draw()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except xcffib.ConnectionException:
        sys.exit("the X display is gone or could not be opened; is DISPLAY right?")
