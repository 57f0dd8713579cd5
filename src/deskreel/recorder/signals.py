"""The signals by which a system ends the recorder."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stopped_by_signals(stop: asyncio.Event) -> Iterator[None]:
    """SIGTERM and SIGINT set `stop`, where the event loop can have it so."""
    loop = asyncio.get_running_loop()
    taken: list[signal.Signals] = []
    for name in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(name, stop.set)
            taken.append(name)
        except (NotImplementedError, RuntimeError, ValueError):
            pass  # not the main thread, or a system without
    try:
        yield
    finally:
        for name in taken:
            loop.remove_signal_handler(name)
