"""Do-not-record rules: added and removed, for calls that begin from then on."""

from __future__ import annotations

from sqlalchemy import func, select, text, update

from deskreel.core.eligibility import DoNotRecord, RuleKind
from deskreel.core.errors import ConflictError, NotFoundError
from deskreel.server.accounts.changes import LOCK
from deskreel.server.accounts.model import NewRule
from deskreel.server.accounts.tables import do_not_record
from deskreel.server.audit.service import record
from deskreel.server.context import Context
from deskreel.server.db.bus import announce

MAX_RULES = 2000


async def add_rule(context: Context, actor: str, rule: NewRule) -> str:
    """Add a do-not-record rule for calls that begin from now on; gives its id.

    Raises:
        InvalidInputError: the pattern names every number.
        ConflictError: there is such a rule, or there are too many.
    """
    DoNotRecord(kind=rule.kind, value=rule.value)
    rule_id, now, rows = context.new_id("dnr"), context.clock(), do_not_record.c
    async with context.db.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        in_force = select(func.count()).where(rows.removed_at.is_(None))
        same = in_force.where(rows.kind == rule.kind.value, rows.value == rule.value.strip())
        if await connection.scalar(same):
            raise ConflictError("there is such a rule", hint="Nothing needs to be done.")
        if (await connection.scalar(in_force) or 0) >= MAX_RULES:
            raise ConflictError(f"there are {MAX_RULES} rules", hint="Use patterns, or remove old rules.")
        await connection.execute(
            do_not_record.insert().values(
                id=rule_id,
                kind=rule.kind.value,
                value=rule.value.strip(),
                note=rule.note,
                created_at=now,
                created_by=actor,
            )
        )
        await record(
            connection,
            at=now,
            actor=actor,
            action="do_not_record.added",
            subject=rule_id,
            kind=rule.kind.value,
            value=rule.value.strip(),
        )
        if rule.kind is RuleKind.AGENT:
            await announce(connection, rule.value.strip())  # their desktop is not to look back any more
    return rule_id


async def remove_rule(context: Context, actor: str, rule_id: str) -> None:
    """Take a rule away, for calls that begin from now on.

    Raises:
        NotFoundError: there is none, or it was removed.
    """
    now, rows = context.clock(), do_not_record.c
    async with context.db.begin() as connection:
        gone = (
            await connection.execute(
                update(do_not_record)
                .where(rows.id == rule_id, rows.removed_at.is_(None))
                .values(removed_at=now)
                .returning(rows.kind, rows.value)
            )
        ).one_or_none()
        if gone is None:
            raise NotFoundError(f"there is no rule {rule_id}")
        await record(
            connection,
            at=now,
            actor=actor,
            action="do_not_record.removed",
            subject=rule_id,
            kind=gone.kind,
            value=gone.value,
        )
