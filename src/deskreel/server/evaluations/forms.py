"""Forms: a draft that is edited, and versions that never change."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, delete, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import NotFoundError
from deskreel.core.evaluation.form import FORM, FormContent
from deskreel.core.evaluation.form_rules import form_problems
from deskreel.server.accounts.changes import StaleError
from deskreel.server.audit.service import record
from deskreel.server.context import Context
from deskreel.server.evaluations.common import require_qm
from deskreel.server.evaluations.errors import FormInUseError, FormNotReadyError, FormUnusableError
from deskreel.server.evaluations.form_model import (
    FormChange,
    FormDetails,
    FormFields,
    FormPage,
    FormState,
    FormSummary,
    VersionRef,
)
from deskreel.server.evaluations.tables import evaluations, form_versions, forms
from deskreel.server.paging import decode_cursor, encode_cursor
from deskreel.server.people.tables import users

_forms, _versions = forms.c, form_versions.c


async def page(
    context: Context, *, state: FormState | None, q: str | None, limit: int, cursor: str | None
) -> FormPage:
    """Forms, by name."""
    query = select(forms).order_by(_forms.name, _forms.id).limit(limit + 1)
    if state is FormState.ARCHIVED:
        query = query.where(_forms.archived_at.is_not(None))
    elif state is not None:
        published = _forms.published_version.is_not(None)
        query = query.where(_forms.archived_at.is_(None), published == (state is FormState.PUBLISHED))
    if q:
        query = query.where(_forms.name.icontains(q, autoescape=True))
    if cursor is not None:
        query = query.where(tuple_(_forms.name, _forms.id) > tuple_(*decode_cursor(cursor, str, str)))
    async with context.db.begin() as connection:
        rows = (await connection.execute(query)).all()
    shown = rows[:limit]
    return FormPage(
        items=[FormSummary(**_summary(row)) for row in shown],
        next_cursor=encode_cursor(shown[-1].name, shown[-1].id) if len(rows) > limit else None,
    )


def _summary(row: Row[Any]) -> dict[str, Any]:
    if row.archived_at is not None:
        state = FormState.ARCHIVED
    else:
        state = FormState.DRAFT if row.published_version is None else FormState.PUBLISHED
    same = ("id", "name", "description", "revision", "published_version", "created_at", "updated_at")
    return {
        **{name: getattr(row, name) for name in same},
        "state": state,
        "archived_at": row.archived_at,
        "has_changes": row.published_revision != row.revision,
        "questions": sum(len(section["questions"]) for section in row.content["sections"]),
    }


async def form_row(connection: AsyncConnection, form_id: str, *, lock: bool = False) -> Row[Any]:
    """A form; locked until the transaction ends if asked for.

    Raises:
        NotFoundError: there is no such form.
    """
    query = select(forms).where(_forms.id == form_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no form {form_id}")
    return row


async def _details(connection: AsyncConnection, form_id: str) -> FormDetails:
    row = await form_row(connection, form_id)
    used = (
        select(func.count())
        .where(evaluations.c.form_id == _versions.form_id, evaluations.c.form_version == _versions.version)
        .scalar_subquery()
    )
    versions = await connection.execute(
        select(
            _versions.version,
            _versions.name,
            _versions.published_at,
            func.coalesce(users.c.name, _versions.published_by).label("published_by"),
            used.label("evaluations"),
        )
        .outerjoin(users, users.c.id == _versions.published_by)
        .where(_versions.form_id == form_id)
        .order_by(_versions.version.desc())
    )
    content = FORM.validate_python(row.content)
    return FormDetails(
        **_summary(row),
        content=content,
        problems=form_problems(content),
        versions=[VersionRef(**version._mapping) for version in versions.all()],
    )


async def details(context: Context, form_id: str) -> FormDetails:
    """One form, with its draft.

    Raises:
        NotFoundError: there is no such form.
    """
    async with context.db.begin() as connection:
        return await _details(connection, form_id)


async def create(context: Context, actor: str, fields: FormFields) -> FormDetails:
    """Make a form.

    Raises:
        QmOffError: Quality Management is off.
    """
    form_id, now = context.new_id("frm"), context.clock()
    async with context.db.begin() as connection:
        await require_qm(connection)
        await connection.execute(
            forms.insert().values(
                id=form_id,
                name=fields.name,
                description=fields.description,
                content=_stored(fields.content),
                created_at=now,
                created_by=actor,
                updated_at=now,
            )
        )
        await record(
            connection, at=now, actor=actor, action="form.created", subject=form_id, name=fields.name
        )
        return await _details(connection, form_id)


def _stored(content: FormContent) -> Any:
    return FORM.dump_python(content, mode="json")


async def change(context: Context, actor: str, form_id: str, wanted: FormChange) -> FormDetails:
    """Save a form's draft. The same content again changes nothing.

    Raises:
        NotFoundError: there is no such form.
        StaleError: somebody has saved another revision; `current` is the form as it is now.
        QmOffError: Quality Management is off.
    """
    values = {
        "name": wanted.name,
        "description": wanted.description,
        "content": _stored(wanted.content),
    }
    async with context.db.begin() as connection:
        await require_qm(connection)
        row = await form_row(connection, form_id, lock=True)
        if all(getattr(row, name) == value for name, value in values.items()):
            return await _details(connection, form_id)
        await _require_revision(connection, row, wanted.revision)
        now = context.clock()
        await connection.execute(
            update(forms)
            .where(_forms.id == form_id)
            .values(**values, revision=row.revision + 1, updated_at=now)
        )
        await record(
            connection,
            at=now,
            actor=actor,
            action="form.changed",
            subject=form_id,
            revision=row.revision + 1,
        )
        return await _details(connection, form_id)


async def _require_revision(connection: AsyncConnection, row: Row[Any], revision: int) -> None:
    if revision != row.revision:
        current = await _details(connection, row.id)
        raise StaleError(
            f"revision {revision} was read, {row.revision} is stored",
            current=current.model_dump(mode="json"),
        )


async def publish(context: Context, actor: str, form_id: str, revision: int) -> FormDetails:
    """Make the draft a version. Publishing what was published changes nothing.

    Raises:
        NotFoundError, StaleError, QmOffError: as `change`.
        FormNotReadyError: the form has faults; `problems` lists them.
        FormUnusableError: it is archived.
    """
    async with context.db.begin() as connection:
        await require_qm(connection)
        row = await form_row(connection, form_id, lock=True)
        await _require_revision(connection, row, revision)
        if row.archived_at is not None:
            raise FormUnusableError("the form is archived")
        if row.published_revision == row.revision:
            return await _details(connection, form_id)
        problems = form_problems(FORM.validate_python(row.content))
        if problems:
            raise FormNotReadyError(
                f"{len(problems)} faults: {problems[0].message}",
                problems=[
                    {name: getattr(problem, name) for name in problem.__slots__} for problem in problems
                ],
            )
        now, version = context.clock(), (row.published_version or 0) + 1
        await connection.execute(
            form_versions.insert().values(
                form_id=form_id,
                version=version,
                name=row.name,
                content=row.content,
                published_at=now,
                published_by=actor,
            )
        )
        await connection.execute(
            update(forms)
            .where(_forms.id == form_id)
            .values(published_version=version, published_revision=row.revision)
        )
        await record(
            connection, at=now, actor=actor, action="form.published", subject=form_id, version=version
        )
        return await _details(connection, form_id)


async def set_archived(context: Context, actor: str, form_id: str, *, archived: bool) -> FormDetails:
    """Put a form into the archive, or take it out; what was assigned with it goes on.

    Raises:
        NotFoundError: there is no such form.
    """
    async with context.db.begin() as connection:
        row = await form_row(connection, form_id, lock=True)
        if (row.archived_at is not None) != archived:
            now = context.clock()
            await connection.execute(
                update(forms).where(_forms.id == form_id).values(archived_at=now if archived else None)
            )
            action = "form.archived" if archived else "form.restored"
            await record(connection, at=now, actor=actor, action=action, subject=form_id)
        return await _details(connection, form_id)


async def remove(context: Context, actor: str, form_id: str) -> None:
    """Delete a form that was never published.

    Raises:
        NotFoundError: there is no such form.
        FormInUseError: it was published.
    """
    async with context.db.begin() as connection:
        row = await form_row(connection, form_id, lock=True)
        if row.published_version is not None:
            raise FormInUseError
        await connection.execute(delete(forms).where(_forms.id == form_id))
        await record(
            connection,
            at=context.clock(),
            actor=actor,
            action="form.deleted",
            subject=form_id,
            name=row.name,
        )
