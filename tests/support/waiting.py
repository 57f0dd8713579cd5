"""Waiting on conditions, for what has no event of its own: another process, a file, a page of the API."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")
_LOOK_AGAIN_S = 0.01
LONG_S = 60.0  # it is only used up where something is wrong, or the machine very busy


async def until(condition: Callable[[], Any], what: str = "it", *, within_s: float = LONG_S) -> Any:
    """The first truthy answer of `condition`, which may be a coroutine function."""

    async def probe() -> Any:
        answer = condition()
        return (await answer if inspect.isawaitable(answer) else answer) or None

    return await eventually(what, probe, timeout_s=within_s)


async def eventually(what: str, probe: Callable[[], Awaitable[T | None]], *, timeout_s: float = LONG_S) -> T:
    """The first answer that is neither None nor False."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        found = await probe()
        if found is not None and found is not False:
            return found
        await _let_run(_LOOK_AGAIN_S)
    raise AssertionError(f"{what}: not within {timeout_s} s")


async def turns(count: int) -> None:
    """Let all that is ready run, so many times."""
    for _ in range(count):
        await _let_run(0)


async def _let_run(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    loop.call_later(seconds, done.set_result, None)
    await done
