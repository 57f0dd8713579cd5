"""Descriptions from outside: whatever is sent, it is answered or refused, and nothing stays open."""

from __future__ import annotations

import random

import pytest

from deskreel.rtc.aiortc_receive import AiortcReceiving
from deskreel.rtc.aiortc_send import AiortcSending
from deskreel.rtc.connection import MAX_CANDIDATES, MAX_SDP, prepared
from deskreel.rtc.port import RtcError


def _spoiled(lines: list[str], chance: random.Random) -> str:
    spoiled = list(lines)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(spoiled))
        match chance.randrange(4):
            case 0:
                del spoiled[at]
            case 1:
                spoiled[at] = spoiled[at][: chance.randint(0, len(spoiled[at]))]
            case 2:
                spoiled.insert(at, chance.choice(spoiled))
            case _:
                spoiled[at] = spoiled[at].replace("1", "9" * 12)
    return "\r\n".join(spoiled)


async def test_a_spoiled_offer_is_answered_or_refused_and_nothing_else() -> None:
    viewer = AiortcReceiving(lambda _: None, loopback=True)
    lines = (await viewer.offer()).split("\r\n")
    await viewer.close()
    chance, refused = random.Random(5), 0
    for _ in range(60):
        sending = AiortcSending(lambda: None, loopback=True)
        try:
            assert "H264" in await sending.answer(_spoiled(lines, chance))
        except RtcError:
            refused += 1
        await sending.close()
    assert 0 < refused < 60


def test_names_that_only_a_browser_knows_are_left_out() -> None:
    text = "\n".join(
        (
            "v=0",
            "m=video 9 UDP/TLS/RTP/SAVPF 96",
            "a=candidate:1 1 udp 1 4c0a-11.local 5000 typ host",
            "a=candidate:2 1 tcp 1 192.0.2.7 9 typ host tcptype active",
            "a=candidate:3 1 udp 1 192.0.2.7 5000 typ host",
            "a=end-of-candidates",
        )
    )
    kept = prepared(text).splitlines()
    assert kept == ["v=0", "m=video 9 UDP/TLS/RTP/SAVPF 96", "a=candidate:3 1 udp 1 192.0.2.7 5000 typ host"]


@pytest.mark.parametrize(
    "text", ["", "v=0", "m=audio 9 RTP 0", "m=video 9 RTP 96\nm=audio 9 RTP 0", "m=video" + "x" * MAX_SDP]
)
def test_what_is_not_one_video_is_refused(text: str) -> None:
    with pytest.raises(RtcError):
        prepared(text)


def test_of_very_many_candidates_the_first_are_taken() -> None:
    many = [f"a=candidate:{n} 1 udp 1 192.0.2.{n % 250} {5000 + n} typ host" for n in range(1000)]
    kept = prepared("\n".join(["v=0", "m=video 9 UDP/TLS/RTP/SAVPF 96", *many, "a=mid:0"])).splitlines()
    assert kept[2:-1] == many[:MAX_CANDIDATES]
    assert kept[-1] == "a=mid:0"


@pytest.mark.parametrize(
    "line", ["ssrc:8589934592 cname:a", "ssrc:-1 cname:a", "ssrc:", "ssrc-group:FID 1 4294967296"]
)
def test_a_stream_that_no_packet_can_name_is_refused(line: str) -> None:
    with pytest.raises(RtcError, match="SSRC"):
        prepared(f"v=0\nm=video 9 UDP/TLS/RTP/SAVPF 96\na={line}")


def test_streams_with_the_highest_number_are_taken() -> None:
    line = "a=ssrc-group:FID 0 4294967295"
    assert line in prepared(f"v=0\nm=video 9 UDP/TLS/RTP/SAVPF 96\n{line}\na=ssrc:4294967295 cname:a")
