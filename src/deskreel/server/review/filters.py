"""Saved filters of the list of interactions: each person's own, and those that are shared with everybody.

A filter says what to ask, not what may be seen: who uses it sees the calls of their own scope.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, delete, func, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import ConflictError, ForbiddenError, NotFoundError
from deskreel.server.accounts.changes import StaleError
from deskreel.server.audit.service import record
from deskreel.server.auth import Caller
from deskreel.server.context import Context
from deskreel.server.people.model import Role
from deskreel.server.people.tables import users
from deskreel.server.permissions import Permission
from deskreel.server.review.model import (
    FilterChange,
    FilterContent,
    Person,
    SavedFilter,
    SavedFilterList,
    SavedQuery,
)
from deskreel.server.review.tables import saved_filters

MOST = 100  # filters of one person


class FilterNameTakenError(ConflictError):
    """The person has a filter of this name."""

    code = "filter_name_taken"
    title = "You have a saved filter of this name"
    hint = "Choose another name, or change the filter that has it."


async def list_filters(context: Context, caller: Caller) -> SavedFilterList:
    """One's own filters and those that others share."""
    own = saved_filters.c.owner_id == caller.user.id
    query = _filters().where(or_(own, saved_filters.c.shared))
    async with context.db.begin() as connection:
        rows = (
            await connection.execute(
                query.order_by(own.desc(), func.lower(saved_filters.c.name), saved_filters.c.id)
            )
        ).all()
    return SavedFilterList(items=[_shown(row, caller) for row in rows])


async def add_filter(context: Context, caller: Caller, new: FilterContent) -> SavedFilter:
    """Save a filter.

    Raises:
        FilterNameTakenError: the caller has one of this name; upper and lower case are the same.
        ForbiddenError: the caller may not share.
        ConflictError: the caller has too many.
    """
    _may_share(caller, shared=new.shared, was=False)
    filter_id, now = context.new_id("flt"), context.clock()
    owned = saved_filters.c.owner_id == caller.user.id
    async with context.db.begin() as connection:
        await connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:owner, 50))"), {"owner": caller.user.id}
        )
        await _require_free_name(connection, caller, new.name)
        if int(await connection.scalar(select(func.count()).where(owned)) or 0) >= MOST:
            raise ConflictError(f"you have {MOST} saved filters", hint="Remove one that you do not need.")
        await connection.execute(
            saved_filters.insert().values(
                id=filter_id, owner_id=caller.user.id, created_at=now, changed_at=now, **_values(new)
            )
        )
        if new.shared:
            await _audit(context, connection, caller, "filter.shared", (filter_id, new.name))
        return _shown(await _require(connection, caller, filter_id), caller)


async def change_filter(
    context: Context, caller: Caller, filter_id: str, change: FilterChange
) -> SavedFilter:
    """Save one's own filter anew.

    Raises:
        NotFoundError: there is none that the caller sees.
        ForbiddenError: it is another person's; or the caller may not share.
        StaleError: it was changed since it was read; `current` of the problem is the filter now.
        FilterNameTakenError: as `add_filter`.
    """
    async with context.db.begin() as connection:
        row = await _require(connection, caller, filter_id, lock=True)
        if row.owner_id != caller.user.id:
            raise ForbiddenError(
                "only its owner changes a saved filter", hint="Save it under a name of yours."
            )
        _may_share(caller, shared=change.shared, was=row.shared)
        if row.revision != change.revision:
            raise StaleError(
                f"the filter is at revision {row.revision}", current=_shown(row, caller).model_dump()
            )
        await _require_free_name(connection, caller, change.name, besides=filter_id)
        try:
            await connection.execute(
                update(saved_filters)
                .where(saved_filters.c.id == filter_id)
                .values(**_values(change), revision=row.revision + 1, changed_at=context.clock())
            )
        except IntegrityError as error:  # another one took the name at the same moment
            raise FilterNameTakenError from error
        if change.shared and not row.shared:
            await _audit(context, connection, caller, "filter.shared", (filter_id, change.name))
        return _shown(await _require(connection, caller, filter_id), caller)


async def remove_filter(context: Context, caller: Caller, filter_id: str) -> None:
    """Remove one's own filter, or as an admin one that is shared.

    Raises:
        NotFoundError: there is none that the caller sees.
        ForbiddenError: it is another person's.
    """
    async with context.db.begin() as connection:
        row = await _require(connection, caller, filter_id, lock=True)
        if not _shown(row, caller).may_delete:
            raise ForbiddenError("only its owner or an admin removes a saved filter")
        await connection.execute(delete(saved_filters).where(saved_filters.c.id == filter_id))
        if row.shared:
            await _audit(context, connection, caller, "filter.removed", (filter_id, row.name))


def _may_share(caller: Caller, *, shared: bool, was: bool) -> None:
    if shared and not was and Permission.FILTERS_SHARE not in caller.permissions:
        raise ForbiddenError(f"this needs the permission {Permission.FILTERS_SHARE}")


async def _require_free_name(
    connection: AsyncConnection, caller: Caller, name: str, *, besides: str = ""
) -> None:
    columns = saved_filters.c
    taken = select(columns.id).where(
        columns.owner_id == caller.user.id,
        func.lower(columns.name) == func.lower(name),
        columns.id != besides,
    )
    if await connection.scalar(taken) is not None:
        raise FilterNameTakenError(f"you have a saved filter {name!r}")


async def _audit(
    context: Context, connection: AsyncConnection, caller: Caller, action: str, which: tuple[str, str]
) -> None:
    """`which`: id and name."""
    await record(
        connection, at=context.clock(), actor=caller.actor, action=action, subject=which[0], name=which[1]
    )


def _values(content: FilterContent) -> dict[str, Any]:
    query = content.query.model_dump(mode="json", exclude_none=True)
    return {"name": content.name, "query": query, "shared": content.shared}


def _filters() -> Select[Any]:
    return select(saved_filters, users.c.name.label("owner_name")).join(
        users, users.c.id == saved_filters.c.owner_id
    )


async def _require(
    connection: AsyncConnection, caller: Caller, filter_id: str, *, lock: bool = False
) -> Row[Any]:
    """A filter that the caller sees."""
    columns = saved_filters.c
    query = _filters().where(columns.id == filter_id, or_(columns.owner_id == caller.user.id, columns.shared))
    if lock:
        query = query.with_for_update(of=saved_filters)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no saved filter {filter_id}")
    return row


def _shown(row: Row[Any], caller: Caller) -> SavedFilter:
    own = row.owner_id == caller.user.id
    return SavedFilter(
        id=row.id,
        name=row.name,
        query=SavedQuery.model_validate(row.query),
        shared=row.shared,
        owner=Person(id=row.owner_id, name=row.owner_name),
        revision=row.revision,
        changed_at=row.changed_at,
        may_edit=own,
        may_delete=own or caller.user.role is Role.ADMIN,
    )
