"""Comments on an interaction's timeline: made by reviewers, changed and removed by their authors."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import ForbiddenError, InvalidInputError, NotFoundError
from deskreel.core.ids import InteractionId
from deskreel.server.accounts.changes import StaleError
from deskreel.server.audit.service import record
from deskreel.server.auth import Caller
from deskreel.server.context import Context
from deskreel.server.interactions.service import require_seen
from deskreel.server.people.model import Role
from deskreel.server.people.tables import users
from deskreel.server.review.model import (
    LONGEST_COMMENT,
    Comment,
    CommentChange,
    CommentContent,
    CommentList,
    NewComment,
    Person,
)
from deskreel.server.review.tables import comments
from deskreel.server.review.timeline import require_moments


async def list_comments(context: Context, caller: Caller, interaction_id: InteractionId) -> CommentList:
    """All comments on an interaction.

    Raises:
        NotFoundError: there is no such interaction in the caller's scope.
    """
    query = _comments().where(comments.c.interaction_id == interaction_id)
    async with context.db.begin() as connection:
        await require_seen(connection, interaction_id, caller.scope)
        rows = (await connection.execute(query.order_by(comments.c.at_ms, comments.c.id))).all()
    return CommentList(items=[_shown(row, caller) for row in rows])


async def add_comment(
    context: Context, caller: Caller, interaction_id: InteractionId, new: NewComment
) -> Comment:
    """Make a comment; sent again under the same `once`, it is the one that was made.

    Raises:
        NotFoundError: there is no such interaction in the caller's scope.
        InvalidInputError: too long, or beyond the timeline.
    """
    now, comment_id = context.clock(), context.new_id("cmt")
    async with context.db.begin() as connection:
        await _require_content(context, connection, caller, interaction_id, new)
        made = await connection.scalar(
            insert(comments)
            .values(
                id=comment_id,
                interaction_id=interaction_id,
                author_id=caller.user.id,
                created_at=now,
                **new.model_dump(),
            )
            .on_conflict_do_nothing(index_elements=["author_id", "once"])
            .returning(comments.c.id)
        )
        if made is None:
            same = (comments.c.author_id == caller.user.id, comments.c.once == new.once)
            row = (await connection.execute(_comments().where(*same))).one()
            if row.interaction_id != interaction_id:
                raise InvalidInputError("once: it names a comment on another interaction")
            return _shown(row, caller)
        await record(
            connection,
            at=now,
            actor=caller.actor,
            action="comment.added",
            subject=interaction_id,
            comment=comment_id,
        )
        return _shown(await _require(connection, interaction_id, comment_id), caller)


async def change_comment(
    context: Context, caller: Caller, interaction_id: InteractionId, comment_id: str, change: CommentChange
) -> Comment:
    """Write one's own comment anew.

    Raises:
        NotFoundError: no such interaction in the scope, or no such comment on it.
        ForbiddenError: another person wrote it.
        StaleError: it was changed since it was read; `current` of the problem is the comment now.
        InvalidInputError: as `add_comment`.
    """
    async with context.db.begin() as connection:
        await _require_content(context, connection, caller, interaction_id, change)
        row = await _require(connection, interaction_id, comment_id, lock=True)
        if row.author_id != caller.user.id:
            raise ForbiddenError("only its author changes a comment", hint="Write a comment of your own.")
        if row.revision != change.revision:
            raise StaleError(
                f"the comment is at revision {row.revision}", current=_shown(row, caller).model_dump()
            )
        now = context.clock()
        values = change.model_dump(exclude={"revision"})
        if any(getattr(row, name) != value for name, value in values.items()):
            await connection.execute(
                update(comments)
                .where(comments.c.id == comment_id)
                .values(**values, revision=row.revision + 1, edited_at=now)
            )
            await record(
                connection,
                at=now,
                actor=caller.actor,
                action="comment.changed",
                subject=interaction_id,
                comment=comment_id,
            )
        return _shown(await _require(connection, interaction_id, comment_id), caller)


async def remove_comment(
    context: Context, caller: Caller, interaction_id: InteractionId, comment_id: str
) -> None:
    """Remove one's own comment, or as an admin anybody's.

    Raises:
        NotFoundError: no such interaction in the scope, or no such comment on it.
        ForbiddenError: another person wrote it.
    """
    async with context.db.begin() as connection:
        await require_seen(connection, interaction_id, caller.scope)
        row = await _require(connection, interaction_id, comment_id, lock=True)
        if not _shown(row, caller).may_delete:
            raise ForbiddenError("only its author or an admin removes a comment", hint="Ask one of them.")
        await connection.execute(delete(comments).where(comments.c.id == comment_id))
        await record(
            connection,
            at=context.clock(),
            actor=caller.actor,
            action="comment.removed",
            subject=interaction_id,
            comment=comment_id,
            author=row.author_id,
        )


async def _require_content(
    context: Context,
    connection: AsyncConnection,
    caller: Caller,
    interaction_id: InteractionId,
    content: CommentContent,
) -> None:
    if len(content.text) > LONGEST_COMMENT:
        raise InvalidInputError(
            f"text: {len(content.text)} characters, {LONGEST_COMMENT} are the most",
            hint="Shorten the comment, or write two.",
        )
    call = await require_seen(connection, interaction_id, caller.scope)
    await require_moments(connection, call, context.clock(), content.at_ms, content.until_ms)


def _comments() -> Select[Any]:
    return select(comments, users.c.name.label("author_name")).join(users, users.c.id == comments.c.author_id)


async def _require(
    connection: AsyncConnection, interaction_id: InteractionId, comment_id: str, *, lock: bool = False
) -> Row[Any]:
    query = _comments().where(comments.c.id == comment_id, comments.c.interaction_id == interaction_id)
    if lock:
        query = query.with_for_update(of=comments)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFoundError(
            f"there is no comment {comment_id} on it", hint="It may have been removed: reload."
        )
    return row


def _shown(row: Row[Any], caller: Caller) -> Comment:
    own = row.author_id == caller.user.id
    return Comment(
        id=row.id,
        interaction_id=row.interaction_id,
        author=Person(id=row.author_id, name=row.author_name),
        at_ms=row.at_ms,
        until_ms=row.until_ms,
        text=row.text,
        revision=row.revision,
        created_at=row.created_at,
        edited_at=row.edited_at,
        may_edit=own,
        may_delete=own or caller.user.role is Role.ADMIN,
    )
