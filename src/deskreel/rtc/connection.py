"""What sending and receiving connections have in common: offer and answer, waiting, ending.

Descriptions carry all candidates. What comes in loses its `.local` names and its end-of-candidates: the names
resolve only in the browser's own network, where it finds us anyway, and its checks reveal its address.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from aiortc import RTCPeerConnection, RTCSessionDescription

from deskreel.rtc.port import RtcError

_DESCRIBE_S = 4.0  # longer than gathering takes
CLOSE_S = 3.0  # a dead TURN server must not hold an ending connection
MAX_SDP = 64 * 1024
MAX_CANDIDATES = 40  # ICE tries each with each of ours
_closing: set[asyncio.Task[None]] = set()  # connections that end after their owner has gone


class RtcConnection:
    """One peer connection with one video."""

    def __init__(self, pc: RTCPeerConnection, started: asyncio.Event, ended: asyncio.Event) -> None:
        self._pc, self._started, self._ended = pc, started, ended
        self._closed = False
        pc.on("connectionstatechange", self._changed)

    async def offer(self) -> str:
        """Our offer, with all candidates.

        Raises:
            RtcError: none was found.
        """
        try:
            await asyncio.wait_for(self._pc.setLocalDescription(await self._pc.createOffer()), _DESCRIBE_S)
        except TimeoutError as error:
            raise RtcError("no address could be had in time") from error
        return self._described()

    async def accept(self, answer: str) -> None:
        """The other side's answer to our offer.

        Raises:
            RtcError: it is none, or without H.264.
        """
        await self._take(answer, "answer")

    async def answer(self, offer: str) -> str:
        """Our answer to the other side's offer.

        Raises:
            NoPortError: no UDP port is free.
            RtcError: the offer is none or without H.264, or no candidate was found.
        """
        await self._take(offer, "offer")
        try:
            await asyncio.wait_for(self._pc.setLocalDescription(await self._pc.createAnswer()), _DESCRIBE_S)
        except TimeoutError as error:
            raise RtcError("no address could be had in time") from error
        except RtcError:
            raise
        except Exception as error:
            raise RtcError(f"the offer cannot be answered: {error}") from error
        return self._described()

    async def connected(self) -> None:
        """Until media can flow, without a limit.

        Raises:
            RtcError: the connection failed or was closed.
        """
        waits = [asyncio.ensure_future(event.wait()) for event in (self._started, self._ended)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if self._ended.is_set():
            raise RtcError("the connection failed")

    @property
    def ended(self) -> asyncio.Event:
        """Set when the connection failed, was closed, or the other side has left."""
        return self._ended

    def route(self) -> dict[str, str] | None:
        """The pair of candidates in use, for diagnosis; None: none yet."""
        for ours, theirs in self._nominated():
            return {
                "local": ours.type,
                "remote": theirs.type,
                "family": "ipv6" if ":" in theirs.host else "ipv4",
            }
        return None

    def addresses(self) -> tuple[str, str] | None:
        """In use: ours, and the other side's, with their ports; None: none yet."""
        for ours, theirs in self._nominated():
            return address_of(ours.host, ours.port), address_of(theirs.host, theirs.port)
        return None

    def _nominated(self) -> Iterator[tuple[Any, Any]]:
        from deskreel.rtc.aiortc_patch import ice_of

        for pair in ice_of(self._pc.getTransceivers()[0])._nominated.values():
            yield pair.local_candidate, pair.remote_candidate

    async def close(self) -> None:
        """End it, and tell the other side. Harmless when repeated."""
        self._ended.set()
        if self._closed:
            return
        self._closed = True
        task = asyncio.create_task(self._pc.close())
        _closing.add(task)
        task.add_done_callback(_closing.discard)
        await asyncio.wait({task}, timeout=CLOSE_S)

    async def _take(self, text: str, kind: str) -> None:
        description = RTCSessionDescription(sdp=prepared(text), type=kind)
        try:
            await self._pc.setRemoteDescription(description)
        except Exception as error:  # aiortc's parser raises whatever it trips over
            raise RtcError(f"the {kind} is no WebRTC description with H.264: {error}") from error

    def _described(self) -> str:
        text = self._pc.localDescription.sdp
        if "a=candidate:" not in text:
            raise RtcError("no address was found that the other side could reach")
        return text

    def _changed(self) -> None:
        if self._pc.connectionState in ("failed", "closed"):
            self._ended.set()


def address_of(host: str, port: int) -> str:
    """As people write it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def addresses_in(description: str) -> tuple[str, ...]:
    """Where a description says that its side is reached, each once."""
    found = [line.split() for line in description.splitlines() if line.startswith("a=candidate:")]
    return tuple(dict.fromkeys(address_of(one[4], int(one[5])) for one in found if len(one) > 5))


def prepared(text: str) -> str:
    """A description from outside as aiortc gets it.

    Raises:
        RtcError: it is far too long, not one video, or names a stream by what is no SSRC.
    """
    if len(text) > MAX_SDP:
        raise RtcError("the description is too long")
    lines = [line.rstrip("\r") for line in text.split("\n")]
    media = [line for line in lines if line.startswith("m=")]
    if len(media) != 1 or not media[0].startswith("m=video"):
        raise RtcError("the description is not of exactly one video")
    kept: list[str] = []
    candidates = 0
    for line in lines:
        if not line or _left_out(line):
            continue
        if line.startswith("a=candidate:"):
            candidates += 1
            if candidates > MAX_CANDIDATES:
                continue
        elif line.startswith(("a=ssrc:", "a=ssrc-group:")) and not _names_streams(line):
            raise RtcError("the description has an SSRC that is none")
        kept.append(line)
    return "\r\n".join(kept) + "\r\n"


def _names_streams(line: str) -> bool:
    """aiortc takes any number, which no packet can carry."""
    attribute, _, value = line.partition(":")
    numbers = value.split()[1:] if attribute == "a=ssrc-group" else value.split(maxsplit=1)[:1]
    return bool(numbers) and all(n.isascii() and n.isdigit() and int(n) < 1 << 32 for n in numbers)


def _left_out(line: str) -> bool:
    if line.startswith("a=end-of-candidates"):
        return True
    return line.startswith("a=candidate:") and (".local " in line or " tcp " in line.lower())
