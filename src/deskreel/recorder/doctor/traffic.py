"""What goes over the way to a gateway: a chunk, what fits into a second, echoes. By the recorder's client."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import httpx2

from deskreel.core.errors import DeskreelError
from deskreel.recorder.control.link import IN_TIME_MS
from deskreel.recorder.control.loss import surely_above, surely_below
from deskreel.recorder.doctor.facts import Echoes, Failure, Stored, Traffic
from deskreel.recorder.doctor.limits import FEW_MESSAGES, MOST_MESSAGES
from deskreel.recorder.problems import error_from_problem

T = TypeVar("T")
CHUNK_BYTES = 256 * 1024  # about what two seconds of a busy screen have
_FIRST_BYTES = 64 * 1024
_MOST_BYTES = 8 * 1024 * 1024
_ENOUGH_S = 1.0  # a transfer that takes so long says how fast the way is
_APART_S = 0.02  # echoes begin, at least; as packets of voice
_ECHOES_S = 30.0  # for all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeAccess:
    """Where a probe goes, and what lets it in."""

    gateway_url: str  # no trailing slash
    probe_id: str
    token: str = field(repr=False)

    def url(self, path: str) -> str:
        """Of one of the probe's routes."""
        return f"{self.gateway_url}/v1/probes/{self.probe_id}/{path}"

    @property
    def headers(self) -> dict[str, str]:
        """What each request carries."""
        return {"Authorization": f"Bearer {self.token}"}


async def traffic(client: httpx2.AsyncClient, access: ProbeAccess, *, quick: bool) -> Traffic:
    """Try it all; what fails is written down. `quick` leaves out the throughput, which fills the way."""
    chunk = await _tried(lambda: _store(client, access, CHUNK_BYTES))
    if isinstance(chunk, Failure):
        blocked = Failure(what="the chunk did not get through")
        return Traffic(
            chunk=chunk, up_kbps=blocked, down_kbps=blocked, echoes=Echoes(sent=0, late=0, rtts_ms=())
        )

    async def send(size: int) -> float:
        return (await _store(client, access, size)).took_ms / 1000

    async def receive(size: int) -> float:
        return await _receive(client, access, size)

    return Traffic(
        chunk=chunk,
        up_kbps=None if quick else await _tried(lambda: _fastest(send)),
        down_kbps=None if quick else await _tried(lambda: _fastest(receive)),
        echoes=await echoes(client, access),
    )


async def _tried(work: Callable[[], Awaitable[T]]) -> T | Failure:
    try:
        return await work()
    except DeskreelError as error:
        return Failure(what=f"{error.code}: {error.detail}", hint=error.hint_text)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return Failure(what=f"{type(error).__name__} {error}".strip())


async def _store(client: httpx2.AsyncClient, access: ProbeAccess, size: int) -> Stored:
    data = os.urandom(size)
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    began = time.perf_counter()
    answer = await client.put(
        access.url("chunks/1"),
        content=data,
        headers={**access.headers, "Content-Digest": f"sha-256=:{digest}:"},
    )
    took_ms = (time.perf_counter() - began) * 1000
    if not answer.is_success:
        raise error_from_problem(answer)
    return Stored(size=size, took_ms=took_ms, stored_ms=float(answer.json()["stored_ms"]))


async def _receive(client: httpx2.AsyncClient, access: ProbeAccess, size: int) -> float:
    began = time.perf_counter()
    answer = await client.get(access.url(f"bytes/{size}"), headers=access.headers)
    if not answer.is_success:
        raise error_from_problem(answer)
    return time.perf_counter() - began


async def _fastest(transfer: Callable[[int], Awaitable[float]]) -> float:
    """kbit/s of the largest transfer: each twice the one before, until one takes long enough to say."""
    size = _FIRST_BYTES
    while True:
        took_s = await transfer(size)
        if took_s >= _ENOUGH_S or size >= _MOST_BYTES:
            return size * 8 / 1000 / max(took_s, 1e-6)
        size *= 2


async def echoes(client: httpx2.AsyncClient, access: ProbeAccess) -> Echoes:
    """Over one connection, one after another: as many as it takes to say how many are late."""
    began_s = time.perf_counter()
    sent, late = 0, 0
    rtts_ms: list[float] = []
    while not _told(late, sent) and time.perf_counter() - began_s < _ECHOES_S:
        sent += 1
        sent_s = time.perf_counter()
        try:
            answer = await client.get(
                access.url("echo"), headers=access.headers, timeout=IN_TIME_MS / 1000 * 3
            )
            came = answer.is_success
        except httpx2.HTTPError:
            came = False
        took_s = time.perf_counter() - sent_s
        if came:
            rtts_ms.append(took_s * 1000)
        late += not came or took_s * 1000 > IN_TIME_MS
        await asyncio.sleep(max(0.0, _APART_S - took_s))
    return Echoes(sent=sent, late=late, rtts_ms=tuple(rtts_ms))


def _told(late: int, sent: int) -> bool:
    """Whether more of them would say no more."""
    if surely_above(late, sent) or sent >= MOST_MESSAGES:
        return True
    return sent >= FEW_MESSAGES and surely_below(late, sent)
