"""The last connectivity check of each recorder: sent by `deskreel doctor`, shown with the recorders."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert

from deskreel.core.errors import InvalidInputError, NotFoundError, TooLargeError
from deskreel.core.ids import RecorderId
from deskreel.server.context import Context
from deskreel.server.people.service import visible
from deskreel.server.people.tables import agents
from deskreel.server.permissions import Scope
from deskreel.server.recorders.model import CheckDocument, CheckRow, CheckSummary, RecorderCheck
from deskreel.server.recorders.tables import recorder_checks, recorders

MAX_BODY = 256 * 1024

# of a check's document, for the API's; its rows are among the components there
SCHEMA = {
    name: value
    for name, value in CheckDocument.model_json_schema(ref_template="#/components/schemas/{model}").items()
    if name != "$defs"
}

_checks = recorder_checks.c
# of a row that `summary_of` reads; outer-join `recorder_checks` to it
SUMMARY = (
    _checks.at.label("checked_at"),
    _checks.verdict.label("check_verdict"),
    _checks.region.label("check_region"),
    _checks.warnings.label("check_warnings"),
    _checks.failures.label("check_failures"),
)


async def read_check(body: AsyncIterator[bytes]) -> CheckDocument:
    """The check in a request's body.

    Raises:
        TooLargeError: it has more than 256 KiB.
        InvalidInputError: it is none.
    """
    read = bytearray()
    async for piece in body:
        read += piece
        if len(read) > MAX_BODY:
            raise TooLargeError(f"a check takes at most {MAX_BODY} bytes")
    try:
        return CheckDocument.model_validate_json(bytes(read))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InvalidInputError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


async def take_check(context: Context, recorder_id: RecorderId, document: CheckDocument) -> None:
    """Keep a check in place of the one before."""
    verdicts = [row.verdict for row in document.rows]
    warnings, failures = verdicts.count("warning"), verdicts.count("failed")
    new = insert(recorder_checks).values(
        recorder_id=recorder_id,
        at=context.clock(),
        verdict="failed" if failures else "warning" if warnings else "ok",
        region=document.region,
        warnings=warnings,
        failures=failures,
        rows=[row.model_dump() for row in document.rows],
    )
    names = ("at", "verdict", "region", "warnings", "failures", "rows")
    again = new.on_conflict_do_update(
        index_elements=["recorder_id"], set_={name: new.excluded[name] for name in names}
    )
    async with context.db.begin() as connection:
        await connection.execute(again)


def summary_of(row: Row[Any]) -> CheckSummary | None:
    """How it went; None if none was sent."""
    if row.checked_at is None:
        return None
    return CheckSummary(
        at=row.checked_at,
        verdict=row.check_verdict,
        region=row.check_region,
        warnings=row.check_warnings,
        failures=row.check_failures,
    )


async def last_check(context: Context, scope: Scope, recorder_id: RecorderId) -> RecorderCheck:
    """The last check of a recorder in `scope`, whole.

    Raises:
        NotFoundError: no such recorder in the scope, or it has sent none.
    """
    query: Any = (
        select(_checks.rows, *SUMMARY)
        .join(recorders, recorders.c.id == _checks.recorder_id)
        .join(agents, agents.c.id == recorders.c.agent_id)
        .where(recorders.c.id == recorder_id, visible(scope))
    )
    async with context.db.begin() as connection:
        row = (await connection.execute(query)).one_or_none()
    summary = None if row is None else summary_of(row)
    if row is None or summary is None:
        raise NotFoundError(
            f"{recorder_id} has sent no connectivity check", hint="Run deskreel doctor at that desktop."
        )
    return RecorderCheck(
        **summary.model_dump(), rows=[CheckRow.model_validate(one) for one in row._mapping["rows"]]
    )
