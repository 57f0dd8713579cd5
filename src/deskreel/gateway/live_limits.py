"""How many live sessions one gateway process takes, and whether its UDP ports are enough for them."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from deskreel.rtc.listening import Listening

_log = structlog.stdlib.get_logger("deskreel.gateway")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLimits:
    """What one process takes on: 0.4 % of a core for each publisher of 500 kbit/s, 0.3 % for each viewer."""

    publishers: int = 120
    viewers: int = 160
    viewers_each: int = 25  # of one screen recording
    sessions_each_view: int = 6  # one person's, with attempts that nobody has missed yet
    probes: int = 8  # connections of connectivity checks, each for seconds

    @property
    def sessions(self) -> int:
        """Of all kinds together; each has one UDP port."""
        return self.publishers + self.viewers + self.probes


def announce(limits: LiveLimits, listening: Listening) -> None:
    """Say at the start how live views reach this process, and when its ports are fewer than its sessions may be."""
    ports = listening.ports
    if listening.public or ports:
        span = f"{ports[0]}-{ports[-1]}" if ports else "any"
        _log.info("live.listening", ports=span, addresses=list(listening.public))
    if ports and len(ports) < limits.sessions:
        _log.warning(
            "live.few_ports",
            ports=len(ports),
            sessions=limits.sessions,
            hint="Widen DESKREEL_LIVE_PORTS: a live view that finds no port free is refused.",
        )
