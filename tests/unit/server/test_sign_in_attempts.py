"""Guessing of passwords is held back, however many guesses come at once."""

from __future__ import annotations

import asyncio

import pytest

from deskreel.core.errors import BadCredentialsError, TooManyAttemptsError
from deskreel.core.time import WallTime
from deskreel.server.auth import Attempts
from support.waiting import turns

NOW = WallTime(1_000_000)


async def sign_in(attempts: Attempts, looked_at: list[str], password: str, now: WallTime = NOW) -> None:
    async with attempts.guard("ada@people.example", now):
        looked_at.append(password)
        await turns(1)  # the password is checked in a thread: others come in between
        if password != "right":
            raise BadCredentialsError


async def test_a_thousand_guesses_at_once_are_ten() -> None:
    attempts, looked_at = Attempts(), list[str]()
    answers = await asyncio.gather(
        *(sign_in(attempts, looked_at, f"guess {n}") for n in range(1000)), return_exceptions=True
    )
    assert len(looked_at) == Attempts.LIMIT
    assert [type(answer) for answer in answers].count(TooManyAttemptsError) == 1000 - Attempts.LIMIT
    with pytest.raises(TooManyAttemptsError):
        await sign_in(attempts, looked_at, "right")
    await sign_in(attempts, looked_at, "right", WallTime(NOW + Attempts.WINDOW_MS))


async def test_who_signs_in_is_not_counted() -> None:
    attempts, looked_at = Attempts(), list[str]()
    for _ in range(3 * Attempts.LIMIT):
        await sign_in(attempts, looked_at, "right")
    for _ in range(Attempts.LIMIT):
        with pytest.raises(BadCredentialsError):
            await sign_in(attempts, looked_at, "wrong")
    with pytest.raises(TooManyAttemptsError):
        await sign_in(attempts, looked_at, "right")
