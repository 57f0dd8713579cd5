"""Benchmarks of bad networks and of many streams, on the link emulator of the tests (`tests/chaos`)."""

from __future__ import annotations

import sys
from pathlib import Path

_TESTS = str(Path(__file__).parent.parent.parent / "tests")
if _TESTS not in sys.path:
    sys.path.insert(0, _TESTS)
