"""Each process loads only what it needs: no Qt in the recorder, no network, secrets or pydantic in the tray."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deskreel.__main__ import for_recorder

RECORDER = "import deskreel.cli, deskreel.recorder.app, deskreel.recorder.tray.run"
TRAY = "import deskreel.recorder.tray.desktop"


@pytest.mark.parametrize(
    ("imports", "unwanted"),
    [
        (RECORDER, ("PySide6", "shiboken6")),
        (TRAY, ("pydantic", "httpx2", "websockets", "cryptography", "joserfc", "numpy", "av", "structlog")),
    ],
    ids=["recorder", "tray"],
)
def test_it_does_not_import(imports: str, unwanted: tuple[str, ...]) -> None:
    program = f"import sys\n{imports}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "deskreel" in loaded
    assert loaded.isdisjoint(unwanted)


def test_the_recorder_does_not_carry_the_command_line(tmp_path: Path) -> None:
    """It reads its identity, finds none and ends: what it loaded until then it would carry through the day."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "deskreel", "recorder", "run", "--headless"],
        env={**os.environ, "DESKREEL_RECORDER_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "not_enrolled: " in done.stderr
    assert "deskreel.recorder.app" in done.stderr
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert loaded.isdisjoint({"typer", "rich.console", "PySide6"})


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("recorder run", "--log-level info"),
        ("recorder run --headless", "--log-level info --headless"),
        ("--log-level warning recorder run --headless", "--log-level warning --headless"),
        ("--log-level loud recorder run", None),
        ("--log-level", None),
        ("recorder run --help", None),
        ("recorder run --headless --headless", None),
        ("recorder status", None),
        ("", None),
    ],
)
def test_only_the_usual_ways_to_start_it_go_past_the_command_line(given: str, taken: str | None) -> None:
    assert for_recorder(given.split()) == (None if taken is None else taken.split())


def test_unusual_ways_end_in_the_same_process(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deskreel", "--log-level=error", "recorder", "run", "--headless"],
        env={**os.environ, "DESKREEL_RECORDER_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.partition(":")[0]) == (1, "not_enrolled")
