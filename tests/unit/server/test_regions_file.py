"""The regions of an installation, from settings and file; and what a killed gateway leaves of probes."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Network
from pathlib import Path
from typing import Any, cast

import pytest

from deskreel.core.errors import SettingsError
from deskreel.core.ids import ProbeId, made_at, make_id
from deskreel.core.time import WallTime
from deskreel.server.context import PROBE_MS, Context
from deskreel.server.regions.config import RegionIncompleteError, Regions, UnknownRegionError, load_regions
from deskreel.server.regions.service import sweep_probes
from deskreel.server.settings import ServerSettings
from deskreel.storage import layout
from deskreel.storage.region_key import RegionKeys
from deskreel.testing.memory_store import MemoryStore

HOME, OTHER = RegionKeys.generate().newest, RegionKeys.generate().newest


def load(tmp_path: Path, text: str | None, **changes: Any) -> Regions:
    file = tmp_path / "regions.toml"
    if text is not None:
        file.write_text(text)
    settings = ServerSettings(data_dir=tmp_path, regions=None if text is None else file, **changes)
    return load_regions(settings, lambda: HOME)


def test_without_a_file_there_is_the_region_of_the_settings(tmp_path: Path) -> None:
    regions = load(tmp_path, None, gateway_url="https://media.example.com/")
    assert (regions.home, list(regions.by_name)) == ("default", ["default"])
    home = regions["default"]
    assert (home.media_url, home.objects_url, home.seal_for) == (
        "https://media.example.com",
        (tmp_path / "objects").as_uri(),
        HOME,
    )
    with pytest.raises(UnknownRegionError, match="'us' is none of default"):
        regions["us"]


def test_a_file_adds_regions_and_what_is_published(tmp_path: Path) -> None:
    text = (
        f'[us]\ngateway_url = "https://us.example.com/"\npublic_key = "{OTHER.text}"\n'
        'ipv4 = ["192.0.2.1", "192.0.2.2"]\nipv6 = "2001:db8::/48"\n[eu]\nturn_host = "turn.example.com"\n'
    )
    regions = load(tmp_path, text, region="eu")
    us = regions["us"]
    assert (us.media_url, us.seal_for) == ("https://us.example.com", OTHER)
    assert us.ipv4 == (IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2"))
    assert us.ipv6 == IPv6Network("2001:db8::/48")
    assert (regions.home, regions["eu"].turn_host, regions["eu"].seal_for) == ("eu", "turn.example.com", HOME)
    with pytest.raises(RegionIncompleteError, match="us has no storage_url"):
        _ = us.objects_url


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[us", "is no TOML"),
        ("us = 1", "'us' is no table of a region"),
        ("[US]", "'US' is no table of a region"),
        ("[us]\nstorage = 1", "us.storage: Extra inputs"),
        ('[us]\ngateway_url = "media.example.com"', "us.gateway_url: .*https://"),
        ('[us]\npublic_key = "short"', "us.public_key: .*logs at its start"),
        ('[us]\nipv4 = ["192.0.2.256"]', "us.ipv4.0"),
        ('[us]\nipv6 = "2001:db8::1/48"', "us.ipv6"),
        (
            '[us]\nstorage_url = "s3://one"\n[eu]\nstorage_url = "s3://one"',
            "two media regions have the same storage_url",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        load(tmp_path, text)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    settings = ServerSettings(data_dir=tmp_path, regions=tmp_path / "none.toml")
    with pytest.raises(SettingsError, match=r"none\.toml: No such file"):
        load_regions(settings, lambda: HOME)


async def test_what_probes_left_behind_goes_once_they_are_over() -> None:
    @dataclass
    class Now:
        now: int = 1_790_000_000_000

        def clock(self) -> WallTime:
            return WallTime(self.now)

    at, store = Now(), MemoryStore()
    probe = ProbeId(make_id("prb", at.clock(), bytes(10)))
    assert made_at(probe) == at.now
    await store.put(layout.probe_key(probe, 1), b"left")
    at.now += PROBE_MS
    await sweep_probes(cast(Context, at), store)
    assert len(store.objects) == 1
    at.now += 1
    await sweep_probes(cast(Context, at), store)
    assert store.objects == {}
