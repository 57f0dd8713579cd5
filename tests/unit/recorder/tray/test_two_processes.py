"""Each process loads only what it needs: no Qt in the recorder, no network, secrets or pydantic in the tray."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
