"""Where the text of a search stands in the calls that were found: numbers, names, and moments of transcripts.

The text of a transcript says which segment a hit lies in; of the segments, which may be long with all their words,
only those are fetched that are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Text, cast, column, func, select, values
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.server.interactions.model import Fragment, Hit
from deskreel.server.interactions.query import Whose, said
from deskreel.server.interactions.search import (
    Piece,
    Said,
    SearchText,
    in_name,
    in_number,
    in_transcript,
    line_of,
    said_at_ms,
)
from deskreel.server.people.tables import agents
from deskreel.server.recordings.tables import transcripts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """A place of a transcript, with the segment that it lies in."""

    place: Said
    zero: int  # wall time of the transcript's zero
    segment: Mapping[str, Any] | None
    character: int  # of the segment's text


async def hits_of(
    connection: AsyncConnection, calls: Sequence[Row[Any]], text: SearchText, whose: Whose
) -> dict[str, list[Hit]]:
    """The hits in these lines of the list, by interaction."""
    names = await agent_names(connection, {agent for row in calls for agent in row.agent_ids})
    moments = await _moments(connection, calls, text, whose)
    return {row.id: list(_hits(text, row, names, moments.get(row.id, ()))) for row in calls}


async def agent_names(connection: AsyncConnection, ids: set[str]) -> dict[str, str]:
    """Names by id."""
    rows = await connection.execute(select(agents.c.id, agents.c.name).where(agents.c.id.in_(ids)))
    return {row.id: row.name for row in rows.all()}


async def _moments(
    connection: AsyncConnection, calls: Sequence[Row[Any]], text: SearchText, whose: Whose
) -> dict[str, list[_Moment]]:
    """Where it is said, in the transcripts that may be searched and have all of the text."""
    if text.tsquery is None or not whose.transcripts:
        return {}
    readable = [
        row.id for row in calls if row.has_transcript and (whose.alone is None or len(row.agent_ids) == 1)
    ]
    columns = transcripts.c
    rows = (
        await connection.execute(
            select(columns.interaction_id, columns.starts_at, columns.text).where(
                columns.interaction_id.in_(readable), said(text.tsquery)
            )
        )
    ).all()
    places = {row.interaction_id: list(in_transcript(text, row.text)) for row in rows}
    lines = {
        row.interaction_id: [line_of(row.text, place.at) for place in places[row.interaction_id]]
        for row in rows
    }
    wanted = {known: sorted({line for line, _ in some}) for known, some in lines.items() if some}
    segments = await _segments(connection, wanted)
    return {
        row.interaction_id: [
            _Moment(
                place=place,
                zero=row.starts_at,
                segment=segments.get((row.interaction_id, line)),
                character=character,
            )
            for place, (line, character) in zip(
                places[row.interaction_id], lines[row.interaction_id], strict=True
            )
        ]
        for row in rows
    }


async def _segments(
    connection: AsyncConnection, wanted: Mapping[str, Sequence[int]]
) -> dict[tuple[str, int], Mapping[str, Any]]:
    """Segments of transcripts by their numbers; each transcript is unpacked once."""
    if not wanted:
        return {}
    asked = values(column("call", Text), column("path", Text), name="asked").data(
        [(known, f"$[{','.join(map(str, numbers))}]") for known, numbers in wanted.items()]
    )
    query = select(
        asked.c.call,
        func.jsonb_path_query_array(transcripts.c.segments, cast(asked.c.path, JSONPATH)).label("segments"),
    ).join_from(transcripts, asked, transcripts.c.interaction_id == asked.c.call)
    return {
        (row.call, number): segment
        for row in (await connection.execute(query)).all()
        for number, segment in zip(wanted[row.call], row.segments, strict=False)
    }


def _hits(
    text: SearchText, row: Row[Any], names: Mapping[str, str], moments: Sequence[_Moment]
) -> Iterator[Hit]:
    if pieces := in_number(text, row.caller):
        yield Hit(field="caller", fragments=_fragments(pieces))
    if pieces := in_number(text, row.callee):
        yield Hit(field="callee", fragments=_fragments(pieces))
    for agent in row.agent_ids:
        if pieces := in_name(text, names.get(agent, "")):
            yield Hit(field="agent", fragments=_fragments(pieces))
    for moment in moments:
        at_ms = speaker = None
        if moment.segment is not None:
            at_ms = moment.zero + said_at_ms(moment.segment, moment.character) - row.started_at
            speaker = moment.segment.get("speaker")
        yield Hit(
            field="transcript",
            fragments=_fragments(moment.place.pieces),
            at_ms=None if at_ms is None else max(0, at_ms),
            speaker=speaker,
        )


def _fragments(pieces: Sequence[Piece]) -> list[Fragment]:
    return [Fragment(text=piece.text, hit=piece.hit) for piece in pieces]
