"""Rules of live views without a server: figures so far, leases, where both sides meet, TURN, what has to be open."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.errors import SettingsError
from deskreel.core.live import Rung
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime, Window
from deskreel.core.timeline import Span, SpanState
from deskreel.server.live.leases import LEASE_MS, PUSH_MS, is_news
from deskreel.server.live.so_far import Heard, SoFar, so_far
from deskreel.server.regions.config import Region, Regions, load_regions
from deskreel.server.regions.network import openings
from deskreel.server.regions.network_figures import spread
from deskreel.server.regions.turn import turn_server
from deskreel.server.settings import ServerSettings
from deskreel.storage.region_key import RegionKeys

KEY = RegionKeys.generate().newest
T0 = 1_790_000_000_000


def at(ms: int) -> WallTime:
    return WallTime(T0 + ms)


def window(start: int, end: int | None) -> Window:
    return Window(at(start), None if end is None else at(end))


def heard(**changes: Any) -> Heard:
    return Heard(
        **{"enrolled": True, "first_frame_at": at(0), "last_seen_at": None, "problem": None, **changes}
    )


CALL = (
    Span(state=SpanState.RECORDED, window=window(0, 4000)),
    Span(state=SpanState.PAUSED, window=window(4000, 6000)),
    Span(state=SpanState.MISSING, window=window(6000, 7000), reason=ReasonCode.PAUSE_UNKNOWN),
    Span(state=SpanState.RECORDED, window=window(7000, None)),
)


@pytest.mark.parametrize(
    ("known", "expected", "captured", "missing"),
    [
        (heard(), 8000, 7000, {"pause_unknown": 1000}),
        (heard(first_frame_at=at(500)), 8000, 6500, {"pause_unknown": 1000, "start_delay": 500}),
        (heard(first_frame_at=None), 8000, 0, {"start_delay": 7000, "pause_unknown": 1000}),
        (
            heard(first_frame_at=None, problem=ReasonCode.NO_DISPLAY),
            8000,
            0,
            {"no_display": 7000, "pause_unknown": 1000},
        ),
        (heard(last_seen_at=at(8000)), 8000, 5000, {"recorder_offline": 2000, "pause_unknown": 1000}),
        (
            heard(first_frame_at=None, last_seen_at=WallTime(0)),
            8000,
            0,
            {"recorder_offline": 7000, "pause_unknown": 1000},
        ),
        (heard(enrolled=False), 8000, 0, {"not_enrolled": 7000, "pause_unknown": 1000}),
    ],
)
def test_what_is_missing_so_far_has_its_reason(
    known: Heard, expected: int, captured: int, missing: dict[str, int]
) -> None:
    found = so_far(CALL, window(0, None), known, at(10_000))
    assert found == SoFar(
        expected_ms=expected,
        captured_ms=captured,
        missing=tuple((ReasonCode(reason), ms) for reason, ms in missing.items()),
    )


def test_only_the_part_that_belongs_to_the_call_counts() -> None:
    assert so_far(CALL, window(8000, None), heard(), at(10_000)).expected_ms == 2000
    assert so_far(CALL, window(4000, 6000), heard(), at(10_000)) == SoFar(
        expected_ms=0, captured_ms=0, missing=()
    )


# --- leases ---------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 20_000)), min_size=1, max_size=80))
def test_however_many_watch_the_recorder_hears_in_time_and_seldom(renewals: list[tuple[int, int]]) -> None:
    """Viewers renew 0 to 20 s after one another: what the recorder was told never runs out before the next."""
    now, latest, told, pushes = T0, None, 0, 0
    for _viewer, later in renewals:
        now += later
        if latest is not None:
            assert told >= min(latest, now)  # it sends on as long as somebody's lease holds
        if latest is not None and latest <= now:
            latest = None  # the lease ran out: the next one is the first again
        after = now + LEASE_MS
        if is_news(None if latest is None else WallTime(latest), WallTime(after)):
            told, pushes = after, pushes + 1
        latest = after
        assert told > latest - PUSH_MS
    assert pushes <= 2 + (now - T0) // PUSH_MS


# --- regions --------------------------------------------------------------------------------------------------


def region(tmp_path: Path, text: str) -> Region:
    return loaded(tmp_path, text)["eu"]


def loaded(tmp_path: Path, text: str) -> Regions:
    file = tmp_path / "regions.toml"
    file.write_text(f"[eu]\n{text}")
    settings = ServerSettings(
        data_dir=tmp_path, region="eu", regions=file, public_url="https://deskreel.example.com:8443"
    )
    return load_regions(settings, lambda: KEY)


def test_sender_and_watchers_of_a_recording_meet_and_a_new_gateway_moves_only_its_share(
    tmp_path: Path,
) -> None:
    few = [f"https://live-{n}.example.com" for n in range(4)]
    before = region(tmp_path, f"live_urls = {few}")
    after = region(tmp_path, f"live_urls = {[*reversed(few), 'https://live-4.example.com/']}")
    ids = [f"scr_{n:026}" for n in range(2000)]
    share = Counter(before.live_url(one) for one in ids)
    assert set(share) == set(few)
    assert min(share.values()) > 400
    moved = [one for one in ids if before.live_url(one) != after.live_url(one)]
    assert {after.live_url(one) for one in moved} == {"https://live-4.example.com"}
    assert 300 < len(moved) < 500


def test_without_addresses_of_their_own_live_views_go_to_the_gateway(tmp_path: Path) -> None:
    assert region(tmp_path, "").live_url("scr_1") == "https://deskreel.example.com:8443/gateway"


def test_a_turn_credential_is_what_coturn_works_out(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("north wind\n")
    here = region(
        tmp_path,
        'turn_host = "turn.example.com"\nturn_tls_port = 5349\nturn_secret_file = "secret"',
    )
    assert "north" not in repr(here)
    turn = turn_server(here, "agt_1", at(500), 60_000)
    assert turn is not None
    assert turn.username == f"{(T0 + 60_500) // 1000}:agt_1"
    expected = hmac.new(b"north wind", turn.username.encode(), hashlib.sha1).digest()
    assert base64.b64decode(turn.password) == expected
    assert turn.url(Rung.TURN_TLS) == "turns:turn.example.com:5349?transport=tcp"
    assert turn.url(Rung.TURN_UDP) == "turn:turn.example.com:3478?transport=udp"
    assert turn_server(region(tmp_path, 'turn_host = "turn.example.com"'), "agt_1", at(0), 1) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('turn_host = "t"\nturn_secret_file = "none"', r"eu: turn_secret_file .*none: .*No such file"),
        ('turn_host = "t"\nturn_secret_file = "empty"', "holds no secret"),
        ('turn_secret_file = "empty"', "eu: .*of no use without turn_host"),
        ('live_urls = ["https://l.example.com", "https://l.example.com/"]', "eu.live_urls: .*twice"),
        ("turn_port = 0", "eu.turn_port"),
        ('live_urls = ["live.example.com"]', r"eu.live_urls: .*https://"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(SettingsError, match=says):
        region(tmp_path, text)


def test_what_has_to_be_open_is_named_once(tmp_path: Path) -> None:
    here = region(
        tmp_path,
        'gateway_url = "https://media.example.com"\nlive_urls = ["https://media.example.com", '
        '"https://live.example.com:8443"]\nturn_host = "turn.example.com"',
    )
    assert [(o.host, o.port, o.protocol, o.purpose, o.live_only) for o in openings(here)] == [
        ("media.example.com", 443, "tcp", "media", False),
        ("media.example.com", None, "udp", "live_direct", True),
        ("live.example.com", 8443, "tcp", "media", True),
        ("live.example.com", None, "udp", "live_direct", True),
        ("turn.example.com", 3478, "udp", "turn", True),
        ("turn.example.com", 3478, "tcp", "turn", True),
        ("turn.example.com", 443, "tcp", "turn_tls", True),
        ("turn.example.com", 80, "tcp", "turn_web", True),
    ]


def test_figures_are_of_those_that_are_known() -> None:
    assert spread([None, None]) is None
    found = spread([*map(float, range(1, 101)), None])
    assert found is not None
    assert (found.recorders, found.p5, found.median, found.p95) == (100, 6.0, 51.0, 96.0)
