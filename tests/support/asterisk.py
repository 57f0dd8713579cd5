"""The captures of a real Asterisk and their golden timelines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent / "data" / "asterisk"
SCENARIOS = sorted(path.name.removesuffix(".ami.recv.jsonl") for path in DATA.glob("*.ami.recv.jsonl"))
AGENTS = ("1001", "1002")


def capture(name: str) -> Path:
    return DATA / f"{name}.ami.txt"


def arrivals(name: str) -> Path:
    return DATA / f"{name}.ami.recv.jsonl"


def golden(name: str) -> dict[str, Any]:
    return json.loads((DATA / "golden" / f"{name}.json").read_text())
