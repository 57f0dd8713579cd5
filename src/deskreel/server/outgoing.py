"""Requests that go out to addresses which somebody has entered: webhooks, and call audio to fetch.

The name is resolved once, every address behind it must be a public one (unless DESKREEL_OUTGOING_PRIVATE lets others
be), and the request goes to the address that was looked at, so that a name which changes its mind gains nothing.
Redirects are not followed.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from deskreel.core.errors import DeskreelError, InvalidInputError
from deskreel.server.context import Context

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
CONNECT_S, TOTAL_S = 5.0, 15.0
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")


class AddressNotAllowedError(DeskreelError):
    """It leads where the server must not be sent."""

    code = "address_not_allowed"
    status = 422
    title = "This address is not allowed"
    hint = "Use a public address; DESKREEL_OUTGOING_PRIVATE=true lets private and loopback ones be used."


class OutgoingError(DeskreelError):
    """No answer."""

    code = "outgoing_failed"
    status = 502
    title = "The other side did not answer"
    retryable = True
    hint = "Check the address, its certificate, and that this server may reach it."


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also when it is wrapped in another."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(ip.packed[-4:])
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def check_url(url: str) -> httpx2.URL:
    """An http or https address without user information.

    Raises:
        InvalidInputError: it is none.
    """
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise InvalidInputError(f"{url[:100]!r} is not an address: {error}") from error
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo:
        raise InvalidInputError(f"{url[:100]!r} must be http://… or https://…, without user and password")
    return parsed


def check_headers(headers: Mapping[str, str]) -> None:
    """Headers that can be sent as they are.

    Raises:
        InvalidInputError: a name is none, or is that of the host; a value is more than printable ASCII.
    """
    for name, value in headers.items():
        if _HEADER_NAME.fullmatch(name) is None:
            raise InvalidInputError(f"{name[:100]!r} is no name of a header")
        if name.lower() == "host":
            raise InvalidInputError("the header Host is made from the address", hint="Leave it out.")
        if _HEADER_VALUE.fullmatch(value) is None:
            raise InvalidInputError(
                f"the header {name[:100]} holds a line break, or a character that is not ASCII",
                hint="Encode the value, such as percent-encoded or in base64, as the other side expects it.",
            )


async def address_of(context: Context, url: httpx2.URL) -> str:
    """The IP address to go to.

    Raises:
        OutgoingError: the name is not known.
        AddressNotAllowedError: it, or another behind the name, is not public.
    """
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise OutgoingError(f"{url.host}: {error.strerror or error}") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not context.settings.outgoing_private:
        for address in addresses:
            if not is_public(address):
                raise AddressNotAllowedError(f"{url.host} leads to {address}")
    return addresses[0]


@asynccontextmanager
async def request(
    context: Context, method: str, url: str, *, headers: Mapping[str, str], content: bytes | None = None
) -> AsyncIterator[httpx2.Response]:
    """The answer, whose body is not read yet.

    Raises:
        InvalidInputError, AddressNotAllowedError: the address, or a header.
        OutgoingError: no connection, or no answer in time.
    """
    target = check_url(url)
    check_headers(headers)
    address = await address_of(context, target)
    host = target.host if target.port is None else f"{target.host}:{target.port}"
    extensions: dict[str, Any] = {"sni_hostname": target.host}
    try:
        async with (
            httpx2.AsyncClient(
                timeout=httpx2.Timeout(TOTAL_S, connect=CONNECT_S), follow_redirects=False, trust_env=False
            ) as client,
            client.stream(
                method,
                target.copy_with(host=address),
                headers={**headers, "host": host},
                content=content,
                extensions=extensions,
            ) as answer,
        ):
            yield answer
    except httpx2.TransportError as error:
        raise OutgoingError(f"{target.host}: {error!r}") from error
