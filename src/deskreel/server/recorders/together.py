"""Many askers, one look at the database: questions that come while a batch is being answered make up the next one.

Alone, a question is answered at once. When hundreds of recorders ask in the same second, because their server died or
the bus came back, they take one connection and a few statements instead of the whole pool, so that call events, which
cannot wait, find it free.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from deskreel.core.errors import DeskreelError

Q = TypeVar("Q")
A = TypeVar("A")

AT_MOST = 50  # questions in one batch: the first of hundreds need not wait for the last


class Together(Generic[Q, A]):
    """Answers questions in batches, one batch at a time, in the order in which they came."""

    def __init__(self, answer: Callable[[Sequence[Q]], Awaitable[Sequence[A | DeskreelError]]]) -> None:
        self._answer = answer
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._working: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        """The answer, from a batch that began after the question was asked.

        Raises:
            DeskreelError: the answer to this question, or the failure of its whole batch.
            Exception: whatever else this question led to.
        """
        answered: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answered))
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await answered

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch = [one for one in self._waiting[:AT_MOST] if not one[1].done()]
                del self._waiting[:AT_MOST]
                if batch:
                    await self._settle(batch)
        finally:
            self._working = None
            for _, answered in self._waiting:  # cancelled: the loop ends
                answered.cancel()

    async def _settle(self, batch: Sequence[tuple[Q, asyncio.Future[A]]]) -> None:
        answers: Sequence[A | Exception]
        try:
            answers = await self._answer([question for question, _ in batch])
        except DeskreelError as error:
            answers = [error] * len(batch)
        except (
            Exception
        ) as error:  # one question may be what cannot be answered: the others must not suffer for it
            answers = [error] if len(batch) == 1 else [await self._alone(question) for question, _ in batch]
        except asyncio.CancelledError:
            for _, answered in batch:
                answered.cancel()
            raise
        for (_, answered), answer in zip(batch, answers, strict=True):
            if answered.done():  # its asker went away
                continue
            if isinstance(answer, Exception):
                answered.set_exception(answer)
            else:
                answered.set_result(answer)

    async def _alone(self, question: Q) -> A | Exception:
        try:
            (answer,) = await self._answer([question])
        except Exception as error:  # whatever it is, it is the asker's to handle
            return error
        return answer
