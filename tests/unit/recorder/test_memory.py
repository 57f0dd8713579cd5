"""The recorder's process takes small pages only, and so does what it starts."""

from __future__ import annotations

import subprocess
import sys

import pytest

ASK = """
import subprocess, sys
from deskreel.recorder import memory
if sys.argv[1] == "small":
    memory.keep_small()
look = "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('THP_enabled')))"
exec(look)
sys.stdout.flush()
subprocess.run([sys.executable, "-c", look], check=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="huge pages are asked for on Linux alone")
@pytest.mark.parametrize(("asked", "huge"), [("small", "0"), ("as it comes", "1")])
def test_huge_pages_are_off_in_the_process_and_its_children(asked: str, huge: str) -> None:
    said = subprocess.run([sys.executable, "-c", ASK, asked], capture_output=True, text=True, check=True)
    assert said.stdout.split() == [huge, huge]
