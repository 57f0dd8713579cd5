"""The load generator: what it counts as an answer, and what it does with a server that fails."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from bench.load import Answer, Client, LoadError, get_request, put_request, run_load


@contextmanager
def server(answer: Callable[[bytes], bytes]) -> Iterator[tuple[tuple[str, int], list[bytes]]]:
    """Answers each complete request on each connection; keeps the bodies."""
    bodies: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def talk(peer: socket.socket) -> None:
        with peer:
            buffer = b""
            while piece := peer.recv(65536):
                buffer += piece
                while b"\r\n\r\n" in buffer:
                    head, rest = buffer.split(b"\r\n\r\n", 1)
                    length = (
                        int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0]) if b"PUT" in head else 0
                    )
                    if len(rest) < length:
                        break
                    bodies.append(rest[:length])
                    buffer = rest[length:]
                    said = answer(head)
                    if not said:
                        return
                    peer.sendall(said)

    def accept() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(peer,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname(), bodies
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def test_an_answer_may_come_byte_by_byte() -> None:
    answer = Answer(keep=True)
    data = b"HTTP/1.1 201 Created\r\ncontent-length: 3\r\n\r\nabc"
    assert [answer.feed(data[at : at + 1]) for at in range(len(data))] == [False] * (len(data) - 1) + [True]
    assert (answer.status, bytes(answer.body)) == (201, b"abc")


def test_an_answer_without_a_body_is_complete_with_its_head() -> None:
    assert Answer().feed(b"HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n")


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab",
    ],
)
def test_an_answer_that_cannot_be_measured_is_refused(data: bytes) -> None:
    with pytest.raises(LoadError):
        Answer().feed(data)


def test_every_request_of_every_queue_is_sent_whole() -> None:
    big = bytes(range(256)) * 8192  # more than a socket buffer takes at once
    queues = [[put_request(f"/{lane}/{n}", big, {"X": "y"}) for n in range(3)] for lane in range(4)]
    with server(lambda _head: b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok") as (address, bodies):
        load = run_load(address, [*queues, []])
    assert len(load.latencies_ms) == 12
    assert bodies == [big] * 12
    assert load.rate > 0
    assert load.p(50) <= load.p(95)


def test_a_refusal_ends_the_run() -> None:
    refusal = b"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n"
    with server(lambda _head: refusal) as (address, _), pytest.raises(LoadError, match="409 for PUT /a"):
        run_load(address, [[put_request("/a", b"x", {})]])


def test_a_lost_connection_ends_the_run() -> None:
    with server(lambda _head: b"") as (address, _):
        with pytest.raises(LoadError, match="closed"):
            run_load(address, [[put_request("/a", b"x", {})]])
        client = Client(address)
        with pytest.raises(LoadError, match="closed"):
            client.fetch(get_request("/"))
        client.close()
