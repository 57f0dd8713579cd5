"""Our RTP ends against each other over a pipe that loses, with aiortc's own packets in between."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest
from aiortc.rtcrtpparameters import (
    RTCRtcpParameters,
    RTCRtpCodecParameters,
    RTCRtpDecodingParameters,
    RTCRtpReceiveParameters,
    RTCRtpRtxParameters,
    RTCRtpSendParameters,
)
from aiortc.rtp import HeaderExtensionsMap, RtcpPacket, RtpPacket, is_rtcp

from deskreel.rtc.rtp_receive import RtpReceiver
from deskreel.rtc.rtp_send import RtpSender
from deskreel.rtc.wire import MAX_PAYLOAD, Unit, packet
from support.waiting import until

CODECS = [
    RTCRtpCodecParameters(mimeType="video/H264", clockRate=90_000, payloadType=99),
    RTCRtpCodecParameters(mimeType="video/rtx", clockRate=90_000, payloadType=100, parameters={"apt": 99}),
]
DELAY_S = 0.01


class Pipe:
    """One direction, in place of the DTLS transport: packets arrive a little later, unless they are lost."""

    def __init__(self, lost: Callable[[bytes], bool]) -> None:
        self.lost = lost
        self.other: RtpSender | RtpReceiver | None = None
        self.sent: list[bytes] = []
        self.tasks: set[asyncio.Task[None]] = set()

    def _register_rtp_sender(self, *_: Any) -> None: ...

    def _register_rtp_receiver(self, *_: Any) -> None: ...

    _unregister_rtp_sender = _unregister_rtp_receiver = _register_rtp_sender

    async def _send_rtp(self, data: bytes) -> None:
        self.sent.append(data)
        if not self.lost(data):
            asyncio.get_running_loop().call_later(DELAY_S, self._arrive, data)

    def _arrive(self, data: bytes) -> None:
        task = asyncio.ensure_future(self._handle(data))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _handle(self, data: bytes) -> None:
        if self.other is None:
            return
        if is_rtcp(data):
            for packet in RtcpPacket.parse(data):
                await self.other._handle_rtcp_packet(packet)
        elif isinstance(self.other, RtpReceiver):
            await self.other._handle_rtp_packet(RtpPacket.parse(data, HeaderExtensionsMap()), 0)


class Ends:
    """A sender and a receiver, connected."""

    def __init__(self, lost: Callable[[bytes], bool] = lambda _: False, pace_kbps: float = 20_000) -> None:
        self.units: list[Unit] = []
        self.keyframes = 0
        self.there, self.back = Pipe(lost), Pipe(lambda _: False)
        self.sender = RtpSender(self.there, self._keyframe, pace_kbps)
        self.receiver = RtpReceiver(self.back, self.units.append)
        self.there.other, self.back.other = self.receiver, self.sender

    def _keyframe(self) -> None:
        self.keyframes += 1

    async def __aenter__(self) -> Ends:
        rtcp = RTCRtcpParameters(cname="test", ssrc=self.sender._ssrc, mux=True)
        sending = RTCRtpSendParameters(codecs=CODECS, muxId="0", rtcp=rtcp)
        rtx = RTCRtpRtxParameters(ssrc=self.sender._rtx_ssrc)
        encoding = RTCRtpDecodingParameters(ssrc=self.sender._ssrc, payloadType=99, rtx=rtx)
        self.receiver._set_rtcp_ssrc(1)
        await self.receiver.receive(
            RTCRtpReceiveParameters(codecs=CODECS, muxId="0", rtcp=rtcp, encodings=[encoding])
        )
        await self.sender.send(sending)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.sender.stop()
        await self.receiver.stop()

    def send(self, number: int, *, packets: int = 2, keyframe: bool = False) -> None:
        head = b"\x67\x42\xc0" if keyframe else b"\x41\x9a\x00"
        payloads = tuple(head + bytes((number,)) + bytes(MAX_PAYLOAD - 4) for _ in range(packets))
        self.sender.send_unit(Unit(payloads=payloads, timestamp=number * 9000, keyframe=keyframe))

    @property
    def numbers(self) -> list[int]:
        return [unit.payloads[0][3] for unit in self.units]


def _is_video(data: bytes) -> bool:
    return not is_rtcp(data) and data[1] & 0x7F == 99


async def test_pictures_and_their_distances_arrive_as_they_were_sent() -> None:
    async with Ends() as ends:
        ends.send(0, packets=40, keyframe=True)
        for number in range(1, 5):
            ends.send(number)
        await until(lambda: ends.numbers == [0, 1, 2, 3, 4], "the pictures")
        times = [unit.timestamp for unit in ends.units]
        assert [b - a for a, b in itertools.pairwise(times)] == [9000] * 4


async def test_what_is_lost_once_or_twice_comes_again() -> None:
    chance = random.Random(3)
    async with Ends(lambda data: not is_rtcp(data) and chance.random() < 0.2) as ends:
        ends.send(0, packets=3, keyframe=True)
        for number in range(1, 60):
            ends.send(number)
            await asyncio.sleep(0.01)
        await until(lambda: len(ends.units) >= 50, "the pictures")
        await until(lambda: ends.sender.stats().lost > 5, "a report of the loss")
        await until(lambda: ends.sender.stats().rtt_ms is not None, "a report on a report")
        assert ends.numbers == sorted(ends.numbers)
        stats = ends.sender.stats()
        assert stats.rtt_ms is not None
        assert 15 < stats.rtt_ms < 200
        assert stats.sent_bytes > stats.packets * MAX_PAYLOAD


async def test_what_never_comes_costs_a_keyframe_and_nothing_hangs() -> None:
    doomed: set[bytes] = set()

    def lost(data: bytes) -> bool:
        if _is_video(data) and data[15] == 2:
            doomed.add(data[2:4])
        return not is_rtcp(data) and (data[2:4] in doomed or data[12:14] in doomed)

    async with Ends(lost) as ends:
        ends.send(0, keyframe=True)
        for number in range(1, 6):
            ends.send(number)
        await until(lambda: ends.keyframes > 0, "a request for a keyframe")
        ends.send(6, keyframe=True)
        ends.send(7)
        await until(lambda: ends.numbers == [0, 1, 6, 7], "the pictures")
        assert ends.receiver.stats().given_up == 2


async def test_after_clear_not_one_packet_leaves_of_what_was_there_before() -> None:
    async with Ends(pace_kbps=800) as ends:
        ends.send(0, packets=60, keyframe=True)  # takes 0.7 s
        ends.send(1)
        await until(lambda: sum(map(_is_video, ends.there.sent)) > 10, "the first packets")
        ends.sender.clear()
        ends.sender.pace(20_000)
        before = len(ends.there.sent)
        ends.send(2)  # no keyframe: cannot be shown
        assert ends.keyframes == 1
        ends.send(3, keyframe=True)
        ends.send(4)
        await until(lambda: ends.numbers == [3, 4], "the pictures after it")
        later = [data for data in ends.there.sent[before:] if not is_rtcp(data)]
        assert {data[15] for data in later} == {3, 4}


async def test_a_keyframe_leaves_at_its_pace() -> None:
    async with Ends(pace_kbps=4000) as ends:
        loop = asyncio.get_running_loop()
        began = loop.time()
        ends.send(0, packets=100, keyframe=True)  # 944 kbit
        await until(lambda: ends.units, "it")
        assert 0.2 < loop.time() - began < 0.6


async def test_on_a_lossy_line_the_last_packet_of_a_picture_goes_out_twice() -> None:
    lost: list[bytes] = []

    def first_tail(data: bytes) -> bool:
        if not lost and _is_video(data) and data[15] == 1 and data[1] & 0x80:
            lost.append(data)
            return True
        return False

    async with Ends(first_tail) as ends:
        ends.sender._loss = 5.0
        ends.send(0, keyframe=True)
        ends.send(1, packets=3)
        await until(lambda: ends.numbers == [0, 1], "the picture, though none follows")
        assert lost


async def test_who_stops_says_so() -> None:
    ended = asyncio.Event()
    async with Ends() as ends:
        ends.receiver._on_end = ended.set
        ends.send(0, keyframe=True)
        await until(lambda: ends.units, "a picture")
    await asyncio.wait_for(ended.wait(), 2)


class _Srtp(Pipe):
    """As aiortc's transport, which has room for 1,500 bytes with what SRTP adds."""

    async def _send_rtp(self, data: bytes) -> None:
        if len(data) > 1356:
            raise ValueError("packet is too long")
        await super()._send_rtp(data)


async def test_a_packet_too_long_for_srtp_is_lost_and_what_follows_is_sent() -> None:
    async with Ends() as ends:
        ends.sender.transport = srtp = _Srtp(lambda _: False)
        srtp.other = ends.receiver
        ends.sender.send_unit(Unit(payloads=(b"\x67" + bytes(1400),), timestamp=0, keyframe=True))
        ends.send(1, keyframe=True)
        await until(lambda: ends.numbers == [1], "the picture after it")


async def test_a_sender_that_can_send_no_more_ends_its_connection() -> None:
    ended = asyncio.Event()
    async with Ends() as ends:
        ends.sender._on_end = ended.set
        ends.sender._kind = 300  # from a description that aiortc took
        ends.send(0, keyframe=True)
        await asyncio.wait_for(ended.wait(), 2)


async def _stream(
    ends: Ends, ssrc: int, *, kind: int = 99, seq: int = 0, size: int = 9, origin: int = 0
) -> None:
    timestamp = origin + seq * 9000
    data = packet(b"\x67" + bytes(size), kind=kind, marker=True, seq=seq, timestamp=timestamp, ssrc=ssrc)
    await ends.receiver._handle_rtp_packet(RtpPacket.parse(data, HeaderExtensionsMap()), 0)


@pytest.mark.parametrize("kind", [99, 100])
async def test_who_sends_one_stream_after_another_is_let_go(kind: int) -> None:
    ended = asyncio.Event()
    async with Ends() as ends:
        ends.receiver._on_end = ended.set
        for number in range(3):
            await _stream(ends, 1000 + number, kind=kind)
        assert not ended.is_set()
        for number in range(20):
            await _stream(ends, 2000 + number, kind=kind)
        assert ended.is_set()
        assert len(ends.units) < 10


async def test_who_goes_back_and_forth_between_two_streams_is_let_go() -> None:
    ended = asyncio.Event()
    async with Ends() as ends:
        ends.receiver._on_end = ended.set
        for number in range(20):
            await _stream(ends, 1000 + number % 2, seq=number)
        assert ended.is_set()


async def test_more_than_anybody_sends_is_not_taken() -> None:
    async with Ends() as ends:
        for number in range(4000):  # 5 MB at once
            await _stream(ends, ends.sender._ssrc, seq=number, size=1179)
        assert 1000 < ends.receiver.stats().packets < 2500


async def test_a_wrap_of_the_streams_time_does_not_show_as_jitter() -> None:
    async with Ends() as ends:
        for number in range(6):
            await _stream(ends, ends.sender._ssrc, seq=number, origin=(1 << 32) - 27_000)
        assert ends.receiver.stats().jitter_ms < 200  # they came at once
