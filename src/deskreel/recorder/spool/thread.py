"""The thread that owns the spool. Capture hands over without waiting, the uploader awaits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from deskreel.recorder.spool.spool import Spool

P = ParamSpec("P")
T = TypeVar("T")


class SpoolThread:
    """Runs everything that touches `spool`, one call after the other."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spool")

    async def call(self, method: Callable[Concatenate[Spool, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`method(spool, …)`, for instance `call(Spool.read, recording, meta)`; raises what it raises."""
        return await asyncio.wrap_future(self.submit(method, *args, **kwargs))

    def submit(
        self, method: Callable[Concatenate[Spool, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """The same from any thread, without waiting."""
        return self._executor.submit(method, self._spool, *args, **kwargs)

    def close(self) -> None:
        """Do what was handed over, then free the spool."""
        self._executor.shutdown(wait=True)
        self._spool.release()
