"""Many recorders that each send a request every so often, as they do, whatever the answers take.

Like `bench.load`, prepared requests over plain sockets and one epoll loop; but here a request has a time at which it
is due, and its latency counts from then, so that a slow server cannot slow the load.
"""

from __future__ import annotations

import heapq
import itertools
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.figures import percentile
from bench.load import Address, Answer, LoadError, Request

TIMEOUT_S = 60.0
_PIECE = 1 << 20


@dataclass(slots=True)
class Paced:
    """What a run measured."""

    latencies_ms: list[float] = field(default_factory=list[float])  # from when each was due until its answer
    elapsed_s: float = 0.0
    generator_busy: float = 0.0  # the generator's CPU time over the elapsed time

    def p(self, percent: float) -> float:
        """A percentile of the latencies, in ms."""
        return percentile(self.latencies_ms, percent)


class Fleet:
    """Open connections, one per recorder."""

    def __init__(self, address: Address, count: int) -> None:
        self._sockets: list[socket.socket] = []
        for _ in range(count):
            made = socket.create_connection(address, timeout=TIMEOUT_S)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made.setblocking(False)
            self._sockets.append(made)

    def close(self) -> None:
        """Give them back."""
        for one in self._sockets:
            one.close()

    def run(self, queues: Sequence[Sequence[Request]], period_s: float) -> Paced:
        """Each recorder sends its queue, one request per period, the recorders spread evenly over it.

        Raises:
            LoadError: a request failed, or nothing moved for `TIMEOUT_S`.
        """
        paced, order = Paced(), itertools.count()
        busy, began = time.process_time(), time.monotonic()
        due: list[tuple[float, int, _Lane]] = []
        with selectors.DefaultSelector() as selector:
            for number, (sock, queue) in enumerate(zip(self._sockets, queues, strict=True)):
                first = began + period_s * number / len(queues)
                heapq.heappush(due, (first, next(order), _Lane(sock, list(queue), selector, first)))
            under_way = 0
            while due or under_way:
                now = time.monotonic()
                while due and due[0][0] <= now:
                    heapq.heappop(due)[2].begin()
                    under_way += 1
                wait = max(0.0, due[0][0] - now) if due else TIMEOUT_S
                ready = selector.select(wait)
                if not ready and not due:
                    raise LoadError(f"nothing moved for {TIMEOUT_S:.0f} s")
                for key, events in ready:
                    lane: _Lane = key.data
                    if not lane.step(events):
                        continue
                    under_way -= 1
                    paced.latencies_ms.append((time.monotonic() - lane.due) * 1000)
                    lane.due += period_s
                    if lane.queue:
                        heapq.heappush(due, (lane.due, next(order), lane))
        paced.elapsed_s = time.monotonic() - began
        paced.generator_busy = (time.process_time() - busy) / paced.elapsed_s
        return paced


class _Lane:
    """A connection with one request at a time."""

    def __init__(
        self, sock: socket.socket, queue: list[Request], selector: selectors.BaseSelector, due: float
    ) -> None:
        self.queue = queue[::-1]  # the next one last
        self.due = due
        self._socket, self._selector = sock, selector
        self._left: list[memoryview] = []
        self._answer = Answer()

    def begin(self) -> None:
        request = self.queue.pop()
        self._left = [memoryview(part) for part in (request.head, request.body) if part]
        self._answer = Answer()
        self._selector.register(self._socket, selectors.EVENT_WRITE, self)

    def step(self, events: int) -> bool:
        """Go on; True when the answer is complete."""
        if events & selectors.EVENT_WRITE:
            self._send()
            return False
        data = self._socket.recv(_PIECE)
        if not data:
            raise LoadError("the server closed the connection")
        if not self._answer.feed(data):
            return False
        if not 200 <= self._answer.status < 300:
            raise LoadError(f"HTTP {self._answer.status}")
        self._selector.unregister(self._socket)
        return True

    def _send(self) -> None:
        sent = self._socket.sendmsg(self._left)
        while self._left and sent >= len(self._left[0]):
            sent -= len(self._left.pop(0))
        if sent:
            self._left[0] = self._left[0][sent:]
        if not self._left:
            self._selector.modify(self._socket, selectors.EVENT_READ, self)
