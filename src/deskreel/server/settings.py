"""Settings of server, gateway and worker: environment variables `DESKREEL_…`, unknown ones refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from deskreel.core.errors import DataDirError, SettingsError
from deskreel.core.policy import MAX_CANVAS, MAX_FPS, MAX_LOOK_BACK_S, MonitorMode, Notice
from deskreel.core.tokens import DEFAULT_REGION
from deskreel.rtc.listening import Listening, parse_addresses, parse_ports

PREFIX = "DESKREEL_"
REGION_NAME = r"^[a-z][a-z0-9-]{0,30}$"
_ELSEWHERE = ("DESKREEL_RECORDER_", "DESKREEL_TEST_")  # read by the recorder and by the tests


class ServerSettings(BaseSettings):
    """All that an operator may set; docs/reference/settings.md is the prose."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    data_dir: Path = Field(
        default=Path("deskreel-data"), description="Database, objects and keys, unless set elsewhere."
    )
    database_url: str | None = Field(
        default=None, description="postgresql://…; unset: an embedded PostgreSQL."
    )
    storage_url: str | None = Field(
        default=None, description="file:///… or s3://bucket/prefix; unset: in data_dir."
    )
    listen: str = Field(default="127.0.0.1:8321", description="host:port to listen on.")
    public_url: str | None = Field(default=None, description="How browsers and recorders reach the server.")
    gateway_url: str | None = Field(
        default=None, description="How they reach the gateway; unset: {public_url}/gateway."
    )
    media_public_keys: Path | None = Field(
        default=None,
        description="Gateway alone: the servers' public keys (PEM, JWK, JWKS); unset: data_dir/keys.",
    )
    region_keys: Path | None = Field(
        default=None,
        description="Gateway: the region's private keys (a PEM file, the newest first); unset: data_dir/keys.",
    )
    region_public_key: str | None = Field(
        default=None,
        description="Server alone: the region's public key (base64url), recorders seal for it; unset: data_dir/keys.",
    )
    region: str = Field(
        default=DEFAULT_REGION,
        pattern=REGION_NAME,
        description="Name of the media region of this storage and gateway; it stays with what is recorded.",
    )
    regions: Path | None = Field(
        default=None, description="A TOML file of all media regions; docs/guide/network.md has one."
    )
    web_dir: Path | None = Field(
        default=None, description="The built web UI; unset: found beside the package."
    )
    secure_cookies: bool | None = Field(default=None, description="Unset: on when public_url is https.")
    session_hours: int = Field(default=12, ge=1, le=24 * 30, description="A sign-in lasts this long.")
    play_token_minutes: int = Field(
        default=10,
        ge=1,
        le=24 * 60,
        description="Lifetime of a playback address; the page renews it while its reader may watch.",
    )
    upload_token_hours: int = Field(default=12, ge=1, le=24 * 7, description="Lifetime of an upload token.")
    credential_days: int = Field(
        default=90,
        ge=1,
        le=3650,
        description="A recorder's credential lasts this long; it renews it by itself.",
    )
    acw: bool = Field(default=True, description="Capture After Call Work.")
    acw_timeout_s: int = Field(
        default=30, ge=1, le=3600, description="After Call Work ends then at the latest."
    )
    max_length_minutes: int = Field(default=240, ge=1, le=24 * 60, description="Of one screen recording.")
    canvas: str = Field(
        default="1920x1080",
        pattern=r"^\d{3,4}x\d{3,4}$",
        description="Largest picture size of recordings, up to 3840x2160; a smaller desktop has a smaller picture.",
    )
    max_fps: int = Field(
        default=5, ge=1, le=MAX_FPS, description="Frames per second while the screen changes."
    )
    monitors: MonitorMode = Field(
        default=MonitorMode.ACTIVE,
        description="What is in the picture: active (the monitor the agent works on), all, or primary.",
    )
    dwell_ms: int = Field(
        default=600, ge=0, le=10_000, description="The pointer stays this long before the picture follows."
    )
    max_kbps: int | None = Field(
        default=None, ge=50, description="Of the video, averaged over minutes; unset: no cap."
    )
    upload_kbps: int | None = Field(
        default=None, ge=50, description="For what waits in a desktop's spool; unset: no limit."
    )
    notice: Notice = Field(
        default=Notice.ICON,
        description="How agents are told of recording: none, icon, banner, acknowledgement (once per shift).",
    )
    agent_may_pause: bool = Field(
        default=False, description="Let agents pause and resume at their desktop program."
    )
    agent_may_quit: bool = Field(default=True, description="Let agents quit their desktop program.")
    live_view: bool = Field(default=True, description="Let supervisors watch recorded calls live.")
    live_notice: bool = Field(
        default=True, description="Tell agents at their desktop while somebody watches them live."
    )
    live_ports: str = Field(
        default="",
        max_length=20,
        description="Gateway: the UDP ports of live views, as in 50000-50299, one for each session; empty: any.",
    )
    live_addresses: str = Field(
        default="",
        max_length=1000,
        description="Gateway behind a NAT that keeps ports: comma-separated public IPv4 and IPv6 addresses at which "
        "live views reach it from outside; empty: the machine's own alone.",
    )
    look_back_s: int = Field(
        default=0,
        ge=0,
        le=MAX_LOOK_BACK_S,
        description="Idle desktops remember so many seconds of the screen, in memory only, for calls whose event "
        "comes late; 0: nothing.",
    )
    outgoing_private: bool = Field(
        default=False,
        description="Let webhooks and downloads of call audio go to private and loopback addresses.",
    )
    agent_statuses: str = Field(
        default="",
        max_length=1000,
        description="Comma-separated statuses that agents choose at their desktop program, such as "
        "Available,Away,After Call Work; empty: the telephony knows them.",
    )

    @model_validator(mode="after")
    def _listen_is_host_and_port(self) -> Self:
        host, _, port = self.listen.rpartition(":")
        if not host or not port.isdigit() or not 0 <= int(port) < 65536:
            raise ValueError(f"DESKREEL_LISTEN must be host:port, not {self.listen!r}")
        return self

    @model_validator(mode="after")
    def _live_views_can_reach_it(self) -> Self:
        _ = self.listening  # a SettingsError says what to write
        return self

    @model_validator(mode="after")
    def _canvas_can_be_encoded(self) -> Self:
        width, height = self.canvas_size
        if width > MAX_CANVAS[0] or height > MAX_CANVAS[1]:
            raise ValueError(f"DESKREEL_CANVAS is {MAX_CANVAS[0]}x{MAX_CANVAS[1]} at most")
        return self

    @property
    def host(self) -> str:
        """The address to listen on."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on."""
        return int(self.listen.rpartition(":")[2])

    @property
    def listening(self) -> Listening:
        """Where the sockets of live views are, and what they announce."""
        return Listening(ports=parse_ports(self.live_ports), public=parse_addresses(self.live_addresses))

    @property
    def base_url(self) -> str:
        """How the server is reached, without a trailing slash."""
        return (self.public_url or f"http://{self.listen}").rstrip("/")

    @property
    def media_url(self) -> str:
        """How the gateway is reached, without a trailing slash."""
        return (self.gateway_url or f"{self.base_url}/gateway").rstrip("/")

    @property
    def cookies_secure(self) -> bool:
        """Whether cookies carry the Secure attribute."""
        return self.base_url.startswith("https:") if self.secure_cookies is None else self.secure_cookies

    @property
    def objects_url(self) -> str:
        """Where objects are kept."""
        return self.storage_url or (self.data_dir.resolve() / "objects").as_uri()

    @property
    def canvas_size(self) -> tuple[int, int]:
        """The largest width and height in pixels, even."""
        width, _, height = self.canvas.partition("x")
        return int(width) & ~1, int(height) & ~1

    @property
    def statuses(self) -> tuple[str, ...]:
        """What agents may choose from."""
        return tuple(dict.fromkeys(name.strip() for name in self.agent_statuses.split(",") if name.strip()))


def load_settings(**overrides: object) -> ServerSettings:
    """Settings from the environment.

    Raises:
        SettingsError: a value is not valid, or a variable with our prefix is unknown.
    """
    known = {PREFIX + name.upper() for name in ServerSettings.model_fields}
    for name in os.environ:
        if name.startswith(PREFIX) and name not in known and not name.startswith(_ELSEWHERE):
            raise SettingsError(f"unknown setting {name}")
    try:
        return ServerSettings(**overrides)  # type: ignore[arg-type]  # pydantic checks what the caller passes
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise SettingsError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def prepare_data_dir(settings: ServerSettings) -> Path:
    """The data directory, made if missing and proven writable.

    Raises:
        DataDirError: it cannot be made or written.
    """
    path = settings.data_dir.resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise DataDirError(f"{path}: {error.strerror}") from error
    return path
