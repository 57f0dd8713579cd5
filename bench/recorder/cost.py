"""What recording a desktop costs, in CPU, bytes and memory, beside ffmpeg on the same screen at the same time.

The whole recorder is measured, as an agent has it: its process from the begin of a call to the end of the upload.
"""

from __future__ import annotations

import asyncio

from bench.figures import Figure, median, spread
from bench.recorder.desktop_names import WORKLOADS
from bench.recorder.live import PEER, Cost, Desktop, Ours, Peer, desk_stage, folder_of
from bench.registry import Report
from bench.stage import Stage

ROUNDS = 3
STATIC_S = 30.0
GOAL_CPU, GOAL_BYTES = "<= 0.45", "<= 0.45"
GOAL_STATIC_PERCENT, GOAL_RSS_MB = "<= 0.5", "<= 150"


def run(report: Report) -> list[Figure]:
    """See the module."""
    return asyncio.run(_run(report))


async def _run(report: Report) -> list[Figure]:
    figures: list[Figure] = []
    resident: list[float] = []
    peer_resident: list[float] = []
    async with desk_stage(report) as on:
        figures.append(await _static(on, report))
        for workload in WORKLOADS:
            rounds: list[tuple[Cost, Cost]] = []
            for number in range(ROUNDS):
                report(f"{workload}, {number + 1} of {ROUNDS}")
                rounds.append(await _round(on, workload))
            resident += [ours.rss_mb for ours, _ in rounds]
            peer_resident += [peer.rss_mb for _, peer in rounds]
            figures += _figures(workload, rounds)
    figures.append(
        Figure(
            name="recorder_cost_rss",
            value=max(resident),
            unit="MB",
            runs=len(resident),
            peer=PEER,
            peer_value=max(peer_resident),
            goal=GOAL_RSS_MB,
            note="the most that was resident, Python and all; ffmpeg is nothing but ffmpeg",
        )
    )
    return figures


async def _round(on: Stage, workload: str) -> tuple[Cost, Cost]:
    desktop = await Desktop(on, workload).ready()
    try:
        ours = Ours(on)
        await ours.begin()
        peer = Peer(on, folder_of(on) / "peer.mp4")
        await desktop.play()
        ours.look()
        peer_cost = peer.stop()
        cost, _, _ = await ours.end()
    finally:
        desktop.close()
    return cost, peer_cost


async def _static(on: Stage, report: Report) -> Figure:
    """A page that stands still, captured, uploaded and reported."""
    report(f"nothing moves for {STATIC_S:.0f} s")
    desktop = await Desktop(on, "office").ready()
    try:
        ours = Ours(on)
        await ours.begin()
        await asyncio.sleep(2)  # the page itself is not what is measured
        still = Ours(on)
        peer = Peer(on, folder_of(on) / "peer.mp4")
        await asyncio.sleep(STATIC_S)
        percent = 100 * still.cpu_so_far() / STATIC_S
        peer_cost = peer.stop()
        await ours.end()
    finally:
        desktop.close()
    return Figure(
        name="recorder_cost_static",
        value=percent,
        unit="% of a core",
        runs=1,
        peer=PEER,
        peer_value=100 * peer_cost.cpu_s / peer_cost.seconds,
        goal=GOAL_STATIC_PERCENT,
        note="the whole recorder while nothing changes on the screen, with upload, pings and reports",
    )


def _figures(workload: str, rounds: list[tuple[Cost, Cost]]) -> list[Figure]:
    cpu = [ours.cpu_s / ours.seconds / (peer.cpu_s / peer.seconds) for ours, peer in rounds]
    size = [ours.bytes / ours.seconds / (peer.bytes / peer.seconds) for ours, peer in rounds]
    ours, peer = rounds[-1]
    frames = "-".join(str(edge([cost.frames for cost, _ in rounds])) for edge in (min, max))
    return [
        Figure(
            name=f"recorder_cost_cpu_{workload}",
            value=median(cpu),
            unit="of the peer",
            runs=len(cpu),
            peer=PEER,
            peer_value=1,
            goal=GOAL_CPU,
            note=(
                f"range {spread(cpu)}; in the last round {ours.cpu_s:.2f} s of {ours.seconds:.0f} s, "
                f"the peer {peer.cpu_s:.2f} s of {peer.seconds:.0f} s; {frames} frames of ours"
            ),
        ),
        Figure(
            name=f"recorder_cost_bytes_{workload}",
            value=median(size),
            unit="of the peer",
            runs=len(size),
            peer=PEER,
            peer_value=1,
            goal=GOAL_BYTES,
            note=(
                f"range {spread(size)}; {_mb_per_hour(ours):.0f} MB an hour, the peer {_mb_per_hour(peer):.0f}"
            ),
        ),
    ]


def _mb_per_hour(cost: Cost) -> float:
    return cost.bytes / cost.seconds * 3600 / 1e6
