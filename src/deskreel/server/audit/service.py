"""Writing the audit log, in the transaction of what is audited; and reading it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.time import WallTime
from deskreel.server.apikeys.tables import api_keys
from deskreel.server.audit.model import AuditEntry, AuditPage
from deskreel.server.audit.tables import audit_log
from deskreel.server.context import Context
from deskreel.server.paging import decode_cursor, encode_cursor
from deskreel.server.people.tables import users

_EXPORTED_AT_ONCE = 1000


async def record(
    connection: AsyncConnection, *, at: WallTime, actor: str, action: str, subject: str, **details: Any
) -> int:
    """Append one line, and give its id; no secrets in `details`."""
    line = audit_log.insert().values(at=at, actor=actor, action=action, subject=subject, details=details)
    return int(await connection.scalar(line.returning(audit_log.c.id)) or 0)


async def record_all(
    connection: AsyncConnection,
    *,
    at: WallTime,
    actor: str,
    action: str,
    details: Mapping[str, dict[str, Any]],
) -> None:
    """Append a line for each of many subjects, with its details; no secrets in them."""
    lines = [
        {"at": at, "actor": actor, "action": action, "subject": subject, "details": said}
        for subject, said in details.items()
    ]
    if lines:
        await connection.execute(audit_log.insert(), lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries; None: whatever it be."""

    actor: str | None = None
    action: str | None = None  # one action, or all that begin so when it ends in a dot
    subject: str | None = None
    since: int | None = None  # wall time in ms, inclusive
    until: int | None = None  # exclusive


def _matching(wanted: AuditFilter) -> Select[Any]:
    rows = audit_log.c
    query = (
        select(audit_log, users.c.name.label("actor_name"))
        .outerjoin(api_keys, api_keys.c.id == rows.actor)
        .outerjoin(users, users.c.id == func.coalesce(api_keys.c.user_id, rows.actor))
    )
    if wanted.actor is not None:
        query = query.where(rows.actor == wanted.actor)
    if wanted.action is not None and wanted.action.endswith("."):
        query = query.where(rows.action.startswith(wanted.action, autoescape=True))
    elif wanted.action is not None:
        query = query.where(rows.action == wanted.action)
    if wanted.subject is not None:
        query = query.where(rows.subject == wanted.subject)
    if wanted.since is not None:
        query = query.where(rows.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(rows.at < wanted.until)
    return query


async def page(context: Context, wanted: AuditFilter, *, limit: int, cursor: str | None) -> AuditPage:
    """Entries, newest first."""
    query = _matching(wanted).order_by(audit_log.c.id.desc()).limit(limit + 1)
    if cursor is not None:
        query = query.where(audit_log.c.id < decode_cursor(cursor, int)[0])
    async with context.db.begin() as connection:
        rows = (await connection.execute(query)).all()
    shown = rows[:limit]
    return AuditPage(
        items=[_entry(row) for row in shown],
        next_cursor=encode_cursor(shown[-1].id) if len(rows) > limit else None,
    )


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(**{name: getattr(row, name) for name in AuditEntry.model_fields})


async def begin_export(context: Context, actor: str, wanted: AuditFilter) -> int:
    """Note that somebody exports the log; gives the id of that entry, before which the export ends."""
    asked = {name: value for name in AuditFilter.__slots__ if (value := getattr(wanted, name)) is not None}
    async with context.db.begin() as connection:
        return await record(
            connection,
            at=context.clock(),
            actor=actor,
            action="audit.exported",
            subject="audit",
            filter=asked,
        )


async def export_lines(context: Context, wanted: AuditFilter, before: int) -> AsyncIterator[bytes]:
    """The entries before the id `before` as JSON lines, oldest first; read in portions."""
    last = 0
    while True:
        query = (
            _matching(wanted)
            .where(audit_log.c.id > last, audit_log.c.id < before)
            .order_by(audit_log.c.id)
            .limit(_EXPORTED_AT_ONCE)
        )
        async with context.db.begin() as connection:
            rows = (await connection.execute(query)).all()
        if not rows:
            return
        last = rows[-1].id
        yield b"".join(
            json.dumps(_entry(row).model_dump(), ensure_ascii=False).encode() + b"\n" for row in rows
        )
