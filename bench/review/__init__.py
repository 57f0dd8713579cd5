"""Benchmarks of reviewing, in a real browser on a real server.

The calls that are watched are made by the helpers of the tests (`tests/support/past_call.py`), which give them to
the server as recorders and telephonies do.
"""

from __future__ import annotations

import sys
from pathlib import Path

_TESTS = str(Path(__file__).parent.parent.parent / "tests")
if _TESTS not in sys.path:
    sys.path.insert(0, _TESTS)
