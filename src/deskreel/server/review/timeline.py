"""Moments of an interaction's timeline: milliseconds of wall time since it began."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import InvalidInputError
from deskreel.core.time import WallTime
from deskreel.server.recordings.tables import recording_parts

_SLACK_MS = 5_000  # clocks of pages and servers differ


async def require_moments(
    connection: AsyncConnection, interaction: Row[Any], now: WallTime, at_ms: int, until_ms: int | None = None
) -> None:
    """Pass if the interaction, with its After Call Work, lasts until there.

    Raises:
        InvalidInputError: it is shorter; or the range ends before it begins.
    """
    if until_ms is not None and until_ms <= at_ms:
        raise InvalidInputError("until_ms: the range ends before it begins", hint="Leave it out for a point.")
    parts = recording_parts.c
    ends, still_open = (
        await connection.execute(
            select(func.max(parts.ended_at), func.bool_or(parts.ended_at.is_(None))).where(
                parts.interaction_id == interaction.id
            )
        )
    ).one()
    end = now if interaction.ended_at is None or still_open else max(interaction.ended_at, ends or 0)
    length_ms = max(0, end - interaction.started_at)
    if max(at_ms, until_ms or 0) > length_ms + _SLACK_MS:
        name = "at_ms" if at_ms > length_ms + _SLACK_MS else "until_ms"
        raise InvalidInputError(
            f"{name}: the interaction lasts {length_ms} ms", hint="Choose a moment of its timeline."
        )
