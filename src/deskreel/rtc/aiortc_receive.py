"""A connection that receives one video, by aiortc: the gateway's end towards a recorder, and a viewer's."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

from deskreel.core.live import Rung, TurnServer
from deskreel.rtc.aiortc_patch import Relay, new_connection
from deskreel.rtc.connection import RtcConnection
from deskreel.rtc.listening import ANY_PORT, Listening
from deskreel.rtc.rtp_receive import ReceiveStats, RtpReceiver
from deskreel.rtc.rtp_send import RtpSender
from deskreel.rtc.wire import Unit


class AiortcReceiving(RtcConnection):
    """Receives pictures and hands each on as soon as it is whole; `wire.unpack` makes Annex B of one."""

    def __init__(
        self,
        on_unit: Callable[[Unit], None],
        *,
        rung: Rung = Rung.DIRECT,
        turn: TurnServer | None = None,
        ssl_context: ssl.SSLContext | None = None,  # for TLS to the TURN server; None: the system's
        loopback: bool = False,  # whether this machine's own addresses are of use to the other side
        listening: Listening = ANY_PORT,  # where a direct connection's sockets are
    ) -> None:
        relay = Relay.of(rung, turn, ssl_context)
        ended = asyncio.Event()
        receivers: list[RtpReceiver] = []

        def make_receiver(transport: Any) -> RtpReceiver:
            receivers.append(RtpReceiver(transport, on_unit, ended.set))
            return receivers[-1]

        pc = new_connection(
            "recvonly", _no_sender, make_receiver, relay=relay, loopback=loopback, listening=listening
        )
        self._receiver = receivers[0]
        super().__init__(pc, self._receiver.started, ended)

    def ask_keyframe(self) -> None:
        """Ask the sender for one, now."""
        self._receiver.ask_keyframe()

    def stats(self) -> ReceiveStats:
        """As of now."""
        return self._receiver.stats()


def _no_sender(transport: Any) -> RtpSender:
    return RtpSender(transport, lambda: None)
