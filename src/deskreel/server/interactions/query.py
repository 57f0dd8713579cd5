"""The list of interactions as SQL: filters, order, the place where a page begins. Builds queries, runs none.

All shapes give (key, id) pairs of `interaction_lines` in the order asked for. Which shape fits depends on whose
calls are wanted; docs/design/interactions.md shows what PostgreSQL makes of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY

from deskreel.core.errors import InvalidInputError
from deskreel.core.ids import AgentId
from deskreel.server.interactions.search import SearchText
from deskreel.server.interactions.tables import EVERYBODY, interaction_lines, interactions
from deskreel.server.paging import decode_cursor, encode_cursor
from deskreel.server.recordings.tables import transcripts

FEW = 200  # agents whose lines are merged; more of them have so many calls that everybody's lines are read instead
_lines = interaction_lines.c


class Sort(StrEnum):
    """By what the list is sorted; with a minus from the last or largest on."""

    TIME = "time"
    TIME_DOWN = "-time"
    DURATION = "duration"
    DURATION_DOWN = "-duration"
    COVERAGE = "coverage"
    COVERAGE_DOWN = "-coverage"

    @property
    def down(self) -> bool:
        """From the largest to the smallest."""
        return self.value.startswith("-")

    @property
    def column(self) -> str:
        """Of `interaction_lines`."""
        return {"time": "started_at", "duration": "duration_ms", "coverage": "coverage"}[
            self.value.lstrip("-")
        ]

    @property
    def may_lack(self) -> bool:
        """Whether some calls have no such value; they come last."""
        return self.column != "started_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which interactions; None: whatever it be. All of it must hold."""

    agents: tuple[str, ...] | None = None  # one of them took part
    teams: tuple[str, ...] | None = None  # an agent who is in one of them now took part
    queues: tuple[str, ...] | None = None
    direction: str | None = None
    since: int | None = None  # began then or later, wall time in ms
    until: int | None = None  # began before
    min_duration_ms: int | None = None
    max_duration_ms: int | None = None
    min_coverage: float | None = None  # 0 to 1
    max_coverage: float | None = None
    has_screen_recording: bool | None = None
    has_call_recording: bool | None = None
    has_evaluation: bool | None = None
    has_transcript: bool | None = None
    live: bool | None = None  # the call goes on, or its After Call Work

    def conditions(self) -> list[ColumnElement[bool]]:
        """On a line; agents and teams are seen to by whose lines are read."""
        found: list[ColumnElement[bool]] = []
        if self.queues is not None:
            found.append(
                _lines.queue == self.queues[0] if len(self.queues) == 1 else _lines.queue.in_(self.queues)
            )
        for column, value in (
            (_lines.direction, self.direction),
            (_lines.has_screen_recording, self.has_screen_recording),
            (_lines.has_call_recording, self.has_call_recording),
            (_lines.has_evaluation, self.has_evaluation),
            (_lines.has_transcript, self.has_transcript),
        ):
            if value is not None:
                found.append(column == value)
        for column, least, most in (
            (_lines.duration_ms, self.min_duration_ms, self.max_duration_ms),
            (_lines.coverage, self.min_coverage, self.max_coverage),
        ):
            found += [] if least is None else [column >= least]
            found += [] if most is None else [column <= most]
        if self.live is not None:
            found.append(_lines.state != "ended" if self.live else _lines.state == "ended")
        found += [] if self.since is None else [_lines.started_at >= self.since]
        return found + ([] if self.until is None else [_lines.started_at < self.until])


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Whose interactions are to be found."""

    agents: tuple[AgentId, ...] | None  # None: everybody's
    named: tuple[AgentId, ...] = ()  # those among them whose names the text asks for
    alone: AgentId | None = None  # only calls without any other agent have their transcripts searched
    transcripts: bool = True  # may be searched


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The last line of the page before."""

    key: int | float | None
    id: str

    def cursor(self, sort: Sort) -> str:
        """As an opaque text."""
        return encode_cursor(sort.value, "" if self.key is None else repr(self.key), self.id)


def place_of(cursor: str, sort: Sort) -> Place:
    """Where a cursor of ours points.

    Raises:
        InvalidInputError: it is none, or of another order.
    """
    order, key, last = decode_cursor(cursor, str, str, str)
    if order != sort.value:
        raise InvalidInputError("the cursor is of another order", hint="Begin again without it.")
    try:
        number = None if key == "" else float(key) if sort.column == "coverage" else int(key)
    except ValueError as error:
        raise InvalidInputError("the cursor is not valid") from error
    return Place(key=number, id=last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What is asked of the list."""

    wanted: Filter
    whose: Whose
    sort: Sort
    text: SearchText | None = None

    def page(self, place: Place | None, limit: int, *, lacking: bool) -> Select[Any]:
        """Up to `limit` pairs behind `place`; of the calls that have the value, or those `lacking` it."""
        key = _lines[self.sort.column].label("key")
        where = self.wanted.conditions()
        if self.sort.may_lack:
            where.append(key.element.is_(None) if lacking else key.element.is_not(None))
        if place is not None and lacking:
            where.append(
                _lines.interaction_id < place.id if self.sort.down else _lines.interaction_id > place.id
            )
        elif place is not None:
            here, there = tuple_(key.element, _lines.interaction_id), tuple_(place.key, place.id)
            where.append(here < there if self.sort.down else here > there)
        columns = (key, _lines.interaction_id.label("id"))
        shapes = [self._ordered(query, limit) for query in self._shapes(columns, where, limit)]
        if len(shapes) == 1:
            return shapes[0]
        together = union(*(select(shape.subquery()) for shape in shapes)).subquery()
        return self._ordered(select(together), limit)

    def count(self, limit: int) -> Select[Any]:
        """How many there are; each way to find them stops at `limit`."""
        columns = (_lines.interaction_id.label("id"),)
        found = union(
            *(
                select(query.limit(limit).subquery())
                for query in self._shapes(columns, self.wanted.conditions(), None)
            )
        ).subquery()
        return select(func.count(found.c.id.distinct()))

    def _ordered(self, query: Select[Any], limit: int) -> Select[Any]:
        key, last = query.selected_columns["key"], query.selected_columns["id"]
        places = (key.desc(), last.desc()) if self.sort.down else (key.asc(), last.asc())
        return query.order_by(*places).limit(limit)

    def _shapes(
        self, columns: Sequence[ColumnElement[Any]], where: list[ColumnElement[bool]], limit: int | None
    ) -> list[Select[Any]]:
        """Ways to find lines; what is wanted is the union of them."""
        if self.whose.agents == ():
            return [select(*columns).where(literal(False))]
        if self.text is None:
            return [self._of_agents(self.whose.agents, columns, where, limit)]
        shapes: list[Select[Any]] = []
        if self.whose.named:
            shapes.append(self._of_agents(self.whose.named, columns, where, limit))
        one_each = [*where, self._one_line_each()]
        if self.text.gram is not None:
            shapes.append(_by_number(self.text, columns, one_each))
        if self.text.tsquery is not None and self.whose.transcripts:
            shapes.append(_by_transcript(self.text.tsquery, columns, one_each, self.whose.alone))
        return shapes or [select(*columns).where(literal(False))]

    def _of_agents(
        self,
        agents: Sequence[str] | None,
        columns: Sequence[ColumnElement[Any]],
        where: list[ColumnElement[bool]],
        limit: int | None,
    ) -> Select[Any]:
        """Lines of these agents: each one's first ones are found by the index, then merged."""
        if agents is None:
            return select(*columns).where(_lines.whose == EVERYBODY, *where)
        if len(agents) == 1:
            return select(*columns).where(_lines.whose == agents[0], *where)
        if len(agents) > FEW:
            return select(*columns).where(_lines.whose == EVERYBODY, _of(agents), *where)
        if limit is None:
            return select(*columns).distinct().where(_lines.whose.in_(agents), *where)
        each = select(func.unnest(cast(bindparam(None, list(agents)), ARRAY(Text))).label("agent")).subquery()
        firsts = self._ordered(select(*columns).where(_lines.whose == each.c.agent, *where), limit).lateral()
        return select(*firsts.c).distinct().select_from(each.join(firsts, true()))

    def _one_line_each(self) -> ColumnElement[bool]:
        """One line of each interaction that is in question."""
        agents = self.whose.agents
        if agents is not None and len(agents) == 1:
            return _lines.whose == agents[0]
        return (_lines.whose == EVERYBODY) & (true() if agents is None else _of(agents))


def _of(agents: Sequence[str]) -> ColumnElement[bool]:
    return _lines.agent_ids.overlap(list(agents))


def _by_number(
    text: SearchText, columns: Sequence[ColumnElement[Any]], where: list[ColumnElement[bool]]
) -> Select[Any]:
    """By a part of a number. One piece of it is asked of the index, for PostgreSQL knows how many calls have that;
    of several it would expect far too few. What is left is looked at.
    """
    query = select(*columns).where(_lines.numbers.contains([text.gram]), *where)
    if text.gram_is_all:
        return query
    calls = interactions.c
    fits = [
        func.strpos(func.deskreel_plain(number), text.plain) > 0 for number in (calls.caller, calls.callee)
    ]
    return query.join_from(interaction_lines, interactions, calls.id == _lines.interaction_id).where(
        or_(*fits)
    )


def _by_transcript(
    tsquery: str,
    columns: Sequence[ColumnElement[Any]],
    where: list[ColumnElement[bool]],
    alone: AgentId | None,
) -> Select[Any]:
    if alone is not None:
        where = [*where, func.cardinality(_lines.agent_ids) == 1]
    return (
        select(*columns)
        .join_from(interaction_lines, transcripts, transcripts.c.interaction_id == _lines.interaction_id)
        .where(said(tsquery), *where)
    )


def said(tsquery: str) -> ColumnElement[bool]:
    """A condition on a transcript."""
    return transcripts.c.search.bool_op("@@")(func.to_tsquery("simple", tsquery))
