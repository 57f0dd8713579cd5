"""Choosing and running benchmarks: names and groups, crashes, the results file."""

from __future__ import annotations

import importlib
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from bench import registry, runner
from bench.figures import Figure
from bench.registry import BENCHMARKS, Benchmark, Report, UnknownBenchmarkError, chosen
from rich.console import Console


class Fake(Benchmark):
    """Gives one figure, or crashes."""

    def run(self, report: Report) -> list[Figure]:
        report("at it")
        if self.module == "crash":
            raise RuntimeError("no such luck")
        return [
            Figure(name=f"{self.name}_x", value=float(self.what), unit="ms", runs=1, goal="<= 5", note="n")
        ]


def fake(name: str, what: str = "1", module: str = "works", group: str = "g") -> Benchmark:
    return Fake(name=name, group=group, module=module, what=what)


def run(benchmarks: list[Benchmark], path: Path) -> tuple[int, str]:
    said = io.StringIO()
    code = runner.run(benchmarks, results=path, console=Console(file=said, width=200))
    return code, said.getvalue()


def test_names_and_groups_choose() -> None:
    known = [fake("a"), fake("b"), fake("c", group="h")]
    assert [one.name for one in chosen([], known)] == ["a", "b", "c"]
    assert [one.name for one in chosen(["c", "a"], known)] == ["a", "c"]
    assert [one.name for one in chosen(["g"], known)] == ["a", "b"]
    long = replace(known[0], name="long", group="long", only_by_name=True)
    assert [one.name for one in chosen([], [*known, long])] == ["a", "b", "c"]
    assert [one.name for one in chosen(["long"], [*known, long])] == ["long"]
    with pytest.raises(UnknownBenchmarkError, match="nothing"):
        chosen(["nothing"], known)


def test_every_benchmark_of_the_list_can_be_run() -> None:
    assert len({one.name for one in BENCHMARKS}) == len(BENCHMARKS)
    assert not {one.name for one in BENCHMARKS} & {one.group for one in BENCHMARKS}
    for one in BENCHMARKS:
        assert callable(importlib.import_module(one.module).run)
    assert registry.chosen(["foundation"])


def test_a_missed_goal_is_a_figure_and_no_failure(tmp_path: Path) -> None:
    code, said = run([fake("a", "9")], tmp_path / "out" / "results.json")
    assert code == 0
    assert "a_x" in said
    (row,) = json.loads((tmp_path / "out" / "results.json").read_text())
    assert (row["met"], row["value"], row["benchmark"]) == (False, 9, "a")


def test_a_crash_fails_the_run_and_spares_the_others(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    run([fake("b", "7"), fake("c", "7")], path)
    code, said = run([fake("a"), fake("b", module="crash"), fake("c", "2")], path)
    assert code == 1
    assert "no such luck" in said
    rows = {row["name"]: row["value"] for row in json.loads(path.read_text())}
    assert rows == {"a_x": 1, "b_x": 7, "c_x": 2}


def test_a_damaged_results_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text("{")
    assert run([fake("a")], path)[0] == 0
    assert len(json.loads(path.read_text())) == 1
