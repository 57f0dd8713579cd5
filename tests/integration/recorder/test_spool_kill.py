"""A real process that fills and empties a spool, killed with SIGKILL at instants that nobody chose."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import spool_filler
from recorder_rig import CHILD_ENV, NOW, REGION, opened, stored_as
from spool_filler import SCR

from deskreel.core.time import WallTime
from deskreel.recorder.spool.spool import Spool

KILLS = 12


def test_what_was_promised_stands_after_sigkill(tmp_path: Path) -> None:
    rng = random.Random(7)
    added: dict[int, str] = {}
    acknowledged: dict[int, str] = {}
    for _ in range(KILLS):
        command = [sys.executable, spool_filler.__file__, str(tmp_path), REGION.newest.text]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, bufsize=1, env={**os.environ, **CHILD_ENV}
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        until_s = time.monotonic() + rng.uniform(0.0, 0.05)
        lines = []
        while time.monotonic() < until_s:
            lines.append(process.stdout.readline())
        process.kill()
        lines += process.stdout.readlines()
        assert process.wait() == -9
        process.stdout.close()
        for word, seq, digest in (line.split() for line in lines if line.endswith("\n")):
            {"added": added, "acknowledged": acknowledged}[word][int(seq)] = digest
        _check(tmp_path, added, acknowledged)
    assert len(added) > KILLS, "it did something between its deaths"
    assert len(acknowledged) > 3


def _check(home: Path, added: dict[int, str], acknowledged: dict[int, str]) -> None:
    spool = Spool(home / "spool", home / "quarantine", max_bytes=10**9)
    (holding,) = spool.holdings(10**6)
    waiting = {chunk.seq: chunk for chunk in holding.chunks}
    manifest = spool.manifest(SCR)
    assert manifest is not None
    noted = {chunk.seq: chunk.digest for chunk in manifest.chunks}
    for seq, digest in added.items():
        if seq in waiting:
            data = spool.read(SCR, waiting[seq])
            assert stored_as(waiting[seq], data, SCR).digest == digest
            assert opened(data, SCR)
        else:
            assert noted[seq] == digest, f"chunk {seq} is lost"
    for seq, digest in acknowledged.items():
        assert noted[seq] == digest
        assert seq not in waiting
    unheard = (set(waiting) | set(noted)) - set(added)
    for seq in unheard:  # written in the last moment: not promised, but whole; later runs go on after it
        added[seq] = (
            noted[seq] if seq in noted else stored_as(waiting[seq], spool.read(SCR, waiting[seq]), SCR).digest
        )
    assert len(unheard) <= 1
    assert max(added, default=0) == len(added), "no number was lost or used twice"
    spool.close(SCR, WallTime(NOW + 10**9))
    spool.release()
