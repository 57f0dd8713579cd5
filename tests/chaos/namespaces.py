"""Network namespaces with a lifetime, and the way into them for this thread and all that it starts.

Needs root, `ip` and /dev/net/tun. A namespace's name carries the process that made it, so that what a killed process
left behind is removed by the next.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psutil

_HOME = Path("/run/netns")
_PREFIX = "deskreel-test-"
_CLONE_NEWNET = 0x40000000
_OWN = os.open("/proc/self/ns/net", os.O_RDONLY)  # of this process as it was started
_numbers = itertools.count()


@cache
def why_not() -> str | None:
    """Why links cannot be made here; None: they can."""
    if os.geteuid() != 0:
        return "a link between network namespaces needs root"
    if not Path("/dev/net/tun").exists():
        return "a link between network namespaces needs /dev/net/tun"
    if shutil.which("ip") is None:
        return "a link between network namespaces needs ip (Debian: apt-get install iproute2)"
    try:
        with open("/dev/net/tun", "rb"), namespace("try"):
            return None
    except (OSError, subprocess.CalledProcessError) as error:
        return f"network namespaces cannot be made here: {error}"


def ip(name: str, *arguments: str) -> str:
    """Run `ip` in a namespace; gives what it printed."""
    command = ["ip", "-n", name, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@contextmanager
def namespace(role: str) -> Iterator[str]:
    """A new namespace with its loopback up, removed at the end; gives its name."""
    _sweep()
    name = f"{_PREFIX}{os.getpid()}-{next(_numbers)}-{role}"
    subprocess.run(["ip", "netns", "add", name], check=True, capture_output=True)
    try:
        ip(name, "link", "set", "lo", "up")
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


@contextmanager
def inside(name: str) -> Iterator[None]:
    """This thread, and what it starts meanwhile, is in the namespace."""
    there = os.open(_HOME / name, os.O_RDONLY)
    try:
        with _in(there):
            yield
    finally:
        os.close(there)


@contextmanager
def outside() -> Iterator[None]:
    """This thread, and what it starts meanwhile, is where the process was started.

    X servers belong there: in a namespace of its own one sees no other, takes a display number that is in use, and
    with it the socket below /tmp of the server that has it.
    """
    with _in(_OWN):
        yield


@contextmanager
def _in(there: int) -> Iterator[None]:
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        _setns(there)
        try:
            yield
        finally:
            _setns(before)
    finally:
        os.close(before)


def _setns(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)  # os.setns is there from Python 3.12 on
    if libc.setns(descriptor, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _sweep() -> None:
    """Remove what processes that are no more have left."""
    for path in _HOME.glob(f"{_PREFIX}*"):
        pid = path.name.removeprefix(_PREFIX).split("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            subprocess.run(["ip", "netns", "del", path.name], check=False, capture_output=True)
