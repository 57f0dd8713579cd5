"""What is put down when an evaluation changes: its history, its questions' results, the audit log, the event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.evaluation.flow import State
from deskreel.core.evaluation.form import ANSWERS, Answer
from deskreel.core.evaluation.scoring import Score
from deskreel.core.time import WallTime
from deskreel.server.audit.service import record
from deskreel.server.context import Context
from deskreel.server.evaluations.model import Feedback
from deskreel.server.evaluations.tables import evaluation_history, evaluation_results
from deskreel.server.webhooks.outbox import EventType, emit

_done = evaluation_history.c


def stored_answers(answers: dict[str, Answer]) -> Any:
    """Answers as the database has them."""
    return ANSWERS.dump_python(answers, mode="json")


def snapshot(answers: dict[str, Answer], comment: str, feedback: list[Feedback]) -> dict[str, Any]:
    """What an evaluation says, for its history."""
    return {
        "answers": stored_answers(answers),
        "comment": comment,
        "feedback": [
            note.model_dump(mode="json", include={"start_ms", "end_ms", "text", "rectangle", "question_id"})
            for note in feedback
        ],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that is done to an evaluation."""

    at: WallTime
    actor: str
    action: str  # published, disputed, …
    state: State  # afterwards
    text: str = ""  # what was said with it
    score: float | None = None  # afterwards
    content: dict[str, Any] | None = None  # a snapshot; None: unchanged


async def note(connection: AsyncConnection, evaluation_id: str, entry: Entry, **details: Any) -> None:
    """Append to an evaluation's history, whose row the transaction has locked or made; and to the audit log."""
    number = select(func.coalesce(func.max(_done.number), 0) + 1).where(_done.evaluation_id == evaluation_id)
    await connection.execute(
        insert(evaluation_history).values(
            evaluation_id=evaluation_id,
            number=number.scalar_subquery(),
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            state=entry.state.value,
            text=entry.text,
            score=entry.score,
            content=entry.content,
        )
    )
    await record(
        connection,
        at=entry.at,
        actor=entry.actor,
        action=f"evaluation.{entry.action}",
        subject=evaluation_id,
        **details,
    )


async def write_results(connection: AsyncConnection, evaluation_id: str, result: Score) -> None:
    """Put down what each question came to, in place of what was there."""
    rows = evaluation_results.c
    await connection.execute(delete(evaluation_results).where(rows.evaluation_id == evaluation_id))
    values = [
        {
            "evaluation_id": evaluation_id,
            "question_id": question.question_id,
            "outcome": question.outcome.value,
            "score": question.score,
            "failed": question.auto_failed,
        }
        for question in result.questions
    ]
    if values:
        await connection.execute(insert(evaluation_results), values)


async def tell(
    context: Context, connection: AsyncConnection, row: Row[Any], result: Score, *, at: WallTime, again: bool
) -> None:
    """Write the event `evaluation.published`; `again` when a second reviewer has changed it."""
    await emit(
        context,
        connection,
        EventType.EVALUATION_PUBLISHED,
        at=at,
        agent_id=row.agent_id,
        data={
            "agent_id": row.agent_id,
            "evaluation_id": row.id,
            "interaction_ids": [] if row.interaction_id is None else [row.interaction_id],
            "form_id": row.form_id,
            "form_version": row.form_version,
            "score": result.total,
            "failed": result.failed,
            "changed": again,
        },
        once=f"evaluation.published:{row.id}:{'changed' if again else 'first'}",
    )
