"""Credentials for a region's TURN server: a shared secret makes them, and they expire (coturn's use-auth-secret)."""

from __future__ import annotations

import base64
import hmac

from deskreel.core.live import TurnServer
from deskreel.core.time import WallTime
from deskreel.server.regions.config import Region


def turn_server(region: Region, subject: str, now: WallTime, lifetime_ms: int) -> TurnServer | None:
    """The region's TURN server for `subject`, an id, from `now` on; None if the region has none that lets us in.

    The server looks at the expiry when a relay is asked for; one that is up goes on.
    """
    if region.turn_host is None or region.turn_secret is None:
        return None
    username = f"{(now + lifetime_ms) // 1000}:{subject}"
    # SHA-1 is what the scheme and coturn have; the key is secret and the text is short-lived
    mac = hmac.digest(region.turn_secret.encode(), username.encode(), "sha1")
    return TurnServer(
        host=region.turn_host,
        username=username,
        password=base64.b64encode(mac).decode(),
        port=region.turn_port,
        tls_port=region.turn_tls_port,
    )
