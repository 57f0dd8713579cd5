"""Packets in any order, twice or never: pictures come whole, in order, and begin with a keyframe."""

from __future__ import annotations

import random
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from deskreel.rtc.reassembly import Reassembly
from deskreel.rtc.wire import Unit

KEY = b"\x67\x42\xc0\x1f"


@dataclass(frozen=True)
class P:
    seq: int
    time: int
    payload: bytes
    marker: bool


def stream(sizes: list[int], *, keys: frozenset[int] = frozenset({0}), first: int = 65_530) -> list[P]:
    """Pictures of so many packets each; `keys` are keyframes."""
    packets: list[P] = []
    for number, size in enumerate(sizes):
        for part in range(size):
            head = KEY if number in keys and part == 0 else b"\x41"
            payload = head + bytes((number % 256, part % 256))
            packets.append(P((first + len(packets)) & 0xFFFF, number * 9000, payload, part == size - 1))
    return packets


class Receiver:
    def __init__(self) -> None:
        self.parts, self.units, self.now = Reassembly(), list[Unit](), 0.0
        self.again: list[tuple[float, int]] = []
        self.keyframes: list[float] = []

    def get(self, packet: P) -> None:
        units, wanted = self.parts.add(
            packet.seq, packet.time, packet.payload, marker=packet.marker, now_ms=self.now
        )
        self._take(units, wanted)

    def wait(self, ms: float) -> None:
        end = self.now + ms
        while (due := self.parts.next_due_ms()) is not None and due <= end:
            self.now = max(self.now, due)
            wanted = self.parts.due(self.now)
            self._take(self.parts.whole(), wanted)
        self.now = end

    def _take(self, units: list[Unit], wanted: object) -> None:
        self.units += units
        self.again += [(self.now, seq) for seq in wanted.again]  # type: ignore[attr-defined]
        if wanted.keyframe:  # type: ignore[attr-defined]
            self.keyframes.append(self.now)

    @property
    def pictures(self) -> list[int]:
        return [unit.payloads[0][-2] for unit in self.units]


def test_a_picture_is_there_with_its_last_packet() -> None:
    receiver = Receiver()
    for packet in stream([3, 1]):
        receiver.get(packet)
    assert receiver.pictures == [0, 1]
    assert [len(unit.payloads) for unit in receiver.units] == [3, 1]
    assert [unit.timestamp for unit in receiver.units] == [0, 9000]
    assert receiver.again == []
    assert receiver.keyframes == []


@given(st.lists(st.integers(1, 6), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_order_and_repeats_do_not_matter_after_the_first_packet(
    sizes: list[int], chance: random.Random
) -> None:
    packets = stream(sizes)
    mixed = sorted([*packets[1:], *chance.sample(packets, len(packets) // 2)], key=lambda _: chance.random())
    receiver = Receiver()
    for packet in [packets[0], *mixed]:
        receiver.get(packet)
    assert receiver.pictures == list(range(len(sizes)))
    assert b"".join(b"".join(unit.payloads) for unit in receiver.units) == b"".join(
        packet.payload for packet in packets
    )


@given(st.lists(st.integers(1, 5), min_size=5, max_size=40), st.data())
def test_whatever_is_lost_what_comes_out_can_be_decoded(sizes: list[int], data: st.DataObject) -> None:
    keys = frozenset({0, *data.draw(st.sets(st.integers(0, len(sizes) - 1), max_size=5))})
    packets = stream(sizes, keys=keys)
    lost = data.draw(st.sets(st.integers(0, len(packets) - 1), max_size=len(packets) // 3))
    receiver = Receiver()
    for number, packet in enumerate(packets):
        if number not in lost:
            receiver.get(packet)
        receiver.wait(10)
    receiver.wait(5000)
    shown = receiver.pictures
    assert shown == sorted(set(shown))
    for unit, number in zip(receiver.units, shown, strict=True):
        assert len(unit.payloads) == sizes[number]
        assert unit.keyframe or number - 1 in shown  # a picture builds on the one before
    if lost and 0 not in lost and max(lost) < len(packets) - 1 and len(shown) < len(sizes):
        assert receiver.keyframes


def test_a_gap_is_asked_for_at_once_and_again_with_longer_and_longer_waits() -> None:
    receiver = Receiver()
    packets = stream([2, 3, 1])
    for packet in [*packets[:3], packets[4], packets[5]]:
        receiver.get(packet)
    receiver.wait(300)
    lost = packets[3].seq
    assert receiver.again == [(0, lost), (60, lost), (180, lost)]
    assert receiver.pictures == [0]
    receiver.get(packets[3])  # the repeat came after all
    assert receiver.pictures == [0, 1, 2]
    receiver.wait(2000)
    assert len(receiver.again) == 3
    assert receiver.keyframes == []


def test_what_never_comes_is_given_up_and_a_keyframe_is_asked_for() -> None:
    receiver = Receiver()
    packets = stream([2, 3, 1, 2, 1], keys=frozenset({0, 3}))
    for packet in [*packets[:3], *packets[4:6]]:
        receiver.get(packet)
    receiver.wait(2000)
    assert receiver.keyframes == [820.0]
    assert receiver.parts.given_up == 1
    assert receiver.pictures == [0]
    for packet in packets[6:]:
        receiver.get(packet)
    assert receiver.pictures == [0, 3, 4]


def test_without_its_beginning_a_stream_is_not_shown_but_a_keyframe_asked_for() -> None:
    receiver = Receiver()
    for packet in stream([3, 2, 1])[1:]:
        receiver.get(packet)
    assert receiver.units == []
    assert receiver.keyframes


def test_a_picture_that_its_sender_broke_off_is_left_out() -> None:
    receiver = Receiver()
    packets = stream([2, 3, 2], keys=frozenset({0, 2}))
    broken = [P(p.seq - 1, p.time, p.payload, p.marker) for p in packets[5:]]
    for packet in [*packets[:4], *broken]:
        receiver.get(packet)
    assert receiver.pictures == [0, 2]
    assert receiver.again == []


def test_a_jump_begins_anew() -> None:
    receiver = Receiver()
    for packet in stream([2, 1]):
        receiver.get(packet)
    for packet in stream([2, 1], first=20_000):
        receiver.get(packet)
    assert receiver.pictures == [0, 1, 0, 1]
    assert receiver.again == []
    assert receiver.keyframes == [0]


def test_a_picture_that_does_not_end_is_left_out_and_not_kept() -> None:
    receiver = Receiver()
    for packet in stream([1]):
        receiver.get(packet)
    for number in range(2000):
        receiver.get(P((65_531 + number) & 0xFFFF, 9000, b"\x41" + bytes(9), marker=False))
        assert len(receiver.parts._packets) <= 400
    assert len(receiver.units) == 1
    assert receiver.keyframes


def test_a_picture_of_too_many_bytes_is_left_out() -> None:
    receiver = Receiver()
    for number in range(399):
        receiver.get(P(number, 0, KEY + bytes(1490), marker=False))
    assert sum(len(packet.payload) for packet in receiver.parts._packets.values()) <= 512 * 1024


def test_a_picture_that_could_not_be_sent_on_is_left_out_up_to_the_next_keyframe() -> None:
    receiver = Receiver()
    sizes = {0: 100, 1: 1400, 2: 100, 3: 1300}
    for number, size in sizes.items():
        head = KEY if number in (0, 3) else b"\x41"
        receiver.get(P(number, number * 9000, head + bytes(size - len(head)), marker=True))
    assert [unit.size for unit in receiver.units] == [100, 1300]
    assert receiver.keyframes


def test_looking_for_the_end_of_a_picture_does_not_begin_anew_with_each_packet() -> None:
    class Looks(dict):  # type: ignore[type-arg]
        count = 0

        def get(self, *key: object) -> object:
            self.count += 1
            return super().get(*key)

    receiver = Receiver()
    receiver.parts._packets = Looks()
    for number in range(390):
        receiver.get(P(number, 0, KEY, marker=number == 389))
    assert len(receiver.units) == 1
    assert receiver.parts._packets.count < 3 * 390
