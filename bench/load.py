"""A load generator that costs little: prepared HTTP/1.1 requests over plain sockets and one epoll loop.

Each connection has one request in flight and takes the next of its own queue as soon as it is answered, as a
recorder does. Nothing is parsed but status and length, nothing is allocated for bodies, and the generator's
own CPU time is measured, so that a figure can say whether it was the generator that was slow.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.figures import percentile

TIMEOUT_S = 60.0
_PIECE_BYTES = 1 << 20
_MAX_HEAD_BYTES = 64 * 1024

Address = tuple[str, int]


class LoadError(Exception):
    """The server answered something that a benchmark cannot go on with, or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, ready to be sent."""

    head: bytes  # with the empty line
    body: bytes = b""  # shared by requests, never copied


def put_request(path: str, body: bytes, headers: dict[str, str]) -> Request:
    """A PUT."""
    return Request(head=_head("PUT", path, {**headers, "Content-Length": str(len(body))}), body=body)


def get_request(path: str) -> Request:
    """A GET."""
    return Request(head=_head("GET", path, {}))


def _head(method: str, path: str, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a run of the generator measured."""

    elapsed_s: float
    latencies_ms: list[float]  # one for each request, from its first byte out to the answer's last byte in
    generator_busy: float  # the generator's CPU time over the elapsed time, 0 to 1

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.latencies_ms) / self.elapsed_s

    def p(self, percent: float) -> float:
        """A percentile of the latencies, in ms."""
        return percentile(self.latencies_ms, percent)


@dataclass(slots=True)
class Answer:
    """An HTTP answer as it comes in. Pure."""

    status: int = 0
    body: bytearray = field(default_factory=bytearray)  # empty unless `keep`
    keep: bool = False
    _head: bytearray = field(default_factory=bytearray)
    _left: int = -1  # bytes of the body to come; -1: the head is not complete

    def feed(self, data: bytes) -> bool:
        """Take bytes; whether the answer is complete.

        Raises:
            LoadError: it has neither a length nor a status without a body.
        """
        if self._left < 0:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                if len(self._head) > _MAX_HEAD_BYTES:
                    raise LoadError("the answer's head does not end")
                return False
            data = bytes(self._head[end + 4 :])
            self._take_head(bytes(self._head[:end]))
        self._left -= len(data)
        if self.keep:
            self.body += data
        if self._left < 0:
            raise LoadError("the answer is longer than it says")
        return self._left == 0

    def _take_head(self, head: bytes) -> None:
        first, *lines = head.split(b"\r\n")
        self.status = int(first.split(b" ", 2)[1])
        fields = dict(line.lower().split(b":", 1) for line in lines)
        length = fields.get(b"content-length")
        if length is None and self.status != 204:
            raise LoadError(f"an answer {self.status} without Content-Length")
        self._left = int(length or 0)


class Client:
    """One connection with one request at a time; for latencies."""

    def __init__(self, address: Address) -> None:
        self._socket = socket.create_connection(address, timeout=TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        """Give the connection back."""
        self._socket.close()

    def fetch(self, request: Request, *, keep: bool = False) -> tuple[Answer, float]:
        """Send and wait; gives the answer and the ms it took.

        Raises:
            LoadError: no answer, or one that is no success.
        """
        began = time.perf_counter()
        self._socket.sendall(request.head + request.body)
        answer = Answer(keep=keep)
        while True:
            data = self._socket.recv(_PIECE_BYTES)
            if not data:
                raise LoadError("the server closed the connection")
            if answer.feed(data):
                break
        took_ms = (time.perf_counter() - began) * 1000
        _require_success(answer, request)
        return answer, took_ms


def run_load(address: Address, queues: Sequence[Sequence[Request]]) -> Load:
    """Send every request of every queue, each queue over a connection of its own.

    Raises:
        LoadError: a request failed, or nothing moved for `TIMEOUT_S`.
    """
    latencies: list[float] = []
    lanes = [_Lane(address, queue, latencies) for queue in queues if queue]
    selector = selectors.DefaultSelector()
    open_lanes = len(lanes)
    busy = time.process_time()
    began = time.perf_counter()
    try:
        for lane in lanes:
            lane.begin(selector)
        while open_lanes:
            ready = selector.select(TIMEOUT_S)
            if not ready:
                raise LoadError(f"nothing moved for {TIMEOUT_S:.0f} s")
            for key, _ in ready:
                open_lanes -= key.data.step(selector)
        elapsed = time.perf_counter() - began
        busy = time.process_time() - busy
    finally:
        selector.close()
        for lane in lanes:
            lane.socket.close()
    return Load(elapsed_s=elapsed, latencies_ms=latencies, generator_busy=busy / elapsed)


class _Lane:
    """A connection and its queue."""

    def __init__(self, address: Address, queue: Sequence[Request], latencies: list[float]) -> None:
        self.socket = socket.create_connection(address, timeout=TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self._queue = iter(queue)
        self._latencies = latencies
        self._buffers: list[memoryview] = []
        self._answer = Answer()
        self._began = 0.0

    def begin(self, selector: selectors.BaseSelector) -> None:
        """Send the first request."""
        selector.register(self.socket, selectors.EVENT_READ, self)
        self._next(selector)

    def step(self, selector: selectors.BaseSelector) -> bool:
        """Go on; True when the queue is done."""
        if self._buffers:
            self._send(selector)
            return False
        data = self.socket.recv(_PIECE_BYTES)
        if not data:
            raise LoadError("the server closed the connection")
        if not self._answer.feed(data):
            return False
        self._latencies.append((time.perf_counter() - self._began) * 1000)
        _require_success(self._answer, self._request)
        return not self._next(selector)

    def _next(self, selector: selectors.BaseSelector) -> bool:
        request = next(self._queue, None)
        if request is None:
            selector.unregister(self.socket)
            return False
        self._request = request
        self._buffers = [memoryview(part) for part in (request.head, request.body) if part]
        self._answer = Answer()
        self._began = time.perf_counter()
        self._send(selector)
        return True

    def _send(self, selector: selectors.BaseSelector) -> None:
        try:
            while self._buffers:
                sent = self.socket.sendmsg(self._buffers)
                while self._buffers and sent >= len(self._buffers[0]):
                    sent -= len(self._buffers.pop(0))
                if sent:
                    self._buffers[0] = self._buffers[0][sent:]
        except BlockingIOError:
            pass
        wanted = selectors.EVENT_WRITE if self._buffers else selectors.EVENT_READ
        if selector.get_key(self.socket).events != wanted:
            selector.modify(self.socket, wanted, self)


def _require_success(answer: Answer, request: Request) -> None:
    if not 200 <= answer.status < 300:
        line = request.head.split(b"\r\n", 1)[0].decode()
        raise LoadError(f"HTTP {answer.status} for {line[:120]}")
