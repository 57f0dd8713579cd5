"""The live orders of recorders: whose recording under way is watched, and how it is to be sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.ids import ScreenRecordingId
from deskreel.core.live import LiveOrder
from deskreel.core.time import WallTime
from deskreel.server.context import Context
from deskreel.server.live.leases import watched_until
from deskreel.server.live.service import TURN_MS
from deskreel.server.regions.turn import turn_server

SENT = ("recording", "acw")  # states in which something is captured
GRACE_MS = 30_000  # the token outlives the order: the gateway's clock, and a renewal that is late


async def live_until(
    connection: AsyncConnection, rows: Sequence[Row[Any]], now: WallTime
) -> dict[ScreenRecordingId, WallTime]:
    """Until when each of these recordings is to be sent live; paused ones, and those nobody watches, are left out."""
    return await watched_until(connection, [row.id for row in rows if row.state in SENT], now)


def live_order(context: Context, row: Row[Any], until: WallTime | None, now: WallTime) -> LiveOrder | None:
    """What the recorder of this recording is asked, with a fresh token and TURN credential.

    Raises:
        UnknownRegionError, RegionIncompleteError: the settings do not say where its gateway is.
    """
    if until is None:
        return None
    recording_id, region = ScreenRecordingId(row.id), context.regions[row.region]
    return LiveOrder(
        screen_recording_id=recording_id,
        whip_url=f"{region.live_url(recording_id)}/v1/live/{recording_id}/whip",
        token=context.live_publish_token(recording_id, region.name, until - now + GRACE_MS),
        until=until,
        turn=turn_server(region, row.agent_id, now, TURN_MS),
    )
