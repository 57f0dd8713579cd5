"""A desk with a screen and a loudspeaker that a program can watch and listen to; and who presses play there."""

from __future__ import annotations

import asyncio
import os
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from playwright.async_api import Page

from bench.review.outside_capture import grab
from bench.review.outside_figures import BEEP_EVERY_MS, BEEP_HZ, BEEP_MS, lines_of
from bench.review.scene import seek, until
from deskreel.demo.processes import ProcessFailedError, Program
from deskreel.testing.clock_window import decode_clock
from support.sound_card import HEARD
from support.waiting import eventually

SCREEN = (1400, 1000)
_AUDIO_HZ = 8000  # as telephonies deliver it
_LOUD = 0.6  # of full scale

# where the picture itself is inside its element, in the page's pixels
_PICTURE_BOX = """
(video) => {
  const box = video.getBoundingClientRect();
  const scale = Math.min(box.width / video.videoWidth, box.height / video.videoHeight);
  const [width, height] = [video.videoWidth * scale, video.videoHeight * scale];
  return [box.x + (box.width - width) / 2, box.y + (box.height - height) / 2, width, height].map(Math.round);
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where the browser is seen and heard."""

    display: str  # of X
    sound: dict[str, str]  # where a program finds the sound card (`support.sound_card`)
    folder: Path

    @property
    def environ(self) -> dict[str, str | float | bool]:
        """For a browser that is to be seen and heard."""
        return {**os.environ, "DISPLAY": self.display, **self.sound}

    @asynccontextmanager
    async def watched(self, page: Page, video: str, into: Path) -> AsyncIterator[None]:
        """Take down in `into` (.npz) what is seen of a video and heard, while the block runs."""
        box = await self._picture(page, video)
        first, second = lines_of(box[2], box[3])
        line = (box[0], box[2], box[1] + first, box[1] + second)
        where = ["--display", self.display, "--line", *map(str, line)]
        what = ["--pulse", self.sound["PULSE_SERVER"], "--source", HEARD, "--out", str(into)]
        program = Program(
            "outside_capture",
            ["bench.review.outside_capture", *where, *what],
            env={},
            log_dir=self.folder,
            talks=True,
        )
        try:
            await self._hear(program, "ready")
            yield
            program.say("end")
            await self._hear(program, "written")
        finally:
            program.stop()

    async def _hear(self, program: Program, word: str) -> None:
        line = await asyncio.to_thread(program.read_line)
        if line != word:
            raise ProcessFailedError(f"{program.name} says {line!r}, not {word!r}: see {program.log}")

    async def _picture(self, page: Page, video: str) -> tuple[int, int, int, int]:
        """Where it is on the screen: x, y, width, height. It must show a time."""
        box = await page.locator(video).evaluate(_PICTURE_BOX)

        async def found() -> tuple[int, int] | None:
            return place_of(await asyncio.to_thread(grab, self.display, *SCREEN), box)

        x, y = await eventually("the picture on the screen", found)
        return x, y, box[2], box[3]


def place_of(screen: NDArray[np.uint8], box: tuple[int, int, int, int]) -> tuple[int, int] | None:
    """Where on the screen a picture is whose place in the page is `box`: in the middle of where it can be read."""
    x, y, width, height = box
    readable = [
        (left, top)
        for top in range(y, min(y + 220, screen.shape[0] - height) + 1, 4)
        for left in range(x, min(x + 40, screen.shape[1] - width) + 1, 2)
        if decode_clock(screen[top : top + height, left : left + width]) is not None
    ]
    if not readable:
        return None
    left, top = np.median(np.asarray(readable), axis=0)
    return round(left), round(top)


def write_pitched_beeps(path: Path, seconds: int) -> None:
    """The sound of a call from a whole second on, on both channels."""
    every = _AUDIO_HZ * BEEP_EVERY_MS // 1000
    tone = np.arange(_AUDIO_HZ * BEEP_MS // 1000)
    second = np.zeros(_AUDIO_HZ)
    for number, hz in enumerate(BEEP_HZ):
        begin = number * every
        second[begin : begin + len(tone)] = _LOUD * np.sin(2 * np.pi * hz * tone / _AUDIO_HZ)
    one = np.round(second * 32767).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(_AUDIO_HZ)
        out.writeframes(np.tile(np.column_stack((one, one)), (seconds, 1)).tobytes())


class Hand(Protocol):
    """A reviewer's. Positions are ms from the begin."""

    async def play(self) -> None: ...
    async def pause(self) -> None: ...
    async def seek(self, position_ms: int) -> None: ...
    async def speed(self, speed: float) -> None: ...
    async def rest(self, ms: int) -> None: ...
    async def reach(self, from_ms: int, to_ms: int) -> None:
        """Wait until it plays between the two."""
        ...


class _OnPage:
    def __init__(self, page: Page) -> None:
        self._page = page

    async def rest(self, ms: int) -> None:
        await self._page.wait_for_timeout(ms)


class OnPlayer(_OnPage):
    """On our page: presses its buttons."""

    async def play(self) -> None:
        await self._page.get_by_test_id("play").click()

    async def pause(self) -> None:
        await self._page.get_by_test_id("play").click()
        await until(self._page, "state === 'paused'")

    async def seek(self, position_ms: int) -> None:
        await seek(self._page, position_ms)

    async def speed(self, speed: float) -> None:
        await self._page.get_by_label("Speed").select_option(f"{speed:g}")

    async def reach(self, from_ms: int, to_ms: int) -> None:
        await until(self._page, f"state === 'playing' && at >= {from_ms} && at <= {to_ms}", timeout_s=60)


class OnVideo(_OnPage):
    """On a plain <video>."""

    async def play(self) -> None:
        await self._do("video.play()")

    async def pause(self) -> None:
        await self._do("video.pause()")

    async def seek(self, position_ms: int) -> None:
        await self._do(f"void (video.currentTime = {position_ms / 1000})")

    async def speed(self, speed: float) -> None:
        await self._do(f"void (video.playbackRate = {speed})")

    async def reach(self, from_ms: int, to_ms: int) -> None:
        await self._page.wait_for_function(
            """([from, to]) => { const video = document.querySelector('video'); const at = video.currentTime * 1000;
            return !video.paused && !video.seeking && at >= from && at <= to; }""",
            arg=[from_ms, to_ms],
            timeout=60_000,
        )

    async def _do(self, order: str) -> Any:
        video = "const video = document.querySelector('video')"
        return await self._page.evaluate(f"() => {{ {video}; return {order}; }}")
