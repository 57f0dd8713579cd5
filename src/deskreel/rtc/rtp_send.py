"""The RTP end of a connection that sends one video: it stands in for aiortc's `RTCRtpSender`.

Units wait in a `SendQueue`, leave packet by packet at a pace, stay a while for repeats, and what the other side
reports becomes `SendStats`. All of it is in the event loop's thread.
"""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any

import pylibsrtp
import structlog
from aiortc import clock
from aiortc.codecs import is_rtx
from aiortc.rtcrtpparameters import RTCRtpSendParameters
from aiortc.rtp import (
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpByePacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
)

from deskreel.rtc.flow import Allowance, Bucket, SendQueue
from deskreel.rtc.port import KeyframeWanted, SendStats
from deskreel.rtc.wire import CLOCK_HZ, Unit, packet, repeat

_log = structlog.stdlib.get_logger(__name__)
PACE_KBPS = 4000.0  # until told otherwise: a keyframe of 60 KB takes 120 ms
_BURST = 6 * 1200.0  # bytes that may leave at once: the packets of an ordinary picture
_REPEATS, _REPEATS_MOST = 0.3, 60_000.0  # of what is sent; saved up at most
_HISTORY = 1024  # packets that can be repeated
_REPORTS = 32  # sender reports that a receiver report may refer to
_REPORT_S = (0.4, 0.8)  # between sender reports
_RTT_WEIGHT = 0.25  # of a new measurement
_TAIL_S = 0.04  # after the last packet, if nothing follows it
_TAIL_LOSS = 1.0  # percent, from which on it is worth it


class RtpSender:
    """Sends units. aiortc's connection knows it by the attributes that its own sender has."""

    kind = "video"

    def __init__(
        self,
        transport: Any,
        on_keyframe: KeyframeWanted,
        pace_kbps: float = PACE_KBPS,
        on_end: Callable[[], None] = lambda: None,  # it can send no more
    ) -> None:
        self.transport = transport
        self.track = None
        self._ssrc, self._rtx_ssrc = (random.randrange(1, 1 << 32) for _ in range(2))  # noqa: S311
        self._stream_id = self._track_id = str(uuid.uuid4())
        self._enabled = True
        self._on_keyframe, self._on_end = on_keyframe, on_end
        self.started = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._queue, self._ready = SendQueue(), asyncio.Event()
        self._bucket = Bucket(pace_kbps * 125, _BURST)
        self._allowance = Allowance(_REPEATS, _REPEATS_MOST)
        self._kind, self._rtx_kind = 0, None  # RTP payload types, once negotiated
        self._seq, self._rtx_seq = (random.randrange(1 << 15) for _ in range(2))  # noqa: S311
        self._origin = random.randrange(1 << 32)  # noqa: S311 (of RTP time)
        self._history: OrderedDict[int, bytes] = OrderedDict()  # by sequence number
        self._reports: OrderedDict[int, float] = OrderedDict()  # when each was sent, by its middle NTP bits
        self._last_ntp, self._last_time = 0, 0
        self._cleared = 0  # how often
        self._packets, self._octets, self._sent_bytes = 0, 0, 0
        self._lost, self._loss, self._jitter_ms = 0, None, None
        self._rtt_ms: float | None = None
        self._report_at: float | None = None

    # --- what we ask of it ------------------------------------------------------------------------------

    def send_unit(self, unit: Unit) -> None:
        """Queue a picture; asks for a keyframe when it cannot be shown without one."""
        if not self.started.is_set():
            return  # whoever connects gets a keyframe first
        if self._queue.put(unit, _now_ms()):
            self._on_keyframe()
        self._ready.set()

    def pace(self, kbps: float) -> None:
        """How fast packets may leave from now on."""
        self._bucket.set_rate(kbps * 125)

    def clear(self) -> None:
        """Not one more packet of the pictures so far leaves, repeats neither; then on with a keyframe."""
        self._queue.clear()
        self._history.clear()
        self._cleared += 1

    def stats(self) -> SendStats:
        """As of now."""
        return SendStats(
            report_age_s=None if self._report_at is None else time.monotonic() - self._report_at,
            packets=self._packets,
            lost=self._lost,
            loss_percent=self._loss,
            jitter_ms=self._jitter_ms,
            rtt_ms=self._rtt_ms,
            sent_bytes=self._sent_bytes,
        )

    # --- what aiortc's connection asks of it --------------------------------------------------------------

    def setTransport(self, transport: Any) -> None:
        """The transport of the bundle."""
        self.transport = transport

    def replaceTrack(self, track: Any) -> None:
        """There are no tracks here: units come by `send_unit`."""
        self.track = track

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        """Connected: begin."""
        if self.started.is_set():
            return
        codec = parameters.codecs[0]
        self._kind = codec.payloadType or 0
        for other in parameters.codecs:
            if is_rtx(other) and other.parameters.get("apt") == self._kind:
                self._rtx_kind = other.payloadType
                break
        self.transport._register_rtp_sender(self, parameters)
        self._cname = parameters.rtcp.cname
        self._tasks = [asyncio.create_task(self._kept(work)) for work in (self._run, self._report)]
        self.started.set()

    async def stop(self) -> None:
        """Irreversibly."""
        if not self._tasks:
            return
        self.transport._unregister_rtp_sender(self)
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._queue.clear()
        await self._send(bytes(RtcpByePacket(sources=[self._ssrc])))

    async def _handle_rtcp_packet(self, report: Any) -> None:
        if isinstance(report, (RtcpRrPacket, RtcpSrPacket)):
            for info in report.reports:
                if info.ssrc == self._ssrc:
                    self._take_report(info)
        elif isinstance(report, RtcpRtpfbPacket) and report.fmt == RTCP_RTPFB_NACK:
            for seq in report.lost:
                await self._repeat(seq)
        elif isinstance(report, RtcpPsfbPacket) and report.fmt in (RTCP_PSFB_FIR, RTCP_PSFB_PLI):
            self._on_keyframe()

    # --- inside -----------------------------------------------------------------------------------------

    def _take_report(self, info: Any) -> None:
        self._report_at = time.monotonic()
        self._lost = max(0, info.packets_lost)
        self._loss = info.fraction_lost * 100 / 256
        self._jitter_ms = info.jitter / 90
        sent = self._reports.get(info.lsr)
        if sent is not None and info.dlsr:
            rtt_ms = max(0.0, (self._report_at - sent - info.dlsr / 65536) * 1000)
            old = self._rtt_ms
            self._rtt_ms = rtt_ms if old is None else old + _RTT_WEIGHT * (rtt_ms - old)

    async def _kept(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """A connection that could send no more must not look as if it were well."""
        try:
            await work()
        except Exception:
            _log.exception("live.sending_failed")
            self._on_end()

    async def _run(self) -> None:
        while True:
            unit = self._queue.take()
            if unit is not None:
                await self._send_unit(unit)
                continue
            self._ready.clear()
            if (self._loss or 0) >= _TAIL_LOSS and not await self._followed():
                await self._repeat((self._seq - 1) & 0xFFFF)
            await self._ready.wait()

    async def _followed(self) -> bool:
        """Whether a picture follows soon. If none does, nobody would miss the last packet before the next one."""
        try:
            await asyncio.wait_for(self._ready.wait(), _TAIL_S)
        except TimeoutError:
            return False
        return True

    async def _send_unit(self, unit: Unit) -> None:
        last, cleared = len(unit.payloads) - 1, self._cleared
        timestamp = self._origin + unit.timestamp
        for at, payload in enumerate(unit.payloads):
            await asyncio.sleep(self._bucket.wait_ms(_now_ms()) / 1000)
            if self._cleared != cleared:
                return  # without its last packet the receiver leaves the picture out
            data = packet(
                payload,
                kind=self._kind,
                marker=at == last,
                seq=self._seq,
                timestamp=timestamp,
                ssrc=self._ssrc,
            )
            self._history[self._seq] = data
            if len(self._history) > _HISTORY:
                self._history.popitem(last=False)
            self._seq = (self._seq + 1) & 0xFFFF
            self._packets += 1
            self._octets += len(payload)
            self._allowance.earn(len(data))
            self._bucket.take(len(data))
            self._last_ntp, self._last_time = clock.current_ntp_time(), timestamp & 0xFFFFFFFF
            await self._send(data)

    async def _repeat(self, seq: int) -> None:
        original = self._history.get(seq)
        if original is None or not self._allowance.spend(len(original)):
            return
        if self._rtx_kind is not None:
            original = repeat(original, kind=self._rtx_kind, seq=self._rtx_seq, ssrc=self._rtx_ssrc)
            self._rtx_seq = (self._rtx_seq + 1) & 0xFFFF
        await self._send(original)

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(random.uniform(*_REPORT_S))  # noqa: S311 (so that reports do not align)
            if not self._packets:
                continue
            ntp = clock.current_ntp_time()
            since_s = (ntp - self._last_ntp) / (1 << 32)
            self._reports[(ntp >> 16) & 0xFFFFFFFF] = time.monotonic()
            if len(self._reports) > _REPORTS:
                self._reports.popitem(last=False)
            info = RtcpSenderInfo(
                ntp_timestamp=ntp,
                rtp_timestamp=(self._last_time + int(since_s * CLOCK_HZ)) & 0xFFFFFFFF,
                packet_count=self._packets & 0xFFFFFFFF,
                octet_count=self._octets & 0xFFFFFFFF,
            )
            source = RtcpSourceInfo(ssrc=self._ssrc, items=[(1, str(self._cname).encode())])
            await self._send(
                bytes(RtcpSrPacket(ssrc=self._ssrc, sender_info=info))
                + bytes(RtcpSdesPacket(chunks=[source]))
            )

    async def _send(self, data: bytes) -> None:
        try:
            await self.transport._send_rtp(data)
        except (ConnectionError, OSError):
            return  # the connection is ending, and says so by itself
        except (ValueError, pylibsrtp.Error):
            return  # too long for SRTP: lost, as on the way
        self._sent_bytes += len(data)


def _now_ms() -> float:
    return time.monotonic() * 1000
