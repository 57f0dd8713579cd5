"""Where the UDP sockets of direct connections are, and under which addresses others reach them.

A gateway's settings become a `Listening`; `host_sockets` goes by it. Values and their rules only, no socket.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from deskreel.core.errors import SettingsError

LOWEST_PORT, HIGHEST_PORT = 1024, 65535
FEWEST_PORTS = 2  # a recorder's and a viewer's
MOST_ADDRESSES = 8  # the other side tries each
_RANGE = re.compile(r"([0-9]{1,5})\s*-\s*([0-9]{1,5})")
_PORTS_HINT = "Write the first and the last port, as in 50000-50299: one for each session of the process."
_ADDRESSES_HINT = (
    "Write IPv4 and IPv6 addresses with commas between, as in 203.0.113.7,2001:db8::7; no names and no ports."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """How the connections of one process are reached directly."""

    ports: range = range(0)  # each connection has one of them, on all addresses of the machine; empty: any
    public: tuple[str, ...] = ()  # which a NAT turns into the machine's own, and leaves ports as they are


ANY_PORT = Listening()


def parse_ports(text: str) -> range:
    """A range as an operator writes it; empty: any port.

    Raises:
        SettingsError: it is none, or has too few ports.
    """
    if not text.strip():
        return range(0)
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        raise SettingsError(f"DESKREEL_LIVE_PORTS is no range of ports: {text!r}", hint=_PORTS_HINT)
    first, last = int(found[1]), int(found[2])
    if first > last:
        raise SettingsError(f"DESKREEL_LIVE_PORTS ends before it begins: {text!r}", hint=_PORTS_HINT)
    if first < LOWEST_PORT or last > HIGHEST_PORT:
        raise SettingsError(
            f"DESKREEL_LIVE_PORTS lies outside {LOWEST_PORT}-{HIGHEST_PORT}: {text!r}", hint=_PORTS_HINT
        )
    ports = range(first, last + 1)
    if len(ports) < FEWEST_PORTS:
        raise SettingsError(
            f"DESKREEL_LIVE_PORTS has {len(ports)} port; a live view takes {FEWEST_PORTS}", hint=_PORTS_HINT
        )
    return ports


def parse_addresses(text: str) -> tuple[str, ...]:
    """Addresses as an operator writes them, each once and in its usual form.

    Raises:
        SettingsError: one is none, or none that others could reach; or they are too many.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    addresses = tuple(dict.fromkeys(map(_address, parts)))
    if len(addresses) > MOST_ADDRESSES:
        raise SettingsError(
            f"DESKREEL_LIVE_ADDRESSES has {len(addresses)} addresses, {MOST_ADDRESSES} are the most",
            hint="Name those alone by which this gateway's own sockets are reached.",
        )
    return addresses


def _address(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError as error:
        raise SettingsError(
            f"DESKREEL_LIVE_ADDRESSES has what is no address: {text!r}", hint=_ADDRESSES_HINT
        ) from error
    mapped = isinstance(address, ipaddress.IPv6Address) and (address.ipv4_mapped or address.scope_id)
    here = address.is_unspecified or address.is_loopback or address.is_link_local or address.is_multicast
    if mapped or here or str(address) == "255.255.255.255":
        raise SettingsError(
            f"DESKREEL_LIVE_ADDRESSES has an address that nobody elsewhere can reach: {text!r}",
            hint=_ADDRESSES_HINT,
        )
    return str(address)
