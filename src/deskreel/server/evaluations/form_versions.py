"""Versions of forms, and what answers would score."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import NotFoundError
from deskreel.core.evaluation.form import FORM
from deskreel.core.evaluation.form_rules import answer_problems
from deskreel.core.evaluation.scoring import score
from deskreel.server.context import Context
from deskreel.server.evaluations.form_model import (
    FormVersion,
    ScorePreview,
    ScoreRequest,
)
from deskreel.server.evaluations.forms import form_row
from deskreel.server.evaluations.tables import form_versions

_versions = form_versions.c


async def version(context: Context, form_id: str, number: int) -> FormVersion:
    """A published version.

    Raises:
        NotFoundError: there is none.
    """
    async with context.db.begin() as connection:
        return await _version(connection, form_id, number)


async def _version(connection: AsyncConnection, form_id: str, number: int) -> FormVersion:
    query = select(form_versions).where(_versions.form_id == form_id, _versions.version == number)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no version {number} of the form {form_id}")
    return FormVersion(
        form_id=form_id,
        version=number,
        name=row.name,
        content=FORM.validate_python(row.content),
        published_at=row.published_at,
    )


async def try_out(context: Context, form_id: str, asked: ScoreRequest) -> ScorePreview:
    """What answers would score.

    Raises:
        NotFoundError: there is no such form or version.
    """
    async with context.db.begin() as connection:
        row = await form_row(connection, form_id)
        content = asked.content
        if asked.version is not None:
            content = (await _version(connection, form_id, asked.version)).content
    content = FORM.validate_python(row.content) if content is None else content
    return ScorePreview(score=score(content, asked.answers), problems=answer_problems(content, asked.answers))
