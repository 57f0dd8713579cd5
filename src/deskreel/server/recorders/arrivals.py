"""Recorders that come online: who they are by their credential, and that they take over what was asked of nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, or_, select, update

from deskreel.core.errors import NotEnrolledError
from deskreel.server.context import Context, secret_hash
from deskreel.server.recorders.credentials import judge
from deskreel.server.recorders.tables import recorders
from deskreel.server.recordings.tables import screen_recordings


async def arrive(context: Context, presented: Sequence[str]) -> list[Row[Any] | NotEnrolledError]:
    """The recorder of each credential, online from now on; or why it is none."""
    hashes = [secret_hash(credential) for credential in presented]
    now = context.clock()
    rows, changed = recorders.c, screen_recordings.c
    async with context.db.begin() as connection:
        found = (
            await connection.execute(
                select(recorders)
                .where(
                    or_(rows.credential_hash.in_(hashes), rows.next_credential_hash.in_(hashes)),
                    rows.revoked_at.is_(None),
                )
                .order_by(rows.id)  # in one order, so that two servers never wait for each other
                .with_for_update(key_share=True)
            )
        ).all()
        by_hash = {row.credential_hash: row for row in found} | {
            row.next_credential_hash: row for row in found if row.next_credential_hash is not None
        }
        answers = [await judge(connection, by_hash.get(hashed), hashed, now) for hashed in hashes]
        ids = [row.id for row in answers if not isinstance(row, NotEnrolledError)]
        await connection.execute(
            update(recorders).where(rows.id.in_(ids)).values(last_seen_at=now, online_since=now)
        )
        await connection.execute(
            update(screen_recordings)
            .where(
                rows.id.in_(ids),
                changed.agent_id == rows.agent_id,
                changed.recorder_id.is_(None),
                changed.ended_at.is_(None),
            )
            .values(recorder_id=rows.id)
        )
    return answers
