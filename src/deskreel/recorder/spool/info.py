"""`recording.json`: what a spool must know of a recording to send it without having been told again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from deskreel.core.ids import ScreenRecordingId
from deskreel.core.time import WallTime
from deskreel.recorder.spool import names


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingInfo:
    """What a spool must know of a recording to send it without having been told again."""

    screen_recording_id: ScreenRecordingId
    origin: WallTime  # zero of the media timeline
    gateway_url: str  # no trailing slash; empty when unknown
    region_key: str  # X25519 public key, base64url: what is captured is sealed for it; empty when unknown

    def document(self) -> bytes:
        """As `read_info` reads it."""
        fields = {"origin": self.origin, "gateway_url": self.gateway_url, "region_key": self.region_key}
        return json.dumps(fields).encode()


def read_info(directory: Path, recording: ScreenRecordingId) -> RecordingInfo | None:
    """What `recording.json` says; None when it is missing or damaged."""
    try:
        document = json.loads((directory / names.RECORDING).read_bytes())
        return RecordingInfo(
            screen_recording_id=recording,
            origin=WallTime(int(document["origin"])),
            gateway_url=str(document["gateway_url"]),
            region_key=str(document["region_key"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
