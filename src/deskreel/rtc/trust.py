"""Whom TLS to a TURN server trusts. Reading the system's certificates takes 40 ms: once, and in a thread."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from dataclasses import dataclass

_KEPT_S = 3600.0  # then they are read again: certificates are added to systems that run


@dataclass(frozen=True, slots=True)
class _Made:
    context: ssl.SSLContext
    place: tuple[str | None, ...]  # what the environment said
    at_s: float  # monotonic


_made: list[_Made] = []  # the last one, if any


async def system_trust() -> ssl.SSLContext:
    """What the system trusts, with SSL_CERT_FILE and SSL_CERT_DIR. Nobody changes it: it is shared."""
    place = tuple(os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
    last = _made[-1] if _made else None
    if last is not None and last.place == place and time.monotonic() - last.at_s < _KEPT_S:
        return last.context
    context = await asyncio.to_thread(ssl.create_default_context)
    _made[:] = [_Made(context, place, time.monotonic())]
    return context
