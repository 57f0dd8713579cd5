"""Stills: the browser draws them from what it plays; the server says whether it may, and keeps that it did."""

from __future__ import annotations

from deskreel.core.ids import InteractionId
from deskreel.server.audit.service import record
from deskreel.server.auth import Caller
from deskreel.server.context import Context
from deskreel.server.interactions.service import require_seen
from deskreel.server.review.timeline import require_moments


async def take_screenshot(
    context: Context, caller: Caller, interaction_id: InteractionId, at_ms: int
) -> None:
    """Write down that a still is taken.

    Raises:
        NotFoundError: there is no such interaction in the caller's scope.
        InvalidInputError: the moment is beyond its timeline.
    """
    now = context.clock()
    async with context.db.begin() as connection:
        call = await require_seen(connection, interaction_id, caller.scope)
        await require_moments(connection, call, now, at_ms)
        await record(
            connection,
            at=now,
            actor=caller.actor,
            action="recording.screenshot",
            subject=interaction_id,
            at_ms=at_ms,
        )
