"""Every benchmark there is. To add one: write a module with `run(report)`, and put it into this list."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.figures import Figure

Report = Callable[[str], None]  # takes a line about how far it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One benchmark; its figures' names begin with its own."""

    name: str  # what `make bench ONLY=…` takes
    group: str  # so does this, for all of a group
    module: str  # has `run(report: Report) -> list[Figure]`
    what: str  # one line for people
    only_by_name: bool = False  # it takes an hour: not among "all"

    def run(self, report: Report) -> list[Figure]:
        """Measure; takes seconds to minutes."""
        return importlib.import_module(self.module).run(report)


BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark(
        name="first_frame",
        group="foundation",
        module="bench.foundation.first_frame",
        what="call event until the first frame",
    ),
    Benchmark(
        name="pause",
        group="foundation",
        module="bench.foundation.pause",
        what="frames stored from a pause, and pictures lost before it",
    ),
    Benchmark(
        name="playable",
        group="foundation",
        module="bench.foundation.playable",
        what="call end until all of it plays, end of After Call Work until the MP4",
    ),
    Benchmark(
        name="chunk_put",
        group="foundation",
        module="bench.foundation.chunk_put",
        what="chunks per second that one gateway process takes",
    ),
    Benchmark(
        name="playback",
        group="foundation",
        module="bench.foundation.playback",
        what="playlist and first segment of short and long recordings",
    ),
    Benchmark(
        name="recorder_cost",
        group="recorder",
        module="bench.recorder.cost",
        what="CPU, bytes and memory of the recorder beside ffmpeg on the same screen",
    ),
    Benchmark(
        name="recorder_fidelity",
        group="recorder",
        module="bench.recorder.fidelity",
        what="likeness and legibility of what was recorded, and how long a seek decodes",
    ),
    Benchmark(
        name="recorder_capped",
        group="recorder",
        module="bench.recorder.capped",
        what="legibility of a new page under 500 kbit/s",
    ),
    Benchmark(
        name="recorder_switch",
        group="recorder",
        module="bench.recorder.switch",
        what="how soon the video follows to another monitor",
    ),
    Benchmark(
        name="recorder_kills",
        group="recorder",
        module="bench.recorder.kills",
        what="what 100 kill -9 lose",
    ),
    Benchmark(
        name="recorder_soak",
        group="soak",
        module="bench.recorder.soak",
        what="memory of the recorder over an hour of capture",
        only_by_name=True,
    ),
    Benchmark(
        name="recorder_soak_short",
        group="soak_short",
        module="bench.recorder.soak_short",
        what="the same over twelve minutes",
        only_by_name=True,
    ),
    Benchmark(
        name="replay",
        group="calls",
        module="bench.calls.replay",
        what="captures of a real PBX followed over a bad link, against the golden timelines",
    ),
    Benchmark(
        name="load",
        group="calls",
        module="bench.calls.load",
        what="two servers under the calls of 500 agents, one of them killed",
    ),
    Benchmark(
        name="interactions",
        group="calls",
        module="bench.calls.interactions",
        what="the list of a million interactions by every filter and order, beside the same SELECT by hand",
    ),
    Benchmark(
        name="sync",
        group="review",
        module="bench.review.sync",
        what="picture against sound in a browser, over all that a reviewer does",
    ),
    Benchmark(
        name="outside",
        group="review",
        module="bench.review.outside",
        what="the same on the screen and at the sound card, beside a plain <video>",
    ),
    Benchmark(
        name="sync_4h",
        group="review",
        module="bench.review.sync_long",
        what="the same in a call of four hours whose recorder's clock drifts",
    ),
    Benchmark(
        name="pop_out",
        group="review",
        module="bench.review.pop_out",
        what="the screen in a tab of its own against the player's",
    ),
    Benchmark(
        name="opening",
        group="review",
        module="bench.review.opening",
        what="click until the first frame, and seeks, of a call of one hour, beside a plain <video>",
    ),
    Benchmark(
        name="pages",
        group="review",
        module="bench.review.pages",
        what="paints, keys, clicks and scrolling over 10,000 interactions, beside a plain page",
    ),
    Benchmark(
        name="live_delay",
        group="network",
        module="bench.network.live_delay",
        what="delay of a live view, glass to glass, over links that lose, delay and are slow",
    ),
    Benchmark(
        name="network_complete",
        group="network",
        module="bench.network.complete",
        what="what is missing of a recording after outages, a slow link, loss and changes of address",
    ),
    Benchmark(
        name="live_streams",
        group="network",
        module="bench.network.streams",
        what="live streams that one core passes through, beside stock aiortc",
    ),
    Benchmark(
        name="chunk_puts",
        group="network",
        module="bench.network.chunk_puts",
        what="one gateway under 1,000 recorders, beside nginx",
    ),
)


class UnknownBenchmarkError(Exception):
    """A name that is neither a benchmark's nor a group's."""


def chosen(names: Sequence[str], among: Sequence[Benchmark] = BENCHMARKS) -> tuple[Benchmark, ...]:
    """The benchmarks that `names` name, in the order of the list; without names all but those of an hour.

    Raises:
        UnknownBenchmarkError: a name fits none.
    """
    known = {name for benchmark in among for name in (benchmark.name, benchmark.group)}
    if unknown := [name for name in names if name not in known]:
        raise UnknownBenchmarkError(f"{', '.join(unknown)}: not among {', '.join(sorted(known))}")
    if not names:
        return tuple(benchmark for benchmark in among if not benchmark.only_by_name)
    wanted = set(names)
    return tuple(benchmark for benchmark in among if {benchmark.name, benchmark.group} & wanted)
