"""What the gateway needs from outside, handed in once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from deskreel.core.time import WallTime
from deskreel.core.tokens import DEFAULT_REGION
from deskreel.gateway.grants import Grants
from deskreel.gateway.live_limits import LiveLimits
from deskreel.rtc.listening import ANY_PORT, Listening
from deskreel.storage.region_key import RegionKeys
from deskreel.storage.signing import PublicKeys
from deskreel.storage.store import ObjectStore

MAX_AUDIO_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Everything that is not the request."""

    store: ObjectStore
    public_keys: PublicKeys  # whose signatures count; several while keys rotate
    region_keys: RegionKeys  # what recorders seal for
    now: Callable[[], WallTime]
    region: str = DEFAULT_REGION  # whose media this is; tokens for others are refused
    target_ms: int = 10_000  # the longest segment that recorders make; it stands in every playlist
    part_ms: int = 5_100  # the longest chunk that recorders make; it stands there too
    max_audio_bytes: int = MAX_AUDIO_BYTES
    temp_dir: Path | None = None  # where uploads of call audio wait; None: the system's
    live: LiveLimits = field(default_factory=LiveLimits)  # how many live sessions this process takes
    listening: Listening = ANY_PORT  # where their sockets are
    grants: Grants = field(init=False, repr=False)  # of tokens, as they are shown again and again

    def __post_init__(self) -> None:
        object.__setattr__(self, "grants", Grants(self.public_keys))
