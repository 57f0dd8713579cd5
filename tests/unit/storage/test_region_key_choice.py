"""Which region key a server names in its orders, and which ones a gateway opens with."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from deskreel.core.errors import SettingsError
from deskreel.serve import gateway_region_keys
from deskreel.server.settings import ServerSettings
from deskreel.server.startup import server_region_key
from deskreel.storage.region_key import RegionKeys


def settings(tmp_path: Path, **more: object) -> ServerSettings:
    return ServerSettings(data_dir=tmp_path / "data", **more)  # type: ignore[arg-type]


def test_one_data_directory_one_key(tmp_path: Path) -> None:
    one = settings(tmp_path)
    assert server_region_key(one) == gateway_region_keys(one).newest == server_region_key(one)


def test_a_key_file_counts_for_both(tmp_path: Path) -> None:
    RegionKeys.load_or_create(tmp_path / "elsewhere")
    given = settings(tmp_path, region_keys=tmp_path / "elsewhere" / "region-key.pem")
    assert server_region_key(given) == gateway_region_keys(given).newest
    assert not (tmp_path / "data").exists()


def test_a_server_alone_needs_the_public_half_only(tmp_path: Path) -> None:
    gateway = RegionKeys.load_or_create(tmp_path / "gateway").newest
    alone = settings(tmp_path, region_public_key=gateway.text)
    assert server_region_key(alone) == gateway
    assert not (tmp_path / "data").exists(), "it has no private key"
    with pytest.raises(SettingsError):
        server_region_key(settings(tmp_path, region_public_key="no key"))


def test_the_log_shows_the_public_half_only(tmp_path: Path) -> None:
    with capture_logs() as lines:
        keys = gateway_region_keys(settings(tmp_path))
    assert [line["public"] for line in lines] == [keys.newest.text]
    pem = (tmp_path / "data" / "keys" / "region-key.pem").read_text()
    assert pem.splitlines()[1] not in repr(lines)
