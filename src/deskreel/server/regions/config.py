"""The media regions of an installation, from its settings and its regions file. Read once, at the start.

The region that the settings name needs no file: its gateway, storage and key are those of the settings. A regions
file (TOML, a table per region) adds others, and says of each what admins of networks are told.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Network
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from deskreel.core.errors import DeskreelError, InvalidInputError, SettingsError
from deskreel.server.settings import REGION_NAME, ServerSettings
from deskreel.storage.region_key import RegionPublicKey


class UnknownRegionError(InvalidInputError):
    """A region that the settings do not name (any more)."""

    code = "unknown_region"
    title = "There is no such media region"
    hint = "Regions stand in the file that DESKREEL_REGIONS names; keep one as long as it holds recordings."


class RegionIncompleteError(DeskreelError):
    """This process would need to know more about a region."""

    code = "region_incomplete"
    status = 503
    title = "The settings do not say enough about a media region"
    hint = "Add what is missing to the region's table in the file that DESKREEL_REGIONS names."


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """One media region."""

    name: str  # for ever: recordings keep it
    gateway_url: (
        str | None
    )  # as browsers and recorders reach it, no trailing slash; None: this process need not know
    storage_url: str | None  # as `open_store` takes it; None: this process need not know
    public_key: RegionPublicKey | None  # for which recorders seal; None: this process need not know
    live_urls: tuple[str, ...]  # of the gateway processes that carry live views, no trailing slash
    turn_host: str | None  # of live view; None: there is none
    turn_port: int  # UDP and TCP
    turn_tls_port: int
    turn_web_port: int  # where the TURN host has its 404 page, over http
    turn_secret: str | None = field(repr=False)  # it shares with the TURN server; None: nobody gets in
    ipv4: tuple[IPv4Address, ...]  # published: what the host names resolve to, and nothing else
    ipv6: IPv6Network | None  # published: the prefix in which they lie

    @property
    def media_url(self) -> str:
        """The gateway's address.

        Raises:
            RegionIncompleteError: it is not said.
        """
        if self.gateway_url is None:
            raise RegionIncompleteError(f"region {self.name} has no gateway_url")
        return self.gateway_url

    def live_url(self, recording: str) -> str:
        """The gateway where those who send and those who watch a screen recording meet: for all servers the same.

        Rendezvous hashing: where an address is added or goes, no recording moves between the others.

        Raises:
            RegionIncompleteError: it is not said where its gateway is.
        """
        urls = self.live_urls or (self.media_url,)
        return max(urls, key=lambda url: sha256(f"{url}\n{recording}".encode()).digest())

    @property
    def objects_url(self) -> str:
        """Where its objects are.

        Raises:
            RegionIncompleteError: it is not said.
        """
        if self.storage_url is None:
            raise RegionIncompleteError(f"region {self.name} has no storage_url")
        return self.storage_url

    @property
    def seal_for(self) -> RegionPublicKey:
        """The key for which recorders seal.

        Raises:
            RegionIncompleteError: it is not said.
        """
        if self.public_key is None:
            raise RegionIncompleteError(f"region {self.name} has no public_key")
        return self.public_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Regions:
    """All of them."""

    home: str  # the region of the settings' own storage and gateway, and of whoever has chosen none
    by_name: Mapping[str, Region]  # in the order of their names

    def __getitem__(self, name: str) -> Region:
        """The region of a name.

        Raises:
            UnknownRegionError: there is none.
        """
        found = self.by_name.get(name)
        if found is None:
            raise UnknownRegionError(f"{name[:60]!r} is none of {', '.join(self.by_name)}")
        return found


class _Table(BaseModel):
    """A region in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gateway_url: str | None = None
    storage_url: str | None = None
    public_key: str | None = None
    live_urls: tuple[str, ...] = Field(default=(), max_length=64)
    turn_host: str | None = Field(default=None, pattern=r"^[A-Za-z0-9.-]{1,253}$")
    turn_port: int = Field(default=3478, ge=1, le=65535)
    turn_tls_port: int = Field(default=443, ge=1, le=65535)
    turn_web_port: int = Field(default=80, ge=1, le=65535)
    turn_secret_file: Path | None = None
    ipv4: tuple[IPv4Address, ...] = ()
    ipv6: IPv6Network | None = None

    @field_validator("gateway_url")
    @classmethod
    def _is_http(cls, value: str | None) -> str | None:
        return None if value is None else _address("gateway_url", value)

    @field_validator("live_urls")
    @classmethod
    def _are_http(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        urls = tuple(_address("live_urls", one) for one in value)
        if len(urls) != len(set(urls)):
            raise ValueError("live_urls: the same address twice")
        return urls

    @field_validator("public_key")
    @classmethod
    def _is_key(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                RegionPublicKey.parse(value)
            except DeskreelError as error:
                raise ValueError("public_key is not what the region's gateway logs at its start") from error
        return value

    @model_validator(mode="after")
    def _has_use(self) -> Self:
        if self.turn_secret_file is not None and self.turn_host is None:
            raise ValueError("turn_secret_file is of no use without turn_host")
        return self


def load_regions(settings: ServerSettings, home_key: Callable[[], RegionPublicKey]) -> Regions:
    """The regions of these settings; `home_key` gives the home region's public key where the file has none.

    Raises:
        SettingsError: the file cannot be read or says what cannot be.
    """
    tables = _read(settings.regions) if settings.regions is not None else {}
    tables.setdefault(settings.region, _Table())
    regions: dict[str, Region] = {}
    for name, table in sorted(tables.items()):
        home = name == settings.region
        given = table.public_key
        regions[name] = Region(
            name=name,
            gateway_url=table.gateway_url or (settings.media_url if home else None),
            storage_url=table.storage_url or (settings.objects_url if home else None),
            public_key=RegionPublicKey.parse(given) if given is not None else home_key() if home else None,
            live_urls=table.live_urls,
            turn_host=table.turn_host,
            turn_port=table.turn_port,
            turn_tls_port=table.turn_tls_port,
            turn_web_port=table.turn_web_port,
            turn_secret=_turn_secret(settings, name, table),
            ipv4=table.ipv4,
            ipv6=table.ipv6,
        )
    stores = [region.storage_url for region in regions.values() if region.storage_url is not None]
    if len(stores) != len(set(stores)):
        raise SettingsError("two media regions have the same storage_url", hint="Each region has its own.")
    return Regions(home=settings.region, by_name=regions)


def _address(name: str, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise ValueError(f"{name}: an address is such as https://media-eu.example.com")
    return value.rstrip("/")


def _turn_secret(settings: ServerSettings, name: str, table: _Table) -> str | None:
    if table.turn_secret_file is None:
        return None
    assert settings.regions is not None  # noqa: S101 - the table is in it
    path = settings.regions.parent / table.turn_secret_file
    try:
        secret = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"region {name}: turn_secret_file {path}: {error}") from error
    if not secret or "\n" in secret:
        raise SettingsError(
            f"region {name}: turn_secret_file {path} holds no secret",
            hint="Its one line is what the TURN server has as static-auth-secret.",
        )
    return secret


def _read(path: Path) -> dict[str, _Table]:
    try:
        document = tomllib.loads(path.read_text())
    except OSError as error:
        raise SettingsError(f"DESKREEL_REGIONS={path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is no TOML: {error}") from error
    tables: dict[str, _Table] = {}
    for name, facts in document.items():
        if re.fullmatch(REGION_NAME, name) is None or not isinstance(facts, dict):
            raise SettingsError(
                f"{path}: {name[:60]!r} is no table of a region",
                hint="Write [eu], then its lines; a name is lower-case letters, digits and hyphens.",
            )
        try:
            tables[name] = _Table.model_validate(facts)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join([name, *map(str, first["loc"])])
            raise SettingsError(f"{path}: {place}: {first['msg']}") from error
    return tables
