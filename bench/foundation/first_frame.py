"""From the telephony's event to the first frame, on a real server and a real recorder of a real screen.

The recorder idles between calls with its screen and encoder open. The peer is what one would do without it: a
program that is started when the event comes, opens the screen (FFmpeg's x11grab by PyAV) and libx264, and has
encoded its first frame.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time

from bench.figures import Figure, median, spread
from bench.registry import Report
from bench.stage import Stage, stage

CALLS = 9
PEER_RUNS = 5
GOAL = "<= 300"
IDLE_S = 0.5  # between calls
_PEER_TIMEOUT_S = 20

_PEER_PROGRAM = """
import os, av
from fractions import Fraction
options = {"framerate": "5", "video_size": "1920x1080"}
with av.open(os.environ["DISPLAY"], format="x11grab", options=options) as screen:
    frame = next(screen.decode(video=0))
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, 5), Fraction(5)
    encoder.options = {"preset": "veryfast", "tune": "zerolatency"}
    packets = encoder.encode(frame.reformat(format="yuv420p"))
    assert packets and packets[0].is_keyframe
print("encoded", flush=True)
"""


def run(report: Report) -> list[Figure]:
    """See the module."""
    return asyncio.run(_run(report))


async def _run(report: Report) -> list[Figure]:
    async with stage(report) as set_up:
        waits = []
        for number in range(CALLS):
            report(f"call {number + 1} of {CALLS}")
            waits.append(float(await _one_call(set_up)))
        peers = []
        for number in range(PEER_RUNS):
            report(f"the peer, {number + 1} of {PEER_RUNS}")
            peers.append(await asyncio.to_thread(_one_peer, set_up.display))
    return [
        Figure(
            name="first_frame",
            value=median(waits),
            unit="ms",
            runs=len(waits),
            peer="start x11grab + libx264",
            peer_value=median(peers),
            goal=GOAL,
            note=(
                f"call.answered until the capture of the first frame; range {spread(waits)} ms "
                f"({waits[0]:.0f} ms in the first call after the recorder's start), peer {spread(peers)} ms"
            ),
        ),
        Figure(name="first_frame_worst", value=max(waits), unit="ms", runs=len(waits)),
    ]


async def _one_call(set_up: Stage) -> int:
    """ms from the event to the first frame."""
    call = set_up.new_call()
    answered_at = await call.answer()
    first_frame_at = await call.first_frame()
    await call.end()
    await call.end_acw()
    await call.available()
    await asyncio.sleep(IDLE_S)
    return first_frame_at - answered_at


def _one_peer(display: str) -> float:
    """ms from the start of a program to its first encoded frame."""
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", _PEER_PROGRAM],
        env={**os.environ, "DISPLAY": display},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        guard = threading.Timer(_PEER_TIMEOUT_S, process.kill)
        guard.start()
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            took_ms = (time.perf_counter() - began) * 1000
            _, said = process.communicate()
        finally:
            guard.cancel()
    if line.strip() != b"encoded":
        raise RuntimeError(f"the peer failed: {said.decode(errors='replace')[-500:]}")
    return took_ms
