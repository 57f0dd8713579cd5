"""The benchmark of two servers in small: no call is lost when one is killed, and recorders find the other."""

from __future__ import annotations

from pathlib import Path

from bench.calls.load import measure
from bench.figures import percentile

from support.postgres import TestPostgres


async def test_a_killed_server_loses_no_call_and_its_recorders_are_back(
    postgres: TestPostgres, tmp_path: Path
) -> None:
    out = await measure(tmp_path, database_url=postgres.fresh(), count=40, calls_per_s=4, seconds=8, talk_s=2)
    assert out.calls == 32
    assert (out.known, out.once, out.ended) == (32, 32, 32)
    assert len(out.back_ms) >= 15
    assert max(out.back_ms) < 5000
    assert percentile(out.latencies_ms, 50) < 1000  # the figure itself is the benchmark's
