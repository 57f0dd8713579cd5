"""Pictures to payloads and back, packets and repeats, counters that wrap."""

from __future__ import annotations

from aiortc.rtp import HeaderExtensionsMap, RtpPacket, unwrap_rtx
from hypothesis import given
from hypothesis import strategies as st

from deskreel.rtc.wire import MAX_PAYLOAD, Unwrap, has_parameter_set, nal_units, pack, packet, repeat, unpack

SPS, PPS = b"\x67\x42\xc0\x1f\x01", b"\x68\xce\x01"


def annexb(*nals: bytes) -> bytes:
    return b"".join(b"\0\0\0\1" + nal for nal in nals)


def _nal(kind: int, size: int) -> bytes:
    return bytes((0x60 | kind,)) + bytes(1 + n % 255 for n in range(size))


nals = st.lists(
    st.builds(_nal, st.sampled_from([1, 5, 6, 7, 8, 9]), st.integers(1, 5000)), min_size=1, max_size=6
)


@given(nals)
def test_what_was_packed_is_the_same_picture_again(picture: list[bytes]) -> None:
    payloads = pack(annexb(*picture))
    assert unpack(payloads) == annexb(*picture)
    assert max(map(len, payloads)) <= MAX_PAYLOAD


def test_nal_units_are_found_after_short_and_long_start_codes() -> None:
    stream = b"\0\0\1" + SPS + b"\0\0\0\1" + PPS + b"\0\0\1" + _nal(5, 9) + b"\0\0"
    assert list(nal_units(stream)) == [SPS, PPS, _nal(5, 9)]
    assert list(nal_units(b"no start code")) == []


def test_parameter_sets_travel_together_and_are_seen() -> None:
    payloads = pack(annexb(SPS, PPS, _nal(5, 3000)))
    assert len(payloads) == 4  # both sets in one, the slice in three
    assert [has_parameter_set(payload) for payload in payloads] == [True, False, False, False]
    assert not any(map(has_parameter_set, pack(annexb(_nal(1, 3000)))))
    assert not has_parameter_set(b"")
    assert not has_parameter_set(b"\x67")


def test_a_packet_and_its_repeat_are_those_that_other_ends_read() -> None:
    wire = packet(b"payload", kind=99, marker=True, seq=65_537, timestamp=(1 << 32) + 5, ssrc=7)
    read = RtpPacket.parse(wire, HeaderExtensionsMap())
    assert (read.payload_type, read.marker, read.sequence_number) == (99, 1, 1)
    assert (read.timestamp, read.ssrc, read.payload) == (5, 7, b"payload")
    again = RtpPacket.parse(repeat(wire, kind=100, seq=3, ssrc=8), HeaderExtensionsMap())
    assert (again.payload_type, again.sequence_number, again.ssrc) == (100, 3, 8)
    original = unwrap_rtx(again, payload_type=99, ssrc=7)
    assert original.serialize(HeaderExtensionsMap()) == wire


@given(st.integers(0, 1 << 20), st.lists(st.integers(-1000, 1000), max_size=200))
def test_counters_go_on_where_their_bits_end(first: int, steps: list[int]) -> None:
    unwrap, number = Unwrap(16), first
    highest = number
    offset = unwrap(number & 0xFFFF) - number
    for step in steps:
        number = max(0, highest + step)
        assert unwrap(number & 0xFFFF) == number + offset
        highest = max(highest, number)
