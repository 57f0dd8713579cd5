"""What the benchmarks' processes have in common: addresses, waiting until they answer, their CPU time."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.load import Address, Client, LoadError, get_request

START_TIMEOUT_S = 30.0
KEPT_LOGS = Path("bench-out") / "logs"


@contextmanager
def temporary_home() -> Iterator[Path]:
    """A directory for all that a benchmark makes; what the programs logged is kept if it fails."""
    with tempfile.TemporaryDirectory(prefix="deskreel-bench-") as folder:
        home = Path(folder)
        try:
            yield home
        except Exception as error:
            KEPT_LOGS.mkdir(parents=True, exist_ok=True)
            for log in home.rglob("*.log"):
                shutil.copy(log, KEPT_LOGS / log.name)
            error.add_note(f"the programs' logs are in {KEPT_LOGS}")
            raise


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
