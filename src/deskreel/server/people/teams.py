"""Teams: agents, and the supervisors and evaluators who look after them."""

from __future__ import annotations

from sqlalchemy import Select, delete, func, select, true, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from deskreel.core.errors import ConflictError, NotFoundError
from deskreel.server.accounts.changes import changing
from deskreel.server.accounts.tables import recording_settings
from deskreel.server.audit.service import record
from deskreel.server.context import Context
from deskreel.server.paging import decode_cursor, encode_cursor
from deskreel.server.people.model import Role, TeamPage, TeamRef
from deskreel.server.people.tables import teams, user_teams, users
from deskreel.server.permissions import Scope


async def page(context: Context, scope: Scope, *, limit: int, cursor: str | None) -> TeamPage:
    """Teams, by name."""
    seen = true() if scope.everybody else teams.c.id.in_(scope.teams or ())
    query = select(teams).where(seen).order_by(teams.c.name, teams.c.id).limit(limit + 1)
    if cursor is not None:
        query = query.where(tuple_(teams.c.name, teams.c.id) > tuple_(*decode_cursor(cursor, str, str)))
    async with context.db.begin() as connection:
        rows = (await connection.execute(query)).all()
    shown = rows[:limit]
    return TeamPage(
        items=[TeamRef(id=row.id, name=row.name) for row in shown],
        next_cursor=encode_cursor(shown[-1].name, shown[-1].id) if len(rows) > limit else None,
    )


async def create(context: Context, actor: str, name: str) -> TeamRef:
    """Make a team.

    Raises:
        ConflictError: there is one of this name.
    """
    team_id, now = context.new_id("tea"), context.clock()
    async with context.db.begin() as connection:
        made = await connection.scalar(
            insert(teams)
            .values(id=team_id, name=name, created_at=now)
            .on_conflict_do_nothing()
            .returning(teams.c.id)
        )
        if made is None:
            raise ConflictError(f"there is a team {name}")
        await record(connection, at=now, actor=actor, action="team.created", subject=team_id, name=name)
    return TeamRef(id=team_id, name=name)


async def rename(context: Context, actor: str, team_id: str, name: str) -> TeamRef:
    """Give a team another name.

    Raises:
        NotFoundError: there is no such team.
        ConflictError: another one has this name.
    """
    async with context.db.begin() as connection:
        before = await connection.scalar(select(teams.c.name).where(teams.c.id == team_id).with_for_update())
        if before is None:
            raise NotFoundError(f"there is no team {team_id}")
        same = func.lower(teams.c.name) == name.lower()
        if await connection.scalar(select(teams.c.id).where(same, teams.c.id != team_id)) is not None:
            raise ConflictError(f"there is a team {name}")
        await connection.execute(update(teams).where(teams.c.id == team_id).values(name=name))
        await record(
            connection,
            at=context.clock(),
            actor=actor,
            action="team.renamed",
            subject=team_id,
            changes={"name": [before, name]},
        )
    return TeamRef(id=team_id, name=name)


def _only_in(team_id: str) -> Select[str]:
    """Names of those whose scope is this team and no other."""
    of = user_teams.alias()
    teams_of = select(func.count()).where(of.c.user_id == users.c.id).scalar_subquery()
    return (
        select(users.c.name)
        .join(user_teams, user_teams.c.user_id == users.c.id)
        .where(
            user_teams.c.team_id == team_id,
            users.c.role.in_([Role.SUPERVISOR.value, Role.EVALUATOR.value]),
            teams_of == 1,
        )
        .order_by(users.c.name)
        .limit(1)
    )


async def remove(context: Context, actor: str, team_id: str) -> None:
    """Dissolve a team: its agents are in none then, its settings hold no more.

    Raises:
        NotFoundError: there is no such team.
        ConflictError: a supervisor or evaluator looks after it alone, and would see everybody without it.
    """
    async with changing(context) as connection:
        alone = await connection.scalar(_only_in(team_id))
        if alone is not None:
            raise ConflictError(
                f"{alone} looks after this team alone", hint="Give them another team or role first."
            )
        name = await connection.scalar(delete(teams).where(teams.c.id == team_id).returning(teams.c.name))
        if name is None:
            raise NotFoundError(f"there is no team {team_id}")
        await connection.execute(delete(recording_settings).where(recording_settings.c.scope == team_id))
        await record(
            connection, at=context.clock(), actor=actor, action="team.removed", subject=team_id, name=name
        )
