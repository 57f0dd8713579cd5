"""What the benchmarks' processes have in common: addresses, waiting until they answer, their CPU time."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil

from bench.load import Address, Client, LoadError, get_request

START_TIMEOUT_S = 30.0


def address_of(listen: str) -> Address:
    """`host:port` for a socket."""
    host, _, port = listen.rpartition(":")
    return host, int(port)


def until_answers(address: Address, path: str, require_running: Callable[[], None]) -> None:
    """Wait until a GET of `path` succeeds; `require_running` raises when that has become impossible.

    Raises:
        LoadError: not in time.
    """
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        require_running()
        try:
            client = Client(address)
        except OSError:
            time.sleep(0.02)
            continue
        try:
            client.fetch(get_request(path))
            return
        except (OSError, LoadError):
            time.sleep(0.02)
        finally:
            client.close()
    raise LoadError(f"{address[0]}:{address[1]}{path} did not answer within {START_TIMEOUT_S:.0f} s")


def cpu_s(pid: int) -> float:
    """CPU time of a process and its children so far, user and system."""
    process = psutil.Process(pid)
    return sum(sum(one.cpu_times()[:2]) for one in (process, *process.children(recursive=True)))
