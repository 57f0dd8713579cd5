"""From an X desktop to chunks that decode, with the X server killed in the middle."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Iterator
from itertools import pairwise

import av
import numpy as np
import pytest
import xcffib.xproto as xp
from capture_notes import DEADLINE_S, Notes, WallClock

from deskreel.core.errors import NoDisplayError
from deskreel.core.ids import ScreenRecordingId
from deskreel.core.reasons import ReasonCode
from deskreel.demo.xvfb import XvfbDisplay
from deskreel.media.fmp4 import parse_fragment
from deskreel.recorder.capture.chunker import ChunkRules, FinishedChunk
from deskreel.recorder.capture.job import CaptureJob, CaptureSettings
from deskreel.recorder.capture.loop import CaptureLoop
from deskreel.recorder.screen.x11 import X11Screen
from support.x_client import XClient

WIDTH, HEIGHT = 640, 360


class Stage:
    """An X desktop of one colour, and a loop that captures it."""

    def __init__(self) -> None:
        self.notes = Notes()
        self.present = True
        self.server = self.paint_server(0xFFFFFF)
        self.loop = CaptureLoop(
            self.open,
            WallClock(),
            self.notes,
            CaptureSettings(
                rules=ChunkRules(
                    chunk_ms=200,
                    first_ms=200,
                    still_ms=200,
                    hold_ms=200,
                    keyframe_min_ms=1000,
                    keyframe_max_ms=5000,
                ),
                retry_min_s=0.02,
                retry_max_s=0.1,
            ),
        )

    def open(self) -> X11Screen:
        if not self.present:  # its number may belong to the server of another test by now
            raise NoDisplayError("the server was killed")
        return X11Screen(self.server.name)

    def paint_server(self, rgb: int) -> XvfbDisplay:
        server = XvfbDisplay(f"{WIDTH}x{HEIGHT}").start()
        self.x = XClient(display=server.name)
        screen = self.x.first_screen()
        self.window = self.x.generate_id()
        self.x.core.CreateWindow(
            screen.root_depth, self.window, screen.root, 0, 0, WIDTH, HEIGHT, 0,
            xp.WindowClass.InputOutput, screen.root_visual,
            xp.CW.BackPixel | xp.CW.OverrideRedirect, [rgb, 1],
        )  # fmt: skip
        self.x.core.MapWindow(self.window)
        self.x.core.GetInputFocus().reply()
        return server

    def recolour(self, rgb: int) -> None:
        self.x.core.ChangeWindowAttributes(self.window, xp.CW.BackPixel, [rgb])
        self.x.core.ClearArea(0, self.window, 0, 0, WIDTH, HEIGHT)
        self.x.core.GetInputFocus().reply()

    def job(self) -> CaptureJob:
        return CaptureJob(
            screen_recording_id=ScreenRecordingId("scr_x"),
            origin=WallClock().now(),
            canvas_width=WIDTH,
            canvas_height=HEIGHT,
            max_fps=20,
        )


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    assert stage.loop.close(DEADLINE_S)
    stage.x.disconnect()
    stage.server.stop()


def lumas(chunks: list[FinishedChunk]) -> list[int]:
    """Median luma of each frame."""
    with av.open(io.BytesIO(chunks[0].init + b"".join(chunk.data for chunk in chunks)), "r") as clip:
        return [
            int(np.median(np.frombuffer(memoryview(f.planes[0]), np.uint8))) for f in clip.decode(video=0)
        ]


def test_what_the_desktop_shows_is_in_the_chunks(stage: Stage):
    stage.loop.start(stage.job())
    stage.notes.until(lambda: len(stage.notes.chunks) >= 2)
    stage.recolour(0x000000)
    count = len(stage.notes.chunks)
    stage.notes.until(lambda: len(stage.notes.chunks) >= count + 2)
    assert stage.loop.stop()
    stopped = WallClock().now()
    assert stage.loop.flush(DEADLINE_S)
    chunks = stage.notes.chunks
    assert all(a.window.limit == b.start_ms for a, b in pairwise(chunks))
    assert chunks[-1].window.limit <= stopped
    shown = lumas(chunks)
    assert shown[0] == pytest.approx(235, abs=2)
    assert shown[-1] == pytest.approx(16, abs=2)
    assert sorted(shown, reverse=True) == shown
    assert all(parse_fragment(chunk.data).duration_ms == chunk.duration_ms for chunk in chunks)
    assert not stage.notes.all("problem")


def test_an_x_server_that_is_killed_and_replaced_costs_only_the_time_between(stage: Stage):
    stage.loop.start(stage.job())
    stage.notes.until(lambda: len(stage.notes.chunks) >= 2)
    stage.present = False
    os.kill(stage.server.pid, signal.SIGKILL)
    stage.notes.until(lambda: stage.notes.all("problem"))
    before = list(stage.notes.chunks)
    old, stage.server = stage.server, stage.paint_server(0x808080)
    stage.present = True
    old.stop()
    stage.notes.until(lambda: stage.notes.all("missing"))
    count = len(stage.notes.chunks)
    stage.notes.until(lambda: len(stage.notes.chunks) >= count + 1)
    assert stage.loop.stop()
    assert stage.loop.flush(DEADLINE_S)
    after = stage.notes.chunks[len(before) :]
    (gap,) = stage.notes.all("missing")
    assert stage.notes.all("problem") == stage.notes.all("recovered") == [ReasonCode.NO_DISPLAY]
    assert gap.window.start == before[-1].window.limit
    assert gap.window.end == after[0].start_ms
    assert after[0].keyframe
    assert lumas(after)[0] == pytest.approx(126, abs=3)
    assert len(stage.notes.all("first_frame")) == 1
