"""H.264 in RTP (RFC 6184) and its repeats (RFC 4588), as bytes: pictures to payloads and back, headers.

A `Unit` is a picture as it travels: the payloads of its packets. A gateway hands units from the connection they
come in by to those they go out by, payloads untouched.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAX_PAYLOAD = 1180  # with SRTP, RTX and TURN around it a packet stays below 1280, which IPv6 and VPNs carry
MOST_PAYLOAD = 1300  # of others that is taken: SRTP cannot send on more than 1,344, a repeat has 2 more
CLOCK_HZ = 90_000
_SPS, _STAP_A, _FU_A = 7, 24, 28
_FU_START, _FU_END = 0x80, 0x40
_HEADER = struct.Struct("!BBHII")
_START_CODE = b"\0\0\0\1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One encoded picture as the payloads of its packets."""

    payloads: tuple[bytes, ...]
    timestamp: int  # ticks of 1/90,000 s since any moment of its sender; never wraps
    keyframe: bool  # its parameter sets are with it

    @property
    def size(self) -> int:
        """Bytes of all payloads."""
        return sum(map(len, self.payloads))


def nal_units(annexb: bytes) -> Iterator[bytes]:
    """The NAL units between the start codes."""
    begin = annexb.find(b"\0\0\1")
    while begin >= 0:
        begin += 3
        end = annexb.find(b"\0\0\1", begin)
        nal = annexb[begin:end] if end >= 0 else annexb[begin:]
        nal = nal.rstrip(b"\0")  # of the next start code, or trailing zeros; a NAL unit ends with a set bit
        if nal:
            yield nal
        begin = end


def pack(annexb: bytes) -> tuple[bytes, ...]:
    """A picture as payloads: small NAL units together, large ones in fragments."""
    payloads: list[bytes] = []
    together: list[bytes] = []
    room = MAX_PAYLOAD - 1

    def flush() -> None:
        nonlocal room
        if len(together) == 1:
            payloads.append(together[0])
        elif together:
            reference = max(nal[0] & 0x60 for nal in together)
            body = b"".join(struct.pack("!H", len(nal)) + nal for nal in together)
            payloads.append(bytes((reference | _STAP_A,)) + body)
        together.clear()
        room = MAX_PAYLOAD - 1

    for nal in nal_units(annexb):
        if len(nal) + 2 > room:
            flush()
        if len(nal) > MAX_PAYLOAD:
            payloads.extend(_fragments(nal))
        else:
            together.append(nal)
            room -= len(nal) + 2
    flush()
    return tuple(payloads)


def _fragments(nal: bytes) -> Iterator[bytes]:
    indicator, kind = (nal[0] & 0xE0) | _FU_A, nal[0] & 0x1F
    count = -(-(len(nal) - 1) // (MAX_PAYLOAD - 2))
    step = -(-(len(nal) - 1) // count)
    for begin in range(1, len(nal), step):
        mark = (_FU_START if begin == 1 else 0) | (_FU_END if begin + step >= len(nal) else 0)
        yield bytes((indicator, mark | kind)) + nal[begin : begin + step]


def unpack(payloads: Sequence[bytes]) -> bytes:
    """The picture in Annex B. Payloads that are none are left out."""
    out: list[bytes] = []
    for payload in payloads:
        kind = payload[0] & 0x1F if payload else 0
        if kind == _STAP_A:
            out.extend(_START_CODE + nal for nal in _aggregated(payload))
        elif kind == _FU_A and len(payload) > 2:
            if payload[1] & _FU_START:
                out.append(_START_CODE + bytes(((payload[0] & 0xE0) | (payload[1] & 0x1F),)))
            out.append(payload[2:])
        elif 0 < kind < _STAP_A:
            out.append(_START_CODE + payload)
    return b"".join(out)


def _aggregated(payload: bytes) -> Iterator[bytes]:
    at = 1
    while at + 2 < len(payload):
        size = int.from_bytes(payload[at : at + 2], "big")
        yield payload[at + 2 : at + 2 + size]
        at += 2 + size


def has_parameter_set(payload: bytes) -> bool:
    """Whether a sequence parameter set is in this payload: with one, and only with one, a decoder can begin."""
    if len(payload) < 2:
        return False
    kind = payload[0] & 0x1F
    if kind == _STAP_A:
        return any(nal and nal[0] & 0x1F == _SPS for nal in _aggregated(payload))
    return kind == _SPS


def packet(payload: bytes, *, kind: int, marker: bool, seq: int, timestamp: int, ssrc: int) -> bytes:
    """An RTP packet of payload type `kind`, without header extensions."""
    second = (0x80 if marker else 0) | kind
    return _HEADER.pack(0x80, second, seq & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


def repeat(original: bytes, *, kind: int, seq: int, ssrc: int) -> bytes:
    """A packet of ours once more, as a repair stream carries it."""
    marker = original[1] & 0x80
    return (
        bytes((0x80, marker | kind))
        + (seq & 0xFFFF).to_bytes(2, "big")
        + original[4:8]
        + ssrc.to_bytes(4, "big")
        + original[2:4]
        + original[12:]
    )


class Unwrap:
    """Counters of a fixed number of bits as numbers that go on."""

    def __init__(self, bits: int) -> None:
        self._range = 1 << bits
        self._last: int | None = None

    def __call__(self, value: int) -> int:
        """The number nearest to the one before."""
        if self._last is None:
            self._last = value
            return value
        half = self._range // 2
        number = self._last + (value - self._last + half) % self._range - half
        self._last = max(self._last, number)
        return number
