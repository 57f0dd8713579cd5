"""A program that fills and empties a spool until it is killed.

python spool_filler.py HOME REGION_KEY
"""

from __future__ import annotations

import sys
from pathlib import Path

from recorder_rig import NOW, recording_id, sealed

from deskreel.core.chunk import ChunkMeta, sha256
from deskreel.recorder.spool.info import RecordingInfo
from deskreel.recorder.spool.spool import Spool

SCR = recording_id(1)


def fill(home: Path, region_key: str) -> None:
    """Add a chunk, and acknowledge every other one, for ever; each promise is said on stdout once it was made."""
    spool = Spool(home / "spool", home / "quarantine", max_bytes=10**9)
    info = RecordingInfo(screen_recording_id=SCR, origin=NOW, gateway_url="", region_key=region_key)
    spool.open(info, NOW)
    print("ready", flush=True)
    while True:
        chunk = sealed(spool.holdings(0)[0].count)
        made = spool.add(SCR, chunk)
        print("added", made.seq, sha256(chunk.data), flush=True)
        if made.seq % 2 == 0:
            stored = ChunkMeta(
                seq=made.seq,
                start=made.start,
                duration_ms=made.duration_ms,
                keyframe=made.keyframe,
                init=made.init,
                digest=sha256(chunk.data),
                size=len(chunk.data),
            )
            spool.acknowledge(SCR, made, stored)
            print("acknowledged", made.seq, sha256(chunk.data), flush=True)


if __name__ == "__main__":
    fill(Path(sys.argv[1]), sys.argv[2])
