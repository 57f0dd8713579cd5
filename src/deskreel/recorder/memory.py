"""Memory that nobody uses: less of it. For Linux, and malloc's part for glibc; elsewhere nothing happens.

Left alone, malloc keeps megabytes of what parsing the X protocol, starting and whole new pictures took for a moment,
and the kernel rounds the encoder's buffers up to huge pages. docs/design/capture.md ("Memory") has what each measure
is worth.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import sys
from typing import Any

# parameters of mallopt, as malloc.h numbers them
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
# Threads (capture, spool, HTTP, probes) would each get an arena of their own, that keeps what they freed. They
# allocate in turns as it is, under Python's lock.
_ARENAS = 1
# Blocks from this size on are the system's, and go back to it at once. Fixed: by itself malloc raises the limit
# with each large block, and soon keeps them all.
_LARGE_BYTES = 1024 * 1024
_AGAIN_S = 20.0
# of prctl, as linux/prctl.h numbers it
_SET_THP_DISABLE = 41


def keep_small() -> None:
    """To be called before threads are started. What it starts inherits the small pages, and nothing else."""
    if sys.platform == "linux":
        # x264 asks for pages of 2 MB and rounds what it takes up to them: 4 MB that it never looks at
        ctypes.CDLL(None).prctl(_SET_THP_DISABLE, *map(ctypes.c_ulong, (1, 0, 0, 0)))
    if (library := _glibc()) is not None:
        library.mallopt(_ARENA_MAX, _ARENAS)
        library.mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)
        library.mallopt(_TRIM_THRESHOLD, _LARGE_BYTES)


async def keep_giving_back() -> None:
    """Return to the system what is free: after the start, and then three times a minute, for ever."""
    gc.collect()
    library = _glibc()
    while True:
        if library is not None:
            library.malloc_trim(0)  # a millisecond
        await asyncio.sleep(_AGAIN_S)


def _glibc() -> Any | None:
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None
