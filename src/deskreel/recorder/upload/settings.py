"""How the uploader behaves: values that the program sets once."""

from __future__ import annotations

from dataclasses import dataclass, field

from deskreel.recorder.control.backoff import Backoff


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadSettings:
    """How the uploader behaves."""

    hold_back_ms: int = 300  # see `keep`
    parallel: int = 3  # chunks on their way at once
    backoff: Backoff = field(default_factory=Backoff)
    not_enrolled_s: float = 30.0  # rest at least this long when the server does not know us
    stray_s: float = 300.0  # between looks at a recording that the server does not ask for
    kept_s: float = 60.0  # between attempts at a chunk that waits for someone to put something right
    max_age_ms: int | None = None  # what waits longer is given up; None: nothing is
