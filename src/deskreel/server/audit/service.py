"""Writing the audit log, in the transaction of what is audited."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.time import WallTime
from deskreel.server.audit.tables import audit_log


async def record(
    connection: AsyncConnection, *, at: WallTime, actor: str, action: str, subject: str, **details: Any
) -> None:
    """Append one line; no secrets in `details`."""
    await connection.execute(
        audit_log.insert().values(at=at, actor=actor, action=action, subject=subject, details=details)
    )
