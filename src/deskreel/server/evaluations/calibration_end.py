"""How a calibration ends: everybody has published, or its lead closes it."""

from __future__ import annotations

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.time import WallTime
from deskreel.server.evaluations.query import OPEN_STATES
from deskreel.server.evaluations.tables import calibrations, evaluations


async def close_if_all_published(connection: AsyncConnection, calibration_id: str, now: WallTime) -> None:
    """Close a calibration whose last evaluation was just published; from then on all see all."""
    await connection.execute(
        select(calibrations.c.id).where(calibrations.c.id == calibration_id).with_for_update()
    )
    left = exists().where(
        evaluations.c.calibration_id == calibration_id, evaluations.c.state.in_(OPEN_STATES)
    )
    await connection.execute(
        update(calibrations)
        .where(calibrations.c.id == calibration_id, calibrations.c.closed_at.is_(None), ~left)
        .values(closed_at=now)
    )
