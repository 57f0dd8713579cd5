"""A desk and a site with one bad link between them, for tests and benchmarks.

    with emulated_link(seed=1) as link, link.at_site():
        …  # servers here listen on link.site; what `with link.at_desk()` starts reaches them over the link

The desk has one address at a time, the site as many as are asked for. IPv4 and IPv6.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chaos.bridge import DEVICE
from chaos.link import CLEAN, Counts, Shape
from chaos.namespaces import inside, ip, namespace

_TESTS = Path(__file__).parent.parent
_NET4, _NET6 = "10.91.0", "fd91:de5c::"
_SITES = 2  # addresses of the site, 1 and 2; the desk's begin at 11
_FIRST_DESK = 11


class EmulatedLink:
    """A running link."""

    def __init__(self, desk: str, site: str, bridge: subprocess.Popen[str]) -> None:
        self._desk_space, self._site_space = desk, site
        self._bridge = bridge
        self._desk_number = _FIRST_DESK

    # --- who is where -----------------------------------------------------------------------------------------

    def at_site(self) -> AbstractContextManager[None]:
        """This thread is where the servers are."""
        return inside(self._site_space)

    def at_desk(self) -> AbstractContextManager[None]:
        """This thread is where the recorder is."""
        return inside(self._desk_space)

    @staticmethod
    def site(number: int = 1, *, ipv6: bool = False) -> str:
        """An address of the site, 1 or 2."""
        return f"{_NET6}{number}" if ipv6 else f"{_NET4}.{number}"

    def desk(self, *, ipv6: bool = False) -> str:
        """The desk's address now."""
        return self.site(self._desk_number, ipv6=ipv6)

    # --- what the link does -----------------------------------------------------------------------------------

    def shape(self, both: Shape = CLEAN, *, down: Shape | None = None) -> None:
        """From now on; with `down` the way from the site to the desk is another."""
        self._order({"shape": {"up": asdict(both), "down": asdict(down or both)}})

    def counts(self) -> tuple[Counts, Counts]:
        """What was done so far: up, down."""
        answer = self._order({"counts": True})
        return Counts(**answer["up"]), Counts(**answer["down"])

    def change_address(self) -> None:
        """The desk leaves one network and joins another: its connections are dead, and nobody tells the site."""
        before = self._desk_number
        self._desk_number = before + 1 if before < 250 else _FIRST_DESK
        self._drop_address(before)
        self._add_address(self._desk_space, self._desk_number)

    def join_another(self) -> None:
        """The desk joins a network beside the one that it is in, and prefers it: its connections go on as they were.

        As with a cable that is plugged in beside the Wi-Fi, or a VPN that is put up.
        """
        self._desk_number += 1
        self._add_address(self._desk_space, self._desk_number)
        way = (f"{_NET4}.0/24", "dev", DEVICE, "proto", "kernel", "scope", "link", "src", self.desk())
        ip(self._desk_space, "route", "replace", *way)

    def _add_address(self, space: str, number: int) -> None:
        ip(space, "addr", "add", f"{self.site(number)}/24", "dev", DEVICE)
        ip(space, "-6", "addr", "add", f"{self.site(number, ipv6=True)}/64", "dev", DEVICE, "nodad")

    def _drop_address(self, number: int) -> None:
        ip(self._desk_space, "addr", "del", f"{self.site(number)}/24", "dev", DEVICE)
        ip(self._desk_space, "-6", "addr", "del", f"{self.site(number, ipv6=True)}/64", "dev", DEVICE)

    def set_up(self) -> None:
        """Addresses for both ends."""
        for space in (self._desk_space, self._site_space):
            ip(space, "link", "set", "dev", DEVICE, "up", "mtu", "1500")
        for number in range(1, _SITES + 1):
            self._add_address(self._site_space, number)
        self._add_address(self._desk_space, self._desk_number)

    def _order(self, order: dict[str, object]) -> dict[str, dict[str, Any]]:
        assert self._bridge.stdin is not None
        assert self._bridge.stdout is not None
        self._bridge.stdin.write(json.dumps(order) + "\n")
        self._bridge.stdin.flush()
        line = self._bridge.stdout.readline()
        if not line:
            raise RuntimeError(f"the link's process ended with code {self._bridge.wait()}")
        return dict(json.loads(line))


@contextmanager
def emulated_link(seed: int = 1) -> Iterator[EmulatedLink]:
    """Set a link up, clean at first, and remove it at the end."""
    with (
        namespace("desk") as desk,
        namespace("site") as site,
        subprocess.Popen(
            [sys.executable, "-m", "chaos.bridge", desk, site, str(seed)],
            env={**os.environ, "PYTHONPATH": str(_TESTS)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as bridge,
    ):
        try:
            assert bridge.stdout is not None
            if bridge.stdout.readline().strip() != "ready":
                raise RuntimeError(f"the link does not come up: code {bridge.wait()}")
            link = EmulatedLink(desk, site, bridge)
            link.set_up()
            yield link
        finally:
            bridge.kill()
