"""Settings of the recorder: environment variables `DESKREEL_RECORDER_…`, unknown ones refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from deskreel.core.errors import SettingsError
from deskreel.recorder.adapt.values import Rules

PREFIX = "DESKREEL_RECORDER_"
EncoderName = Literal[
    "auto",
    "x264",
    "h264_nvenc",
    "h264_qsv",
    "h264_amf",
    "h264_vaapi",
    "h264_videotoolbox",
    "h264_mf",
]


class RecorderSettings(BaseSettings):
    """All that may be set on an agent's desktop; docs/reference/settings.md is the prose."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    dir: Path = Field(
        default=Path("~/.local/share/deskreel-recorder"),
        description="Identity, spool and quarantine; one recorder per directory.",
    )
    max_spool_mb: int = Field(
        default=4096, ge=16, description="Chunks that wait for upload take at most this much of the disk."
    )
    hold_back_ms: int = Field(
        default=300,
        ge=0,
        le=60_000,
        description="A chunk leaves the desktop only this long after the server confirmed its time.",
    )
    upload_parallel: int = Field(default=3, ge=1, le=8, description="Chunks on their way at once.")
    exit_upload_s: float = Field(
        default=2.0, ge=0, le=60, description="On exit, try this long to send what is left."
    )

    encoder: EncoderName = Field(
        default="auto",
        description="auto: hardware that is found to work, else software; x264: software; or one kind of hardware.",
    )
    max_spool_hours: int | None = Field(
        default=None, ge=1, description="What waits longer than this is given up; unset: nothing is."
    )
    cpu_limit_percent: float = Field(
        default=80, ge=10, le=100, description="Of all cores together: above it, the picture costs less."
    )
    loss_limit_percent: float = Field(
        default=2,
        gt=0,
        le=100,
        description="Answers of the server that are late: above it, uploads go slower.",
    )
    jitter_limit_ms: float = Field(
        default=400, gt=0, description="Of the round trip to the server: above it, uploads go slower."
    )
    uplink_limit_kbps: float = Field(
        default=500, gt=0, description="With a backlog, a slower link than this is left to the call."
    )
    low_disk_mb: int = Field(
        default=512,
        ge=1,
        description="With less room for recordings than this, the picture takes less of it; "
        "at most a quarter of max_spool_mb.",
    )

    @property
    def adapt_rules(self) -> Rules:
        """When to give something up."""
        return Rules(
            cpu_percent=self.cpu_limit_percent,
            loss_percent=self.loss_limit_percent,
            jitter_ms=self.jitter_limit_ms,
            uplink_kbps=self.uplink_limit_kbps,
            room_bytes=min(self.low_disk_mb, self.max_spool_mb // 4) * 1024 * 1024,
        )

    @property
    def home(self) -> Path:
        """`dir`, absolute."""
        return self.dir.expanduser().resolve()

    @property
    def spool_dir(self) -> Path:
        """Where chunks wait for upload."""
        return self.home / "spool"

    @property
    def quarantine_dir(self) -> Path:
        """Where damaged and refused files are kept for a person to look at."""
        return self.home / "quarantine"


def load_settings(**overrides: object) -> RecorderSettings:
    """Settings from the environment.

    Raises:
        SettingsError: a value is not valid, or a variable with our prefix is unknown.
    """
    known = {PREFIX + name.upper() for name in RecorderSettings.model_fields}
    for name in os.environ:
        if name.startswith(PREFIX) and name not in known:
            raise SettingsError(f"unknown setting {name}")
    try:
        return RecorderSettings(**overrides)  # type: ignore[arg-type]  # pydantic checks what the caller passes
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise SettingsError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
