"""What recorder and gateway know of a WebRTC connection. One connection carries one video, one way.

Pictures are access units of H.264 in Annex B with parameter sets before each keyframe; times are ms of any
steady clock of the sender. All methods belong to the event loop's thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

from deskreel.core.errors import DeskreelError


class RtcError(DeskreelError):
    """A WebRTC connection cannot be made: a bad description, no candidates, no H.264."""

    code: ClassVar[str] = "rtc_failed"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "The live connection cannot be made"
    retryable: ClassVar[bool] = True
    hint: ClassVar[str] = "The recording goes on. Run deskreel doctor to see which way of live view is open."


class NoPortError(RtcError):
    """All UDP ports that a connection may have are in use."""

    code: ClassVar[str] = "no_udp_port"
    status: ClassVar[int] = 503
    title: ClassVar[str] = "No UDP port is free for a live connection"
    hint: ClassVar[str] = "Try again when a live view has ended, or widen DESKREEL_LIVE_PORTS of the gateway."


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePicture:
    """One encoded picture."""

    data: bytes  # Annex B access unit
    at_ms: int  # of the sender's steady clock
    keyframe: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SendStats:
    """How it goes, by what the other side reports (RTCP). None: no report yet, or not known."""

    report_age_s: float | None  # since the last receiver report
    packets: int  # sent since the beginning, without repeats
    lost: int  # of these, as the other side counts in total
    loss_percent: float | None  # in the last report
    jitter_ms: float | None
    rtt_ms: float | None
    sent_bytes: int  # since the beginning, repeats included


class Sending(Protocol):
    """A connection that sends one video (`aiortc_send.AiortcSending`)."""

    @property
    def ended(self) -> asyncio.Event:
        """Set when it failed, was closed, or the other side has left."""
        ...

    async def offer(self) -> str:
        """The SDP offer, with all candidates that were found in time.

        Raises:
            RtcError: none was found.
        """
        ...

    async def accept(self, answer: str) -> None:
        """Take the other side's SDP answer.

        Raises:
            RtcError: it is none, or without H.264.
        """
        ...

    async def connected(self) -> None:
        """Wait until media can flow. Put a time limit around it: it may wait for ever.

        Raises:
            RtcError: it failed or was closed.
        """
        ...

    def send(self, picture: LivePicture) -> None:
        """Queue a picture. One that waits too long is dropped, and a keyframe is asked for."""
        ...

    def pace(self, kbps: float) -> None:
        """Packets leave at this rate at most, so that a keyframe does not leave as one burst."""
        ...

    def clear(self) -> None:
        """From now on nothing of the pictures so far leaves, repeats neither. The next must be a keyframe."""
        ...

    def stats(self) -> SendStats:
        """As of now."""
        ...

    async def close(self) -> None:
        """End it. Harmless when repeated."""
        ...


KeyframeWanted = Callable[[], None]  # called when the other side cannot go on without a keyframe
