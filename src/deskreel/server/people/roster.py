"""Users from and to CSV. An import is one transaction: everything is done, or nothing and each error is named.

A column that is not in the file leaves what it is about as it was; an empty field in a column that is there
means none. The file itself: `roster_file`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.eligibility import AgentFacts, Features, selection_refusal
from deskreel.core.errors import DeskreelError, InvalidInputError
from deskreel.server.accounts.changes import changing
from deskreel.server.accounts.selection import new_selection_version
from deskreel.server.audit.service import record
from deskreel.server.context import Context
from deskreel.server.people import newcomers, regulars
from deskreel.server.people.details import details_of
from deskreel.server.people.model import (
    ImportReport,
    LineError,
    UserDetails,
)
from deskreel.server.people.newcomers import Newcomer
from deskreel.server.people.regulars import is_regular
from deskreel.server.people.roster_file import parse, several, write
from deskreel.server.people.roster_lines import Line, LineProblem, differs, understood
from deskreel.server.people.saving import save
from deskreel.server.people.tables import agents, teams, users

_QM_ON = Features(quality_management=True)


class ImportRefusedError(InvalidInputError):
    """A file with errors; nothing of it was done."""

    code = "import_refused"
    title = "The file has errors; nothing was imported"
    hint = "`errors` names each line and column; try again with a dry run until there are none."


class _Undone(Exception):
    """Takes the transaction back, and the report out of it."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__()
        self.report = report


@dataclass(slots=True)
class _Tally:
    """What the lines so far came to, and what was known before."""

    known: dict[str, UserDetails]  # by e-mail address
    team_ids: dict[str, str]  # by name in lower case
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    teams: list[str] = field(default_factory=list)  # made, by name
    errors: list[LineError] = field(default_factory=list[LineError])
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
    tally = await _known(connection, lines)
    read, seen = list[Line](), dict[str, int]()
    for number, fields in lines:
        email = fields["email"].lower()
        try:
            if email in seen:
                raise LineProblem("email", f"line {seen[email]} has this address too")
            seen[email] = number
            team_ids = await _teams(context, connection, actor, fields, tally)
            read.append(understood(number, fields, tally.known.get(email), team_ids))
        except LineProblem as problem:
            tally.errors.append(LineError(line=number, column=problem.column, message=problem.message))
    written = {
        *await _write_newcomers(context, connection, actor, read, tally),
        *await _write_regulars(context, connection, actor, read, tally),
    }
    for line in read:
        if line.number in written:
            continue
        try:
            await _line(context, connection, actor, line, tally)
        except LineProblem as problem:
            tally.errors.append(LineError(line=line.number, column=problem.column, message=problem.message))
        except DeskreelError as error:
            tally.errors.append(LineError(line=line.number, column=_column_of(error), message=error.detail))
    if tally.selected:
        await new_selection_version(connection)
    return ImportReport(
        state="dry_run" if dry_run else "done",
        created=tally.created,
        updated=tally.updated,
        unchanged=tally.unchanged,
        teams_created=tally.teams,
        errors=sorted(tally.errors, key=lambda error: error.line),
    )


async def _known(connection: AsyncConnection, lines: Sequence[tuple[int, dict[str, str]]]) -> _Tally:
    emails = [fields["email"].lower() for _, fields in lines]
    ids = (await connection.scalars(select(users.c.id).where(users.c.email.in_(emails)))).all()
    named = (await connection.execute(select(func.lower(teams.c.name), teams.c.id))).all()
    return _Tally(
        known={user.email: user for user in await details_of(connection, ids)},
        team_ids={str(name): str(team_id) for name, team_id in named},
    )


async def _write_newcomers(
    context: Context, connection: AsyncConnection, actor: str, lines: Sequence[Line], tally: _Tally
) -> Collection[int]:
    """Make those users together of whom nothing was known; gives their lines."""
    all_lines = {line.number: Newcomer(fields=line.wanted, selected=line.screen is True) for line in lines}
    unknown = {line.number for line in lines if line.known is None}
    strange = await newcomers.strangers(connection, all_lines)
    new = {number: one for number, one in strange.items() if number in unknown}
    await newcomers.write(context, connection, actor, list(new.values()))
    tally.created += len(new)
    tally.selected |= any(
        one.takes_calls and one.fields.quality_management is not None for one in new.values()
    )
    return new.keys()


def _column_of(error: DeskreelError) -> str:
    return {"identity_taken": "extension", "last_admin": "role"}.get(error.code, "email")


async def _write_regulars(
    context: Context, connection: AsyncConnection, actor: str, lines: Sequence[Line], tally: _Tally
) -> Collection[int]:
    """Change those users together whom that concerns alone; gives their lines, those without a change too."""
    plain = [line for line in lines if is_regular(line)]
    touched = [line for line in plain if line.known is not None and _changes(line, line.known)]
    for before, after in await regulars.write(context, connection, actor, touched):
        tally.updated += before != after
        tally.unchanged += before == after
        was, now = before.agent, after.agent
        if was is not None and now is not None:
            tally.selected |= (was.quality_management, was.screen_recording) != (
                now.quality_management,
                now.screen_recording,
            )
    tally.unchanged += len(plain) - len(touched)
    return [line.number for line in plain]


def _changes(line: Line, known: UserDetails) -> bool:
    selects = known.agent is not None and line.screen not in (None, known.agent.screen_recording)
    return selects or differs(line.wanted, known)


async def _line(context: Context, connection: AsyncConnection, actor: str, line: Line, tally: _Tally) -> None:
    """Do what one line says, or nothing of it."""
    known, user = line.known, line.known
    async with connection.begin_nested():
        if known is None or differs(line.wanted, known):
            user = await save(context, connection, actor, line.wanted, None if known is None else known.id)
        selected = await _screen(connection, line.screen, user) if user is not None else False
    tally.selected |= selected
    if known is None:
        tally.created += 1
    elif selected or user != known:
        tally.updated += 1
    else:
        tally.unchanged += 1


async def _teams(
    context: Context, connection: AsyncConnection, actor: str, fields: Mapping[str, str], tally: _Tally
) -> list[str] | None:
    """The teams that a line names, made if they are new; None: it does not say."""
    if "team" not in fields:
        return None
    names = several(fields["team"])
    for name in names:
        if name.lower() in tally.team_ids:
            continue
        team_id, now = context.new_id("tea"), context.clock()
        await connection.execute(teams.insert().values(id=team_id, name=name[:200], created_at=now))
        await record(connection, at=now, actor=actor, action="team.created", subject=team_id, name=name)
        tally.team_ids[name.lower()] = team_id
        tally.teams.append(name)
    return [tally.team_ids[name.lower()] for name in names]


async def _screen(connection: AsyncConnection, wanted: bool | None, user: UserDetails) -> bool:
    """Select the user for screen recording or not, as the line says; gives whether that changed anything."""
    if wanted is None or (user.agent is None and not wanted):
        return False
    if user.agent is None:
        raise LineProblem("screen", "this user takes no calls: give them an extension or the role agent")
    facts = AgentFacts(active=user.active, in_qm=user.agent.quality_management)
    refusal = selection_refusal(_QM_ON, facts) if wanted else None
    if refusal is not None:
        raise LineProblem("screen", refusal.words)
    if user.agent.screen_recording is wanted:
        return False
    await connection.execute(update(agents).where(agents.c.id == user.agent.id).values(enabled=wanted))
    return True


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
