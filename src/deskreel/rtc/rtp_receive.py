"""The RTP end of a connection that receives one video: it stands in for aiortc's `RTCRtpReceiver`.

Packets become units and are handed on at once; nothing is decoded, and no thread is started. Gaps are asked for
again (`Reassembly`), receiver reports go back about twice a second.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import pylibsrtp
import structlog
from aiortc.codecs import is_rtx
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpReceiveParameters
from aiortc.rtp import (
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpByePacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
    RtpPacket,
    unwrap_rtx,
)

from deskreel.rtc.counting import Counted
from deskreel.rtc.flow import Bucket
from deskreel.rtc.reassembly import Reassembly, Wanted
from deskreel.rtc.wire import Unit

_log = structlog.stdlib.get_logger(__name__)
_REPORT_S = (0.4, 0.8)  # between receiver reports
_KEYFRAME_EVERY_S = 0.5  # how often this side asks while none comes
_MOST_STREAMS = 8  # one connection carries one video and its repeats
_MOST_BYTES_S = 2_000_000.0  # taken; five times what a recorder sends
_PACKET_BYTES = 400  # what a packet counts besides its payload: small ones are work, too


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveStats:
    """How it goes on the way in."""

    packets: int  # since the beginning, without repeats
    lost: int  # of the stream itself, before repeats
    given_up: int  # of these, never repaired
    received_bytes: int  # payloads, repeats included
    jitter_ms: float
    silent_s: float | None  # since the last packet; None: none yet


class RtpReceiver:
    """Receives units. aiortc's connection knows it by the attributes that its own receiver has."""

    def __init__(
        self, transport: Any, on_unit: Callable[[Unit], None], on_end: Callable[[], None] = lambda: None
    ) -> None:
        self.transport = transport
        self._on_unit, self._on_end = on_unit, on_end
        self._track: Any = None  # set by the connection; nobody reads from it
        self._enabled = True
        self.started = asyncio.Event()
        self._codecs: dict[int, RTCRtpCodecParameters] = {}
        self._originals: dict[int, int] = {}  # the stream that each repair stream is for
        self._own_ssrc, self._ssrc = 0, None
        self._parts, self._counted = Reassembly(), Counted()
        self._streams, self._changes = set[int](), 0  # heard of; from one to another
        self._bucket = Bucket(_MOST_BYTES_S, _MOST_BYTES_S)
        self._last_report: tuple[int, float] | None = None  # of the sender: middle NTP bits, when it came
        self._bytes, self._heard_at = 0, None
        self._asked_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False

    # --- what we ask of it ------------------------------------------------------------------------------

    def ask_keyframe(self) -> None:
        """Now, without a limit: the caller has one."""
        if self._ssrc is not None and not self._stopped:
            self._asked_at = time.monotonic()
            pli = RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=self._own_ssrc, media_ssrc=self._ssrc)
            self._spawn(self._send(bytes(pli)))

    def stats(self) -> ReceiveStats:
        """As of now."""
        return ReceiveStats(
            packets=self._counted.packets,
            lost=max(0, self._counted.lost),
            given_up=self._parts.given_up,
            received_bytes=self._bytes,
            jitter_ms=self._counted.jitter / 90,
            silent_s=None if self._heard_at is None else time.monotonic() - self._heard_at,
        )

    # --- what aiortc's connection asks of it --------------------------------------------------------------

    @property
    def track(self) -> Any:
        """As the connection has set it."""
        return self._track

    def setTransport(self, transport: Any) -> None:
        """The transport of the bundle."""
        self.transport = transport

    def _set_rtcp_ssrc(self, ssrc: int) -> None:
        self._own_ssrc = ssrc

    async def receive(self, parameters: RTCRtpReceiveParameters) -> None:
        """Connected: begin."""
        if self.started.is_set():
            return
        self._codecs = {codec.payloadType or 0: codec for codec in parameters.codecs}
        self._originals = {e.rtx.ssrc: e.ssrc for e in parameters.encodings if e.rtx}
        if parameters.encodings:
            self._ssrc = parameters.encodings[0].ssrc  # so that a keyframe can be asked for before any packet
        self.transport._register_rtp_receiver(self, parameters)
        self._spawn(self._kept(self._report))
        self.started.set()

    async def stop(self) -> None:
        """Irreversibly."""
        if self._stopped:
            return
        self._stopped = True
        if self.started.is_set():
            self.transport._unregister_rtp_receiver(self)
        if self._timer is not None:
            self._timer.cancel()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _handle_disconnect(self) -> None:
        self._on_end()

    async def _handle_rtcp_packet(self, report: Any) -> None:
        if isinstance(report, RtcpSrPacket):
            middle = (report.sender_info.ntp_timestamp >> 16) & 0xFFFFFFFF
            self._last_report = (middle, time.monotonic())
        elif isinstance(report, RtcpByePacket):
            self._on_end()

    async def _handle_rtp_packet(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        codec = self._codecs.get(packet.payload_type)
        if codec is None or not self._enabled or self._stopped:
            return
        self._heard_at = time.monotonic()
        if not self._may_come(packet):
            return
        self._bytes += len(packet.payload)
        if is_rtx(codec):
            original, kind = self._originals.get(packet.ssrc), codec.parameters.get("apt")
            if original is None or len(packet.payload) < 2 or not isinstance(kind, int):
                return
            packet = unwrap_rtx(packet, payload_type=kind, ssrc=original)
        elif packet.ssrc != self._ssrc:
            self._changes += self._ssrc is not None
            self._ssrc = packet.ssrc
            self._parts, self._counted = Reassembly(), Counted()
        if packet.ssrc != self._ssrc:
            return  # a repeat of a stream that was left
        if not is_rtx(codec):
            self._counted.add(packet.sequence_number, packet.timestamp, self._heard_at * 1000)
        units, wanted = self._parts.add(
            packet.sequence_number,
            packet.timestamp,
            packet.payload,
            marker=bool(packet.marker),
            now_ms=self._heard_at * 1000,
        )
        for unit in units:
            self._on_unit(unit)
        self._ask(wanted)

    # --- inside -----------------------------------------------------------------------------------------

    def _may_come(self, packet: RtpPacket) -> bool:
        """Whether there is room for it. Who sends one stream after another is no recorder: that is the end."""
        self._streams.add(packet.ssrc)
        if len(self._streams) > _MOST_STREAMS or self._changes > _MOST_STREAMS:
            self._enabled = False
            _log.warning("live.too_many_streams", streams=len(self._streams), changes=self._changes)
            self._on_end()
            return False
        if self._bucket.wait_ms(time.monotonic() * 1000) > 0:
            return False
        self._bucket.take(len(packet.payload) + _PACKET_BYTES)
        return True

    def _ask(self, wanted: Wanted) -> None:
        if wanted.again and self._ssrc is not None:
            nack = RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=self._own_ssrc, media_ssrc=self._ssrc)
            nack.lost = sorted(wanted.again)
            self._spawn(self._send(bytes(nack)))
        if wanted.keyframe and time.monotonic() - self._asked_at > _KEYFRAME_EVERY_S:
            self.ask_keyframe()
        due = self._parts.next_due_ms()
        if due is not None and not self._stopped:
            self._look_in(max(0.0, due / 1000 - time.monotonic()))

    def _look_in(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            if self._timer.when() <= loop.time() + seconds:
                return
            self._timer.cancel()
        self._timer = loop.call_later(seconds, self._look)

    def _look(self) -> None:
        self._timer = None
        wanted = self._parts.due(time.monotonic() * 1000)
        for unit in self._parts.whole():
            self._on_unit(unit)
        self._ask(wanted)

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(random.uniform(*_REPORT_S))  # noqa: S311 (so that reports do not align)
            counted = self._counted
            if counted.highest is None or self._ssrc is None:
                continue
            middle, since = self._last_report or (0, 0.0)
            info = RtcpReceiverInfo(
                ssrc=self._ssrc,
                fraction_lost=counted.take_fraction(),
                packets_lost=counted.lost,
                highest_sequence=counted.highest,
                jitter=counted.jitter,
                lsr=middle,
                dlsr=min(0xFFFFFFFF, int((time.monotonic() - since) * 65536)) if middle else 0,
            )
            await self._send(bytes(RtcpRrPacket(ssrc=self._own_ssrc, reports=[info])))

    async def _send(self, data: bytes) -> None:
        try:
            await self.transport._send_rtp(data)
        except (ConnectionError, OSError):
            return  # the connection is ending, and says so by itself
        except (ValueError, pylibsrtp.Error):
            return  # lost, as on the way

    async def _kept(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Without reports the sender would think nobody hears it."""
        try:
            await work()
        except Exception:
            _log.exception("live.reports_failed")
            self._on_end()

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
