"""Users from and to CSV. An import is one transaction: everything is done, or nothing and each error is named.

A column that is not in the file leaves what it is about as it was; an empty field in a column that is there
means none. The file itself: `roster_file`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.eligibility import AgentFacts, Features, selection_refusal
from deskreel.core.errors import DeskreelError, InvalidInputError
from deskreel.server.accounts.changes import changing
from deskreel.server.accounts.selection import new_selection_version
from deskreel.server.audit.service import record
from deskreel.server.context import Context
from deskreel.server.people.details import details_of
from deskreel.server.people.model import (
    Identity,
    IdentityKind,
    ImportReport,
    LineError,
    UserDetails,
    UserFields,
)
from deskreel.server.people.roster_file import COLUMNS, parse, several, write
from deskreel.server.people.saving import save
from deskreel.server.people.tables import agents, teams, users
from deskreel.server.people.users import fields_of

_YES, _NO = ("yes", "y", "true", "1"), ("no", "n", "false", "0")
_QM_ON = Features(quality_management=True)


class ImportRefusedError(InvalidInputError):
    """A file with errors; nothing of it was done."""

    code = "import_refused"
    title = "The file has errors; nothing was imported"
    hint = "`errors` names each line and column; try again with a dry run until there are none."


class _LineProblem(Exception):
    """What is wrong with one line."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column
        self.message = message


class _Undone(Exception):
    """Takes the transaction back, and the report out of it."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__()
        self.report = report


@dataclass(slots=True)
class _Tally:
    """What the lines so far came to, and what was known before."""

    known: dict[str, UserDetails]  # by e-mail address
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    teams: list[str] = field(default_factory=list)  # made, by name
    selected: bool = False  # whether anybody was selected for screen recording, or no more


async def import_csv(context: Context, actor: str, data: bytes, *, dry_run: bool) -> ImportReport:
    """Make or change the users of a file, by e-mail address.

    Raises:
        ImportRefusedError: lines have errors, and it is no dry run.
        InvalidInputError, TooLargeError: as `roster_file.parse`.
    """
    lines = parse(data)
    try:
        async with changing(context) as connection:
            report = await _import(context, connection, actor, lines, dry_run=dry_run)
            if dry_run or report.errors:
                raise _Undone(report)
            await record(
                connection,
                at=context.clock(),
                actor=actor,
                action="users.imported",
                subject="users",
                created=report.created,
                updated=report.updated,
                unchanged=report.unchanged,
            )
    except _Undone as undone:
        report = undone.report
    if report.errors and not dry_run:
        first = report.errors[0]
        raise ImportRefusedError(
            f"line {first.line}, {first.column}: {first.message}",
            errors=[error.model_dump() for error in report.errors],
        )
    return report


async def _import(
    context: Context,
    connection: AsyncConnection,
    actor: str,
    lines: Sequence[tuple[int, dict[str, str]]],
    *,
    dry_run: bool,
) -> ImportReport:
    emails = [fields["email"].lower() for _, fields in lines]
    ids = (await connection.scalars(select(users.c.id).where(users.c.email.in_(emails)))).all()
    tally = _Tally(known={user.email: user for user in await details_of(connection, ids)})
    errors, seen = list[LineError](), dict[str, int]()
    for number, fields in lines:
        email = fields["email"].lower()
        try:
            if email in seen:
                raise _LineProblem("email", f"line {seen[email]} has this address too")
            seen[email] = number
            async with connection.begin_nested():
                await _line(context, connection, actor, fields, tally)
        except _LineProblem as problem:
            errors.append(LineError(line=number, column=problem.column, message=problem.message))
        except DeskreelError as error:
            errors.append(LineError(line=number, column=_column_of(error), message=error.detail))
    if tally.selected:
        await new_selection_version(connection)
    return ImportReport(
        state="dry_run" if dry_run else "done",
        created=tally.created,
        updated=tally.updated,
        unchanged=tally.unchanged,
        teams_created=tally.teams,
        errors=errors,
    )


def _column_of(error: DeskreelError) -> str:
    return {"identity_taken": "extension", "last_admin": "role"}.get(error.code, "email")


async def _line(
    context: Context, connection: AsyncConnection, actor: str, fields: Mapping[str, str], tally: _Tally
) -> None:
    """Do what one line says."""
    known = tally.known.get(fields["email"].lower())
    team_ids = [team.id for team in known.teams] if known is not None else []
    if "team" in fields:
        names = several(fields["team"])
        team_ids = [await _team(context, connection, actor, name, tally) for name in names]
    wanted = _fields(fields, known, team_ids)
    user = known
    if known is None or _differs(wanted, known):
        user = await save(context, connection, actor, wanted, None if known is None else known.id)
    selected = await _screen(connection, fields, user) if user is not None else False
    tally.selected |= selected
    if known is None:
        tally.created += 1
    elif selected or user != known:
        tally.updated += 1
    else:
        tally.unchanged += 1


def _differs(wanted: UserFields, known: UserDetails) -> bool:
    """Whether a user is to be written anew."""
    now = fields_of(known)
    if wanted.quality_management is None:
        now = now.model_copy(update={"quality_management": None})
    return _comparable(wanted) != _comparable(now)


def _comparable(fields: UserFields) -> dict[str, object]:
    names = {(one.kind, one.value, one.source) for one in fields.identities}
    return {**fields.model_dump(), "teams": set(fields.teams), "identities": names}


def _fields(fields: Mapping[str, str], known: UserDetails | None, team_ids: Sequence[str]) -> UserFields:
    kept = known.agent.identities if known is not None and known.agent is not None else []
    # those of one source alone are not in the file
    identities = [one for one in kept if one.kind.value not in fields or one.source is not None]
    try:
        for kind in IdentityKind:
            identities += [
                Identity(kind=kind, value=value)
                for value in several(fields.get(kind.value, ""))
                if not any(one.kind is kind and one.value == value for one in identities)
            ]
        return UserFields(
            email=fields["email"],
            name=fields["name"],
            role=fields["role"].lower(),  # type: ignore[arg-type]  # pydantic checks it
            active=known.active if known is not None else True,
            teams=list(team_ids),
            identities=identities,
            quality_management=_yes_no(fields, "qm"),
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        column = str(first["loc"][0]) if first["loc"] else "email"
        raise _LineProblem(column if column in COLUMNS else "extension", first["msg"]) from error


async def _team(context: Context, connection: AsyncConnection, actor: str, name: str, tally: _Tally) -> str:
    """A team by its name, made if it is new."""
    known = await connection.scalar(select(teams.c.id).where(func.lower(teams.c.name) == name.lower()))
    if known is not None:
        return str(known)
    team_id, now = context.new_id("tea"), context.clock()
    await connection.execute(teams.insert().values(id=team_id, name=name[:200], created_at=now))
    await record(connection, at=now, actor=actor, action="team.created", subject=team_id, name=name)
    tally.teams.append(name)
    return team_id


async def _screen(connection: AsyncConnection, fields: Mapping[str, str], user: UserDetails) -> bool:
    """Select the user for screen recording or not, as the line says; gives whether that changed anything."""
    wanted = _yes_no(fields, "screen")
    if wanted is None or (user.agent is None and not wanted):
        return False
    if user.agent is None:
        raise _LineProblem("screen", "this user takes no calls: give them an extension or the role agent")
    facts = AgentFacts(active=user.active, in_qm=user.agent.quality_management)
    refusal = selection_refusal(_QM_ON, facts) if wanted else None
    if refusal is not None:
        raise _LineProblem("screen", refusal.words)
    if user.agent.screen_recording is wanted:
        return False
    await connection.execute(update(agents).where(agents.c.id == user.agent.id).values(enabled=wanted))
    return True


def _yes_no(fields: Mapping[str, str], column: str) -> bool | None:
    said = fields.get(column, "").lower()
    if said and said not in (*_YES, *_NO):
        raise _LineProblem(column, "say yes or no, or nothing to leave it")
    return None if not said else said in _YES


# --- to CSV ---------------------------------------------------------------------------------------------------


async def export_csv(context: Context, actor: str) -> str:
    """All users, as `import_csv` reads them."""
    async with context.db.begin() as connection:
        ids = (await connection.scalars(select(users.c.id))).all()
        text = write(await details_of(connection, ids))
        await record(
            connection,
            at=context.clock(),
            actor=actor,
            action="users.exported",
            subject="users",
            users=len(ids),
        )
    return text
