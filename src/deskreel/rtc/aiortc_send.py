"""A connection that sends one video, by aiortc: `port.Sending`, and the gateway's end towards a viewer."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

from deskreel.core.live import Rung, TurnServer
from deskreel.rtc.aiortc_patch import Relay, new_connection
from deskreel.rtc.connection import RtcConnection
from deskreel.rtc.listening import ANY_PORT, Listening
from deskreel.rtc.port import KeyframeWanted, LivePicture, SendStats
from deskreel.rtc.rtp_receive import RtpReceiver
from deskreel.rtc.rtp_send import PACE_KBPS, RtpSender
from deskreel.rtc.wire import CLOCK_HZ, Unit, pack


class AiortcSending(RtcConnection):
    """Sends pictures over one rung: make an offer and accept the answer, or answer an offer."""

    def __init__(
        self,
        on_keyframe: KeyframeWanted,
        *,
        rung: Rung = Rung.DIRECT,
        turn: TurnServer | None = None,
        ssl_context: ssl.SSLContext | None = None,  # for TLS to the TURN server; None: the system's
        loopback: bool = False,  # whether this machine's own addresses are of use to the other side
        listening: Listening = ANY_PORT,  # where a direct connection's sockets are
        pace_kbps: float = PACE_KBPS,
    ) -> None:
        relay = Relay.of(rung, turn, ssl_context)
        ended = asyncio.Event()
        senders: list[RtpSender] = []

        def make_sender(transport: Any) -> RtpSender:
            senders.append(RtpSender(transport, on_keyframe, pace_kbps, ended.set))
            return senders[-1]

        pc = new_connection(
            "sendonly", make_sender, _no_receiver, relay=relay, loopback=loopback, listening=listening
        )
        self._sender = senders[0]
        super().__init__(pc, self._sender.started, ended)

    def send(self, picture: LivePicture) -> None:
        """Queue a picture. One that waits too long is dropped, and a keyframe is asked for."""
        timestamp = picture.at_ms * CLOCK_HZ // 1000
        self.send_unit(Unit(payloads=pack(picture.data), timestamp=timestamp, keyframe=picture.keyframe))

    def send_unit(self, unit: Unit) -> None:
        """As `send`, for a picture that has its payloads."""
        self._sender.send_unit(unit)

    def clear(self) -> None:
        """Forget every picture that waits; go on with a keyframe."""
        self._sender.clear()

    def pace(self, kbps: float) -> None:
        """How fast packets leave at most, so that a keyframe does not leave as one burst."""
        self._sender.pace(kbps)

    def stats(self) -> SendStats:
        """As of now."""
        return self._sender.stats()


def _no_receiver(transport: Any) -> RtpReceiver:
    return RtpReceiver(transport, lambda _: None)
