"""When the frames of an MP4 are shown."""

from __future__ import annotations

from pathlib import Path

import av


def frame_times_ms(path: Path) -> list[int]:
    """Presentation times of all video frames in ms of file time, in order; nothing is decoded."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return sorted(
            round(packet.pts * packet.time_base * 1000)
            for packet in container.demux(stream)
            if packet.pts is not None
        )
