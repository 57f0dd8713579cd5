"""Live streams that one gateway process passes through, beside stock aiortc, which decodes what it receives.

Publishers send H.264 of 500 kbit/s at 5 pictures a second, encoded beforehand, in a process of their own; viewers are
in another; so the gateway's CPU time is what the streams cost it. All run in one network namespace. A row with many
publishers and some viewers shows that what they cost adds up.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figure
from bench.gateway import Gateway
from bench.network.pictures import FPS
from bench.network.publish import KBPS
from bench.processes import address_of, cpu_s, temporary_home, until_answers
from bench.registry import Report
from chaos.namespaces import inside, ip, namespace
from deskreel.core.ids import ScreenRecordingId, make_id
from deskreel.core.time import WallTime
from deskreel.core.tokens import Grant, Purpose
from deskreel.demo.processes import Program, free_address
from deskreel.storage.signing import load_or_create_keypair, sign_grant

RUN_S, SETTLE_S = 20.0, 2.0
MANY, VIEWERS = 30, 8  # publishers, and those who watch one of every four
ONE_WATCHED = 20  # viewers of one stream
STOCK = 6  # publishers to stock aiortc
_ADDRESS = "10.92.0.1"  # ICE leaves loopback addresses out
_PEER = "stock aiortc, decoding"
_TOKEN_MS = 600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One row."""

    cores: float  # of the receiving process, in use on average
    sent: int  # pictures, by all publishers
    got: int  # pictures, by all viewers


def run(report: Report) -> list[Figure]:
    """See the module."""
    with temporary_home() as home, namespace("streams") as space, inside(space):
        ip(space, "addr", "add", f"{_ADDRESS}/32", "dev", "lo")
        with Gateway(home / "gateway") as gateway:
            lives = _Lives(gateway)
            report(f"{MANY} publishers")
            alone = _ran(home, gateway.pid, lives.of(MANY), [])
            report(f"{MANY} publishers, {VIEWERS} viewers")
            both = lives.of(MANY)
            mixed = _ran(
                home,
                gateway.pid,
                both,
                [lives.watch(one) for one in both[: MANY : MANY // VIEWERS]][:VIEWERS],
            )
            report(f"1 publisher, {ONE_WATCHED} viewers")
            one = lives.of(1)
            fan = _ran(home, gateway.pid, one, [lives.watch(one[0]) for _ in range(ONE_WATCHED)])
        report(f"{STOCK} publishers to stock aiortc")
        with _stock(home) as (url, pid):
            stock = _ran(home, pid, [(f"{url}/whip", "none")] * STOCK, [])
    return _figures(alone, mixed, fan, stock)


class _Lives:
    """Addresses and tokens of live views."""

    def __init__(self, gateway: Gateway) -> None:
        host, port = gateway.address
        self._base = f"http://{host}:{port}/v1/live"
        self._key = load_or_create_keypair(gateway.home / "data" / "keys")

    def of(self, count: int) -> list[tuple[str, str]]:
        """Publishers of new recordings."""
        made = [make_id("scr", WallTime(_wall_ms()), secrets.token_bytes(10)) for _ in range(count)]
        return [(f"{self._base}/{scr}/whip", self._token("live_publish", scr)) for scr in made]

    def watch(self, publisher: tuple[str, str]) -> tuple[str, str]:
        """A viewer of what a publisher sends."""
        url = publisher[0].removesuffix("/whip")
        return f"{url}/whep", self._token("live_watch", url.rpartition("/")[2])

    def _token(self, purpose: Purpose, scr: str) -> str:
        expires = WallTime(_wall_ms() + _TOKEN_MS)
        return sign_grant(
            self._key, Grant(purpose=purpose, subject=ScreenRecordingId(scr), expires_at=expires)
        )


def _ran(home: Path, pid: int, publishers: list[tuple[str, str]], viewers: list[tuple[str, str]]) -> Ran:
    with ExitStack() as stack:
        ends = [_Ends(stack, home, "publish", publishers)]
        if viewers:
            ends.append(_Ends(stack, home, "watch", viewers))
        for end in ends:
            end.ready()
        for end in ends:
            end.go()
        time.sleep(SETTLE_S)
        cpu, began = cpu_s(pid), time.monotonic()
        time.sleep(RUN_S - 2 * SETTLE_S)
        cores = (cpu_s(pid) - cpu) / (time.monotonic() - began)
        counts = [end.counts() for end in ends]
    for end_counts in counts:
        if min(end_counts) < RUN_S * FPS * 0.8:
            raise RuntimeError(f"streams stood still: {end_counts} pictures in {RUN_S:.0f} s each")
    return Ran(cores=cores, sent=sum(counts[0]), got=sum(sum(counts_) for counts_ in counts[1:]))


class _Ends:
    """A process of `bench.network.publish`."""

    def __init__(self, stack: ExitStack, home: Path, role: str, pairs: list[tuple[str, str]]) -> None:
        name = f"{role}-{time.monotonic_ns()}"
        self._program = Program(
            name, ["bench.network.publish", role, str(RUN_S)], env={}, log_dir=home, talks=True
        )
        stack.callback(self._program.stop)
        self._count = len(pairs)
        for url, token in pairs:
            self._program.say(f"{url} {token}")
        self._program.say("")

    def ready(self) -> None:
        while self._program.read_line() != "ready":
            pass

    def go(self) -> None:
        self._program.say("go")

    def counts(self) -> list[int]:
        return [int(self._program.read_line()) for _ in range(self._count)]


@contextmanager
def _stock(home: Path) -> Iterator[tuple[str, int]]:
    listen = free_address(0)
    program = Program("stock", ["bench.network.stock", listen], env={}, log_dir=home)
    try:
        until_answers(address_of(listen), "/health", program.require_running)
        yield f"http://{listen}", program.process.pid
    finally:
        program.stop()


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _figures(alone: Ran, mixed: Ran, fan: Ran, stock: Ran) -> list[Figure]:
    each, stock_each = alone.cores / MANY, stock.cores / STOCK
    viewer = (fan.cores - each) / ONE_WATCHED
    what = f"{KBPS} kbit/s, {FPS} pictures a second each"
    return [
        Figure(
            name="live_streams_per_core",
            value=1 / each,
            unit="streams",
            runs=MANY,
            peer=_PEER,
            peer_value=1 / stock_each,
            goal=">= 60",
            note=f"{what}; by {MANY} publishers at once, which took {alone.cores:.2f} cores; the peer's by {STOCK}, "
            "which receives and decodes and passes nothing on",
        ),
        Figure(
            name="live_streams_publisher",
            value=each * 100,
            unit="% of a core",
            runs=MANY,
            peer=_PEER,
            peer_value=stock_each * 100,
        ),
        Figure(
            name="live_streams_viewer",
            value=viewer * 100,
            unit="% of a core",
            runs=ONE_WATCHED,
            note=f"each of {ONE_WATCHED} who watch one stream; they got {fan.got} pictures of {fan.sent} sent",
        ),
        Figure(
            name="live_streams_mixed",
            value=mixed.cores * 100,
            unit="% of a core",
            runs=1,
            note=f"{MANY} publishers with {VIEWERS} viewers: {mixed.got} pictures passed on of {mixed.sent} received",
        ),
    ]
