"""Questions that come together are answered together: each gets its own answer, and none an answer from before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.errors import DatabaseUnavailableError, DeskreelError, NotFoundError
from deskreel.server.recorders.together import AT_MOST, Together


class Squares:
    """Answers when it is let, and remembers who asked together."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.let = asyncio.Event()

    async def __call__(self, questions: Sequence[int]) -> list[int | DeskreelError]:
        self.batches.append(list(questions))
        await self.let.wait()
        if 13 in questions:
            raise ValueError("thirteen cannot be answered")
        if 12 in questions:
            raise DatabaseUnavailableError("away")
        return [NotFoundError("negative") if q < 0 else q * q for q in questions]


async def asked(together: Together[int, int], questions: Sequence[int]) -> list[asyncio.Task[int]]:
    """Put the questions, and let them get as far as they can."""
    tasks = [asyncio.create_task(together.ask(question)) for question in questions]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


@given(st.lists(st.integers(-5, 11), max_size=3 * AT_MOST))
def test_each_gets_its_own_answer(questions: list[int]) -> None:
    async def run() -> list[int | BaseException]:
        squares = Squares()
        tasks = await asked(Together(squares), questions)
        squares.let.set()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert [q for batch in squares.batches for q in batch] == questions
        assert max(map(len, squares.batches), default=0) <= AT_MOST
        return answers

    answers = asyncio.run(run())
    assert [a if isinstance(a, int) else type(a) for a in answers] == [
        NotFoundError if q < 0 else q * q for q in questions
    ]


async def test_what_is_asked_meanwhile_makes_up_the_next_batch() -> None:
    squares = Squares()
    together = Together(squares)
    first = await asked(together, [1])
    more = await asked(together, [2, 3, 4])
    assert squares.batches == [[1]]  # what began before it was asked is no answer
    squares.let.set()
    assert await asyncio.gather(*first, *more) == [1, 4, 9, 16]
    assert squares.batches == [[1], [2, 3, 4]]
    assert await together.ask(5) == 25  # and it goes on after a rest


async def test_a_failure_is_told_to_all_of_its_batch_and_no_more() -> None:
    squares = Squares()
    together = Together(squares)
    first = await asked(together, [1])
    doomed = await asked(together, [2, 12])
    squares.let.set()
    assert await asyncio.gather(*first) == [1]
    for task in doomed:
        with pytest.raises(DatabaseUnavailableError):
            await task
    assert await together.ask(3) == 9


async def test_one_that_cannot_be_answered_takes_no_other_down() -> None:
    squares = Squares()
    together = Together(squares)
    first = await asked(together, [1])
    two, thirteen, negative = await asked(together, [2, 13, -1])
    squares.let.set()
    assert await asyncio.gather(*first, two) == [1, 4]
    with pytest.raises(ValueError, match="thirteen"):
        await thirteen
    with pytest.raises(NotFoundError):
        await negative


async def test_an_asker_that_goes_away_disturbs_nobody() -> None:
    squares = Squares()
    together = Together(squares)
    (running,) = await asked(together, [1])
    gone, stays = await asked(together, [2, 3])
    running.cancel()
    gone.cancel()
    squares.let.set()
    assert await stays == 9
    assert squares.batches == [[1], [3]]
