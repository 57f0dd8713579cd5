"""The emulator itself: it loses, delays and cuts as much as it says, and counts it."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaos.emulated import EmulatedLink, emulated_link
from chaos.link import CLEAN, UDP, Lane, Shape, protocol, shape_from
from chaos.namespaces import why_not

TCP = 6
_WHY_NOT = why_not()
needs_link = pytest.mark.skipif(_WHY_NOT is not None, reason=_WHY_NOT or "")


def packet(size: int = 100, number: int = UDP) -> bytes:
    return bytes([0x45] + [0] * 8 + [number]) + bytes(size - 10)


shapes = st.builds(
    Shape,
    loss=st.floats(0, 1),
    delay_ms=st.floats(0, 500),
    jitter_ms=st.floats(0, 500),
    kbps=st.none() | st.floats(1, 10_000),
    tcp_free=st.booleans(),
    queue_ms=st.floats(1, 2000),
    udp=st.booleans(),
    up=st.booleans(),
)
offers = st.lists(
    st.tuples(st.floats(0, 0.2), st.integers(20, 1500), st.sampled_from([UDP, TCP])), max_size=60
)


@given(shape=shapes, offers=offers, seed=st.integers(0, 99))
def test_packets_come_out_in_order_and_each_is_accounted_for(
    shape: Shape, offers: list[tuple[float, int, int]], seed: int
) -> None:
    lane, now, outs = Lane(seed, shape), 0.0, []
    for pause, size, number in offers:
        now += pause
        out = lane.offer(now, packet(size, number))
        if out is not None:
            assert out >= now + shape.delay_ms / 1000 - 1e-9
            outs.append(out)
    assert outs == sorted(outs)
    counts = lane.counts
    assert counts.packets == len(offers)
    assert counts.passed == len(outs)
    assert counts.passed + counts.lost + counts.blocked + counts.overflowed == counts.packets


@given(shape=shapes, offers=offers, seed=st.integers(0, 99))
def test_the_same_seed_gives_the_same_schedule(
    shape: Shape, offers: list[tuple[float, int, int]], seed: int
) -> None:
    one, other = Lane(seed, shape), Lane(seed, shape)
    for now, (_, size, number) in enumerate(offers):
        assert one.offer(now, packet(size, number)) == other.offer(now, packet(size, number))


def test_a_bottleneck_passes_its_rate_and_no_more() -> None:
    lane = Lane(1, Shape(kbps=100, queue_ms=200))
    outs = [lane.offer(n * 0.01, packet(1250)) for n in range(1000)]  # 1 Mbit/s for 10 s
    passed = [out for out in outs if out is not None]
    assert passed[-1] == pytest.approx(10.2, abs=0.2)
    assert len(passed) == pytest.approx(102, abs=2)  # 100 kbit/s are 10 of them a second
    assert lane.counts.overflowed == 1000 - len(passed)
    assert lane.counts.longest_ms == pytest.approx(300, abs=5)  # the queue, and a packet's own 100 ms


def test_a_bottleneck_for_udp_alone_lets_tcp_pass() -> None:
    lane = Lane(1, Shape(kbps=8, queue_ms=100, tcp_free=True))
    passed = {number: [lane.offer(0, packet(1000, number)) for _ in range(5)] for number in (TCP, UDP)}
    assert None not in passed[TCP]
    assert passed[UDP].count(None) == 4


def test_loss_is_as_often_as_it_says() -> None:
    lane = Lane(7, Shape(loss=0.1))
    for n in range(10_000):
        lane.offer(n, packet())
    assert lane.counts.lost == pytest.approx(1000, abs=100)


def test_udp_is_blocked_and_nothing_else() -> None:
    lane = Lane(1, Shape(udp=False))
    assert lane.offer(0, packet(number=TCP)) == 0
    assert lane.offer(0, packet(number=UDP)) is None
    ipv6 = bytes([0x60] + [0] * 5 + [UDP]) + bytes(60)
    assert protocol(ipv6) == UDP
    assert lane.offer(0, ipv6) is None
    assert lane.counts.blocked == 2


def test_what_was_under_way_is_not_overtaken_when_the_link_gets_better() -> None:
    lane = Lane(1, Shape(delay_ms=500))
    assert lane.offer(0, packet()) == 0.5
    lane.shape = CLEAN
    assert lane.offer(0.1, packet()) == 0.5


@pytest.mark.parametrize("bad", [{"loss": 2}, {"delay_ms": -1}, {"kbps": 0}, {"colour": 1}])
def test_a_shape_that_cannot_be_is_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"loss|times|rate|colour"):
        shape_from(bad)


# --- the real thing ---------------------------------------------------------------------------------------------


@pytest.fixture
def link() -> Iterator[EmulatedLink]:
    with emulated_link(seed=3) as made:
        yield made


class Echo:
    """A UDP socket at the site that answers everything, from a thread."""

    def __init__(self, link: EmulatedLink, *, ipv6: bool = False) -> None:
        self.address = (link.site(ipv6=ipv6), 7007)
        self.family = socket.AF_INET6 if ipv6 else socket.AF_INET
        with link.at_site():
            self._socket = socket.socket(self.family, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while (received := self._socket.recvfrom(2048))[0] != b"end":
            self._socket.sendto(*received)

    def close(self, link: EmulatedLink) -> None:
        with link.at_site(), socket.socket(self.family, socket.SOCK_DGRAM) as last:
            last.sendto(b"end", self.address)
        self._thread.join()
        self._socket.close()

    def round_trips_ms(self, link: EmulatedLink, count: int, *, wait_s: float = 0.6) -> list[float]:
        """Of those that come back, when all are sent in a row, 5 ms apart."""
        with link.at_desk():
            client = socket.socket(self.family, socket.SOCK_DGRAM)
        with client:
            client.connect(self.address)
            client.settimeout(0.005)
            sent, back = 0, list[float]()
            deadline = time.monotonic() + count * 0.005 + wait_s
            while time.monotonic() < deadline and len(back) < count:
                if sent < count:
                    client.send(struct.pack("!d", time.monotonic()))
                    sent += 1
                try:
                    data = client.recv(2048)
                except TimeoutError:
                    continue
                back.append((time.monotonic() - struct.unpack("!d", data)[0]) * 1000)
            return back


@needs_link
@pytest.mark.parametrize("ipv6", [False, True], ids=["ipv4", "ipv6"])
def test_a_link_delays_loses_cuts_and_counts(link: EmulatedLink, ipv6: bool) -> None:
    echo = Echo(link, ipv6=ipv6)
    try:
        assert len(echo.round_trips_ms(link, 20)) == 20
        link.shape(Shape(delay_ms=40))
        slow = echo.round_trips_ms(link, 20)
        assert len(slow) == 20
        assert min(slow) >= 80
        before, _ = link.counts()
        link.shape(Shape(loss=0.3))
        back = echo.round_trips_ms(link, 200)
        up = link.counts()[0].since(before)
        assert 30 <= up.lost <= 90
        assert len(back) < 200 - up.lost + 1
        link.shape(Shape(udp=False))
        assert echo.round_trips_ms(link, 5, wait_s=0.2) == []
        assert link.counts()[0].blocked >= 5
        link.shape(CLEAN)
        first = link.desk(ipv6=ipv6)
        link.change_address()
        assert link.desk(ipv6=ipv6) != first
        assert len(echo.round_trips_ms(link, 20)) == 20
    finally:
        link.shape(CLEAN)
        echo.close(link)


@needs_link
def test_a_connection_does_not_survive_a_change_of_address(link: EmulatedLink) -> None:
    with link.at_site(), socket.create_server((link.site(), 7008)) as server:
        with link.at_desk():
            client = socket.create_connection((link.site(), 7008))
        with client, server.accept()[0] as accepted:
            client.sendall(b"before")
            assert accepted.recv(10) == b"before"
            link.change_address()
            accepted.settimeout(0.3)
            with suppress(OSError):
                client.sendall(b"after")
            with pytest.raises(OSError):  # noqa: PT011 - the system says it in several ways
                accepted.recv(10)
