"""How true the recorded pictures are: beside a lossless recording of the same screen, and ffmpeg's.

Compared is what the screen showed whenever it stood still for a while, for only then do all three mean the same
picture. Text is read by Tesseract from the original and from the recording: where the two differ, text was lost.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import av

from bench.figures import Figure, spread
from bench.recorder import reference
from bench.recorder.desktop_names import WORKLOADS
from bench.recorder.live import PEER, Desktop, Ours, Peer, desk_stage, folder_of
from bench.recorder.quality import Quality, compare, luma, settled
from bench.registry import Report
from bench.stage import Stage
from deskreel.demo.processes import Program

STILL_MS = 400  # long enough for a frame of each, at 5 frames/s
BEFORE_MS = 150
SAMPLES = 30  # pictures per workload
READ_EVERY = 2
GOAL_SSIM, GOAL_MISREAD, GOAL_SEEK_MS = ">= 0.995", "<= 1.5", "<= 500"


def run(report: Report) -> list[Figure]:
    """See the module."""
    return asyncio.run(_run(report))


async def _run(report: Report) -> list[Figure]:
    figures: list[Figure] = []
    async with desk_stage(report) as on:
        for workload in WORKLOADS:
            report(f"{workload}, beside a lossless recording")
            figures += await _one(on, workload, report)
    return figures


async def _one(on: Stage, workload: str, report: Report) -> list[Figure]:
    epoch_ms = time.time_ns() // 1_000_000
    lossless, theirs = folder_of(on) / f"{workload}.mkv", folder_of(on) / f"{workload}-peer.mkv"
    desktop = await Desktop(on, workload).ready()
    witness = Program(
        f"lossless-{workload}",
        ["bench.recorder.reference", str(lossless), str(epoch_ms)],
        env={"DISPLAY": on.display},
        log_dir=folder_of(on),
        talks=True,
    )
    try:
        assert await asyncio.to_thread(witness.read_line) == "ready"
        ours = Ours(on)
        await ours.begin()
        peer = Peer(on, theirs, wall_times=True)
        await asyncio.sleep(1)  # so that all of them know the first picture
        await desktop.play()
        end_ms = time.time_ns() // 1_000_000 - epoch_ms
        peer.stop()
        _, video, began_at = await ours.end()
        witness.say("end")
        assert await asyncio.to_thread(witness.read_line) == "done"
    finally:
        witness.stop()
        desktop.close()
    report(f"{workload}: comparing")
    return await asyncio.to_thread(
        _figures, workload, (lossless, epoch_ms), (video, began_at), (theirs, 0), end_ms
    )


Recording = tuple[Path, int]  # a file, and the wall time in ms of its zero


def _figures(
    workload: str, truth: Recording, ours: Recording, theirs: Recording, end_ms: int
) -> list[Figure]:
    times = reference.times_ms(truth[0])
    still = settled(times, end_ms, STILL_MS)[1:]  # the first one is from before the recorders began
    still = still[:: max(1, len(still) // SAMPLES)]
    ends = [*times[1:], end_ms]
    # wall time: before each changes, by more than the lossless recording may be late to see it
    moments = [truth[1] + ends[n] - BEFORE_MS for n in still]
    got, peers = (
        _quality(truth, one, moments, bt709=bt709) for one, bt709 in ((ours, True), (theirs, False))
    )
    seek_ms, frames = _worst_seek(ours[0])
    return [
        Figure(
            name=f"recorder_fidelity_ssim_{workload}",
            value=got.worst_ssim,
            unit="SSIM, the worst",
            runs=len(got.ssim),
            peer=PEER,
            peer_value=peers.worst_ssim,
            goal=GOAL_SSIM,
            note=f"mean {got.mean_ssim:.4f}, the peer {peers.mean_ssim:.4f}; luma, {len(got.ssim)} still pictures",
        ),
        Figure(
            name=f"recorder_fidelity_misread_{workload}",
            value=got.mean_misread,
            unit="% of characters",
            runs=len(got.misread),
            peer=PEER,
            peer_value=peers.mean_misread,
            goal=GOAL_MISREAD,
            note=f"Tesseract on the recording against the original, range {spread(got.misread)} %",
        ),
        Figure(
            name=f"recorder_fidelity_seek_{workload}",
            value=seek_ms,
            unit="ms of decoding",
            runs=frames,
            goal=GOAL_SEEK_MS,
            note="from the keyframe to the last frame before the next, on one thread, the worst of the recording",
        ),
    ]


def _quality(truth: Recording, recording: Recording, moments: list[int], *, bt709: bool) -> Quality:
    originals = reference.shown_at(truth[0], [at - truth[1] for at in moments])
    got = reference.shown_at(recording[0], [at - recording[1] for at in moments])
    return compare(
        ((luma(b), reference.as_luma(a, bt709=bt709)) for a, b in zip(originals, got, strict=True)),
        read_every=READ_EVERY,
    )


def _worst_seek(video: Path) -> tuple[float, int]:
    """ms to decode the longest stretch after a keyframe, and how many stretches there are."""
    worst, took, stretches = 0.0, 0.0, 0
    with av.open(str(video)) as file:
        stream = file.streams.video[0]
        stream.codec_context.thread_count = 1
        for packet in file.demux(stream):
            if packet.is_keyframe:
                took, stretches = 0.0, stretches + 1
            began = time.perf_counter()
            packet.decode()
            took += (time.perf_counter() - began) * 1000
            worst = max(worst, took)
    return worst, stretches
