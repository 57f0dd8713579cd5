"""A recorder's pictures pass through the gateway to viewers by WHIP and WHEP, over real HTTP, ICE, DTLS and SRTP."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import av
import pytest
from live_gateway import (
    BITS,
    SDP,
    Desktop,
    LiveGateway,
    live_gateway,
    now_ms,
    publish,
    read_code,
    watch,
)

from deskreel.core.ids import ScreenRecordingId, make_id
from deskreel.core.time import WallTime
from deskreel.gateway.live_limits import LiveLimits
from deskreel.rtc.aiortc_receive import AiortcReceiving
from deskreel.rtc.aiortc_send import AiortcSending
from deskreel.rtc.wire import unpack
from support.waiting import until

OTHER = ScreenRecordingId(make_id("scr", WallTime(1_700_000_000_000), b"other-ones"))


@pytest.fixture
async def gateway() -> AsyncIterator[LiveGateway]:
    async with live_gateway() as made:
        yield made


@pytest.fixture
async def desktop(gateway: LiveGateway) -> AsyncIterator[Desktop]:
    made = await publish(gateway)
    yield made
    await made.end()


async def test_pictures_arrive_whole_and_soon_with_the_senders_own_timing(
    gateway: LiveGateway, desktop: Desktop
) -> None:
    watcher = await watch(gateway)
    delays: list[int] = []
    decoder = av.CodecContext.create("h264", "r")
    read = 0
    for count in range(1, 17):
        await until(lambda count=count: len(watcher.units) >= count, "a picture")
        for unit in watcher.units[read:]:
            (frame,) = decoder.decode(av.Packet(unpack(unit.payloads)))
            delays.append((now_ms() - read_code(frame.to_ndarray()[:40])) % (1 << BITS))
        read = len(watcher.units)
    assert watcher.units[0].keyframe
    assert sorted(delays)[len(delays) // 2] < 150
    sent = [b - a for a, b in zip(desktop.sent_ms, desktop.sent_ms[1:], strict=False)]
    got = [(b.timestamp - a.timestamp) // 90 for a, b in zip(watcher.units, watcher.units[1:], strict=False)]
    assert set(got) <= {step + near for step in sent for near in (-1, 0, 1)}
    await watcher.receiving.close()


async def test_who_comes_late_and_a_second_viewer_have_a_picture_within_a_second_and_a_half(
    gateway: LiveGateway, desktop: Desktop
) -> None:
    await gateway.publishing()
    before = len(desktop.keyframes_asked)
    waits: list[float] = []
    watchers = []
    for _ in range(3):
        began = time.monotonic()
        watchers.append(await watch(gateway))
        await until(lambda: watchers[-1].units, "a first picture")
        waits.append(time.monotonic() - began)
        assert watchers[-1].units[0].keyframe
    assert max(waits) < 1.5, waits
    asked = desktop.keyframes_asked[before:]
    assert all(b - a > 0.9 for a, b in itertools.pairwise(asked)), asked
    report = await gateway.report()
    assert (report["viewers"], report["publishers"], report["publishing"]) == (3, 1, True)
    assert report["kbps"] > 0
    await asyncio.gather(*(watcher.receiving.close() for watcher in watchers))
    await until(_viewers(gateway, 0), "the viewers gone")


async def test_a_viewer_may_come_first_and_stays_when_the_recorder_goes_and_comes_back(
    gateway: LiveGateway,
) -> None:
    watcher = await watch(gateway)
    first = await publish(gateway)
    await until(lambda: len(watcher.units) > 3, "pictures")
    deleted = await gateway.client.delete(first.location, headers=gateway.headers("live_publish"))
    assert deleted.status_code == 200
    await asyncio.wait_for(first.sending.ended.wait(), 5)
    await first.end()
    again = await gateway.client.delete(first.location, headers=gateway.headers("live_publish"))
    assert (again.status_code, again.json()["code"]) == (404, "not_found")
    count, last = len(watcher.units), watcher.units[-1]
    second = await publish(gateway)
    await until(lambda: len(watcher.units) > count + 3, "pictures of the second")
    assert watcher.units[count].keyframe
    assert watcher.units[count].timestamp > last.timestamp
    assert (await gateway.report())["viewers"] == 1
    await second.end()
    await watcher.receiving.close()


async def test_a_newer_publisher_replaces_the_older_once_it_delivers(gateway: LiveGateway) -> None:
    watcher = await watch(gateway)
    older = await publish(gateway)
    await until(lambda: len(watcher.units) > 2, "pictures")
    newer = await publish(gateway, begin=False)
    count = len(watcher.units)
    await until(lambda: len(watcher.units) > count + 2, "pictures of the older")
    assert not older.sending.ended.is_set()
    newer.begin()
    await asyncio.wait_for(older.sending.ended.wait(), 5)
    await older.end()
    count = len(watcher.units)
    await until(lambda: len(watcher.units) > count + 3, "pictures of the newer")
    times = [unit.timestamp for unit in watcher.units]
    assert times == sorted(times)
    assert (await gateway.report())["publishers"] == 1
    await newer.end()
    await watcher.receiving.close()


async def test_a_session_ends_with_its_token_unless_a_newer_one_was_shown(
    gateway: LiveGateway, desktop: Desktop
) -> None:
    short, long = await watch(gateway, seconds=2), await watch(gateway, seconds=2)
    renewed = await gateway.client.put(
        f"{long.location}/token", headers=gateway.headers("live_watch", seconds=60)
    )
    assert renewed.status_code == 204
    await asyncio.wait_for(short.receiving.ended.wait(), 6)
    assert not long.receiving.ended.is_set()
    gone = await gateway.client.put(f"{short.location}/token", headers=gateway.headers("live_watch"))
    assert gone.status_code == 404
    count = len(long.units)
    await until(lambda: len(long.units) > count + 1, "pictures of the one that goes on")
    await long.receiving.close()
    await short.receiving.close()


async def test_only_the_right_token_opens(gateway: LiveGateway) -> None:
    viewer = AiortcReceiving(lambda _: None, loopback=True)
    offer = await viewer.offer()

    async def refused(path: str, headers: dict[str, str]) -> tuple[int, str]:
        answer = await gateway.client.post(f"{gateway.url}{path}", content=offer, headers=headers)
        return answer.status_code, answer.json()["code"]

    assert await refused("/whep", {"Content-Type": SDP}) == (401, "bad_token")
    assert await refused("/whep", gateway.headers("live_watch", seconds=-5)) == (401, "token_expired")
    assert (await refused("/whep", gateway.headers("live_publish")))[0] == 403
    assert (await refused("/whip", gateway.headers("live_watch")))[0] == 403
    assert (await refused("/whep", gateway.headers("live_watch", subject=OTHER)))[0] == 403
    wrong = {**gateway.headers("live_watch"), "Content-Type": "text/plain"}
    assert await refused("/whep", wrong) == (422, "invalid_input")
    await viewer.close()


@pytest.mark.parametrize(
    "offer",
    ["", "no description", "v=0\r\nm=audio 9 RTP/AVP 0\r\n", "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n"],
)
async def test_an_offer_that_is_none_is_refused_with_a_reason(gateway: LiveGateway, offer: str) -> None:
    for path, purpose in (("/whep", "live_watch"), ("/whip", "live_publish")):
        answer = await gateway.client.post(
            f"{gateway.url}{path}",
            content=offer,
            headers=gateway.headers(purpose),  # type: ignore[arg-type]
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "rtc_failed"), answer.text
    assert (await gateway.report())["process"]["viewers"] == 0


async def test_an_offer_without_h264_is_refused(gateway: LiveGateway) -> None:
    viewer = AiortcReceiving(lambda _: None, loopback=True)
    offer = (await viewer.offer()).replace("H264", "VP8")
    answer = await gateway.client.post(
        f"{gateway.url}/whep", content=offer, headers=gateway.headers("live_watch")
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "rtc_failed")
    await viewer.close()


async def test_a_gateway_takes_no_more_than_it_can(desktop: Desktop, gateway: LiveGateway) -> None:
    async with live_gateway(limits=LiveLimits(publishers=1, viewers=2, viewers_each=1)) as small:
        one = await watch(small)
        viewer = AiortcReceiving(lambda _: None, loopback=True)
        answer = await small.client.post(
            f"{small.url}/whep", content=await viewer.offer(), headers=small.headers("live_watch")
        )
        assert (answer.status_code, answer.json()["code"]) == (503, "live_busy")
        assert "retry-after" in answer.headers
        await one.receiving.close()
        await viewer.close()


async def test_a_recorder_that_seeks_another_way_again_and_again_is_not_refused(gateway: LiveGateway) -> None:
    watcher = await watch(gateway)
    for _ in range(6):  # none of them gets as far as a connection
        lost = AiortcSending(lambda: None, loopback=True)
        answer = await gateway.client.post(
            f"{gateway.url}/whip", content=await lost.offer(), headers=gateway.headers("live_publish")
        )
        assert answer.status_code == 201, answer.text
        await lost.close()
    desktop = await publish(gateway)
    await until(lambda: len(watcher.units) > 2, "pictures")
    await desktop.end()
    await watcher.receiving.close()


async def test_trickle_is_not_known_and_browsers_may_ask_from_elsewhere(gateway: LiveGateway) -> None:
    watcher = await watch(gateway)
    patched = await gateway.client.patch(watcher.location, headers=gateway.headers("live_watch"))
    assert patched.status_code == 405
    asked = await gateway.client.options(
        f"{gateway.url}/whep",
        headers={
            "Origin": "https://deskreel.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type",
        },
    )
    assert asked.status_code == 200
    assert "DELETE" in asked.headers["access-control-allow-methods"]
    answer = await gateway.client.put(
        f"{watcher.location}/token",
        headers={**gateway.headers("live_watch"), "Origin": "https://deskreel.example"},
    )
    assert "location" in answer.headers["access-control-expose-headers"].lower()
    await watcher.receiving.close()


async def test_it_goes_over_ipv6_too() -> None:
    async with live_gateway(host="::1") as gateway:
        desktop = await publish(gateway)
        watcher = await watch(gateway)
        await until(lambda: len(watcher.units) > 3, "pictures")
        await desktop.end()
        await watcher.receiving.close()


def _viewers(gateway: LiveGateway, count: int) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return (await gateway.report())["viewers"] == count

    return look
