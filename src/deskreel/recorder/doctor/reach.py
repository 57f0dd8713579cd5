"""How far the way to a gateway goes: names, TCP, TLS, the 404 page; over IPv4 and over IPv6."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import ssl
import time
from urllib.request import getproxies, proxy_bypass

import httpx2
from cryptography import x509

from deskreel.recorder.doctor.facts import Certificate, Failure, Family, Page, Reach, Region

LIMIT_S = 8.0  # for each step
PORTS = {"https": 443, "http": 80}
_FAMILIES = {Family.IPV4: socket.AF_INET, Family.IPV6: socket.AF_INET6}
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})")
_BODY_BYTES = 400
_USERINFO = re.compile(r"//[^/@]*@")


async def reach(client: httpx2.AsyncClient, region: Region) -> Reach:
    """Try the way to the region's gateway, as the recorder would go: through the proxy if there is one."""
    proxy = proxy_for(region)
    if proxy is not None:
        return Reach(proxy=proxy, proxied_page=await _proxied_page(client, region))
    names = {family: await resolve(region.host, region.port, family) for family in Family}
    root = httpx2.URL(region.gateway_url + "/")
    trusted = httpx2.create_ssl_context()  # what the recorder trusts, with SSL_CERT_FILE
    tcp: dict[Family, float | Failure] = {}
    pages: dict[Family, Page | Failure] = {}
    tls: Certificate | None = None
    for family, addresses in names.items():
        if not addresses:
            continue
        tcp[family] = connected = await _connect(addresses[0], region.port)
        if isinstance(connected, Failure):
            continue
        if region.secure and (tls is None or tls.failure is None):
            tls = await _shake_hands(region, addresses[0], trusted)
        if tls is None or tls.failure is None:
            pages[family] = await page_at(root, addresses[0], trusted if region.secure else None)
    return Reach(proxy=None, names=names, tcp=tcp, tls=tls, pages=pages)


def proxy_for(region: Region) -> str | None:
    """The proxy that the environment names for a region's gateway, without its password."""
    proxies = getproxies()
    proxy = proxies.get("https" if region.secure else "http") or proxies.get("all")
    if not proxy or proxy_bypass(region.host):
        return None
    return _USERINFO.sub("//", proxy)


async def resolve(host: str, port: int, family: Family) -> tuple[str, ...]:
    """The addresses of a name in one family; none where it has none."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(LIMIT_S):
            found = await loop.getaddrinfo(host, port, family=_FAMILIES[family], type=socket.SOCK_STREAM)
    except (OSError, TimeoutError):
        return ()
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


async def _connect(address: str, port: int) -> float | Failure:
    """How long a connection takes, in ms."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(LIMIT_S):
            _, writer = await asyncio.open_connection(address, port)
    except (OSError, TimeoutError) as error:
        return Failure(what=_words(error))
    took_ms = (time.perf_counter() - began) * 1000
    writer.close()
    return took_ms


async def _shake_hands(region: Region, address: str, trusted: ssl.SSLContext) -> Certificate:
    try:
        async with asyncio.timeout(LIMIT_S):
            _, writer = await asyncio.open_connection(
                address, region.port, ssl=trusted, server_hostname=region.host
            )
    except ssl.SSLCertVerificationError as error:
        issuer = await _issuer(region, address)
        return Certificate(protocol="", issuer=issuer, failure=Failure(what=error.verify_message))
    except (OSError, TimeoutError) as error:
        return Certificate(protocol="", issuer="", failure=Failure(what=_words(error)))
    spoken: ssl.SSLObject = writer.get_extra_info("ssl_object")
    shown = spoken.getpeercert(binary_form=True)
    writer.close()
    return Certificate(protocol=spoken.version() or "", issuer=_issuer_of(shown))


async def _issuer(region: Region, address: str) -> str:
    """Who signed a certificate that is not trusted."""
    anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anybody.check_hostname = False
    anybody.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(LIMIT_S):
            _, writer = await asyncio.open_connection(
                address, region.port, ssl=anybody, server_hostname=region.host
            )
    except (OSError, TimeoutError):
        return ""
    spoken: ssl.SSLObject = writer.get_extra_info("ssl_object")
    shown = spoken.getpeercert(binary_form=True)
    writer.close()
    return _issuer_of(shown)


def _issuer_of(certificate: bytes | None) -> str:
    if certificate is None:
        return ""
    return x509.load_der_x509_certificate(certificate).issuer.rfc4514_string()


async def page_at(url: httpx2.URL, address: str, trusted: ssl.SSLContext | None = None) -> Page | Failure:
    """GET an address of the web from one host, whatever the name resolves to; `trusted`: over TLS."""
    port = url.port or PORTS[url.scheme]
    named = f"{url.host}:{port}" if ":" not in url.host else f"[{url.host}]:{port}"
    asked = f"GET {url.raw_path.decode()} HTTP/1.1\r\nHost: {named}\r\nConnection: close\r\n\r\n"
    try:
        async with asyncio.timeout(LIMIT_S):
            reader, writer = await asyncio.open_connection(
                address, port, ssl=trusted, server_hostname=url.host if trusted is not None else None
            )
            try:
                writer.write(asked.encode())
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.read(_BODY_BYTES)
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        return Failure(what=_words(error))
    status = _STATUS.match(head)
    if status is None:
        return Failure(what="the answer is not HTTP")
    return Page(status=int(status[1]), body=body.decode(errors="replace"))


async def _proxied_page(client: httpx2.AsyncClient, region: Region) -> Page | Failure:
    try:
        answer = await client.get(region.gateway_url + "/")
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        hint = f"Have the proxy let {region.host} pass; if it inspects TLS, name its CA in SSL_CERT_FILE."
        return Failure(what=f"{type(error).__name__}: {error}", hint=hint)
    return Page(status=answer.status_code, body=answer.text[:_BODY_BYTES])


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {LIMIT_S:g} s"
    if isinstance(error, ConnectionError) and error.errno:
        return os.strerror(error.errno)  # asyncio's own text has addresses
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
