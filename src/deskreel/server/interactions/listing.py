"""The list of interactions: filtered, sorted, a page at a time, with what the text search hit.

The lines and their order come from `query`; this module asks the database, and shows each line as the API speaks
of it. Only calls that go on, or whose capture does, have figures worked out for the moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.ids import AgentId
from deskreel.server.calls.tables import sources
from deskreel.server.context import Context
from deskreel.server.interactions.hits import agent_names, hits_of
from deskreel.server.interactions.model import Hit, InteractionPage, InteractionSummary, Total
from deskreel.server.interactions.query import Filter, Listing, Place, Sort, Whose, place_of
from deskreel.server.interactions.search import SearchText, parse_search
from deskreel.server.interactions.service import parts_of, paused_ms
from deskreel.server.interactions.tables import EVERYBODY, interaction_lines, interactions
from deskreel.server.people.model import AgentRef
from deskreel.server.people.service import visible
from deskreel.server.people.tables import agents
from deskreel.server.permissions import Scope
from deskreel.server.recordings.model import LivePicture
from deskreel.server.recordings.service import live_picture

COUNTED = 10_000  # beyond that a total says "more"
# For this transaction: plans for the values at hand instead of for any, storage whose random reads are cheap, and
# no time spent on compiling or on starting workers.
_PLANNER = select(
    func.set_config("plan_cache_mode", "force_custom_plan", True),
    func.set_config("random_page_cost", "1.1", True),
    func.set_config("jit", "off", True),
    func.set_config("max_parallel_workers_per_gather", "0", True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a caller asks of the list."""

    wanted: Filter
    text: str | None = None  # in numbers, agents' names, transcripts
    sort: Sort = Sort.TIME_DOWN
    count: bool = False  # also how many there are


async def page(
    context: Context, scope: Scope, question: Question, *, limit: int, cursor: str | None, play: bool = True
) -> InteractionPage:
    """A page of the interactions in `scope`. Who may not `play` does not search transcripts either.

    Raises:
        InvalidInputError: the cursor is not one of ours, or of another order.
    """
    text = parse_search(question.text) if question.text else None
    place = None if cursor is None else place_of(cursor, question.sort)
    async with context.db.begin() as connection:
        await connection.execute(_PLANNER)
        whose = await _whose(connection, scope, question.wanted, text, play=play)
        listing = Listing(wanted=question.wanted, whose=whose, sort=question.sort, text=text)
        found = await _keys(connection, listing, place, limit + 1)
        shown = found[:limit]
        calls = await _calls(connection, [last.id for last in shown])
        hits = {} if text is None else await hits_of(connection, calls, text, whose)
        pictures = await _pictures(context, connection, calls, scope) if play else {}
        items = await _items(context, connection, calls, hits, pictures)
        total = None
        if question.count:
            count = int(await connection.scalar(listing.count(COUNTED + 1)) or 0)
            total = Total(count=min(count, COUNTED), exact=count <= COUNTED)
    more = len(found) > limit
    return InteractionPage(
        items=items, next_cursor=shown[-1].cursor(question.sort) if more else None, total=total
    )


async def _whose(
    connection: AsyncConnection, scope: Scope, wanted: Filter, text: SearchText | None, *, play: bool
) -> Whose:
    """The agents in question, by the scope, the filter and the names that the text asks for."""
    within = select(agents.c.id).where(visible(scope))
    if wanted.agents is not None:
        within = within.where(agents.c.id.in_(wanted.agents))
    if wanted.teams is not None:
        within = within.where(agents.c.team_id.in_(wanted.teams))
    everybody = scope.everybody and wanted.agents is None and wanted.teams is None
    known = () if everybody else (await connection.scalars(within.order_by(agents.c.id))).all()
    named: Sequence[str] = ()
    if text is not None and text.name_parts:
        in_names = [agents.c.name.icontains(part, autoescape=True) for part in text.name_parts]
        named = (await connection.scalars(within.where(*in_names).order_by(agents.c.id))).all()
    return Whose(
        agents=None if everybody else tuple(map(AgentId, known)),
        named=tuple(map(AgentId, named)),
        alone=scope.agent,
        transcripts=play,
    )


async def _keys(
    connection: AsyncConnection, listing: Listing, place: Place | None, limit: int
) -> list[Place]:
    """Up to `limit` places behind `place`. Calls that have no value to sort by come after all others."""
    found: list[Place] = []
    for lacking in (False, True) if listing.sort.may_lack else (False,):
        if place is not None and place.key is None and not lacking:
            continue
        behind = place if place is not None and (place.key is None) == lacking else None
        query = listing.page(behind, limit - len(found), lacking=lacking)
        rows = (await connection.execute(query)).all()
        found += [Place(key=row.key, id=row.id) for row in rows]
        if len(found) == limit:
            break
    return found


async def _calls(connection: AsyncConnection, ids: Sequence[str]) -> list[Row[Any]]:
    """The lines of these interactions, in this order."""
    line = interaction_lines
    query = (
        select(
            interactions.c.id,
            interactions.c.call_id,
            interactions.c.caller,
            interactions.c.callee,
            interactions.c.ended_at,
            sources.c.name.label("source"),
            *(column for column in line.c if column.name not in ("whose", "interaction_id")),
        )
        .join_from(interactions, line, line.c.interaction_id == interactions.c.id)
        .join(sources, sources.c.id == interactions.c.source_id)
        .where(interactions.c.id.in_(ids), line.c.whose == EVERYBODY)
    )
    rows = {row.id: row for row in (await connection.execute(query)).all()}
    return [rows[known] for known in ids if known in rows]


def _live(calls: Sequence[Row[Any]]) -> list[str]:
    return [row.id for row in calls if row.state != "ended"]


async def _pictures(
    context: Context, connection: AsyncConnection, calls: Sequence[Row[Any]], scope: Scope
) -> dict[str, list[LivePicture]]:
    """Of the screens in the scope that are being recorded."""
    live = _live(calls)
    found: dict[str, list[LivePicture]] = {}
    parts = await parts_of(connection, live, scope) if live else {}
    names = await agent_names(connection, {part.agent_id for some in parts.values() for part in some})
    for known, some in parts.items():
        for part in some:
            shown = live_picture(context, part, AgentRef(id=part.agent_id, name=names.get(part.agent_id, "")))
            found.setdefault(known, []).extend(filter(None, [shown]))
    return found


async def _items(
    context: Context,
    connection: AsyncConnection,
    calls: Sequence[Row[Any]],
    hits: Mapping[str, list[Hit]],
    pictures: Mapping[str, list[LivePicture]],
) -> list[InteractionSummary]:
    names = await agent_names(connection, {agent for row in calls for agent in row.agent_ids})
    live = _live(calls)
    parts = await parts_of(connection, live, Scope()) if live else {}
    now = context.clock()
    items: list[InteractionSummary] = []
    for row in calls:
        values = {name: getattr(row, name) for name in InteractionSummary.model_fields if name in row._fields}
        if row.id in parts:
            values["paused_ms"] = sum(paused_ms(part, now) for part in parts[row.id])
        items.append(
            InteractionSummary(
                **values,
                agents=[AgentRef(id=agent, name=names.get(agent, "")) for agent in row.agent_ids],
                hits=hits.get(row.id, []),
                live_pictures=pictures.get(row.id, []),
            )
        )
    return items
