"""The process between two namespaces: reads packets from one TUN device and writes them to the other, as `link` says.

    python -m chaos.bridge DESK SITE SEED

Each line on stdin is one order in JSON: {"shape": {"up": {…}, "down": {…}}} or {"counts": true}; each is answered by
one line. Ends when stdin does. `up` is from the desk to the site.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import struct
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from chaos.link import Lane, shape_from
from chaos.namespaces import inside

DEVICE = "link"
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_PACKET = 65536
_BURST = 64  # packets taken from one side before the other has its turn


class Way:
    """One direction between two devices."""

    def __init__(self, source: int, sink: int, seed: int) -> None:
        self.source = source
        self.lane = Lane(seed)
        self._sink = sink
        self._under_way: deque[tuple[float, bytes]] = deque()

    def take(self) -> None:
        """Read what has come."""
        for _ in range(_BURST):
            try:
                packet = os.read(self.source, _PACKET)
            except BlockingIOError:
                return
            now = time.monotonic()
            out = self.lane.offer(now, packet)
            if out is not None:
                self._under_way.append((out, packet))

    def give(self) -> float | None:
        """Write what is due; gives when the next one is."""
        while self._under_way and self._under_way[0][0] <= time.monotonic():
            # a device that is down, as while an address changes, takes nothing
            with suppress(OSError):
                os.write(self._sink, self._under_way[0][1])
            self._under_way.popleft()
        return self._under_way[0][0] if self._under_way else None


def open_device(namespace: str) -> int:
    """A TUN device in the namespace."""
    with inside(namespace):
        descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), _IFF_TUN | _IFF_NO_PI))
        return descriptor


def obey(order: dict[str, Any], ways: dict[str, Way]) -> dict[str, Any]:
    """Carry out an order; gives the answer."""
    for name, given in order.get("shape", {}).items():
        ways[name].lane.shape = shape_from(given)
    return {name: asdict(way.lane.counts) for name, way in ways.items()}


def main(desk: str, site: str, seed: int) -> None:
    """Until stdin ends."""
    near, far = open_device(desk), open_device(site)
    ways = {"up": Way(near, far, seed), "down": Way(far, near, seed + 1)}
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -10)  # its delays are to be the link's, not the machine's
    print("ready", flush=True)
    orders = b""
    while True:
        due = [at for way in ways.values() if (at := way.give()) is not None]
        timeout = max(0.0, min(due) - time.monotonic()) if due else None
        readable, _, _ = select.select([near, far, 0], [], [], timeout)
        for way in ways.values():
            if way.source in readable:
                way.take()
        if 0 in readable:
            piece = os.read(0, _PACKET)
            if not piece:
                return
            *lines, orders = (orders + piece).split(b"\n")
            for line in lines:
                print(json.dumps(obey(json.loads(line), ways)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
