"""A guard for PySide6 6.12.0 on Python 3.11: each call of a Qt method that returns nothing loses a reference.

The wheel is built for None as it is since Python 3.12, where it is immortal; before that, its count of
references falls by one with every `setText` or `start`, and after some thousand calls the interpreter ends with
"none_dealloc: deallocating None". Measured: `sys.getrefcount(None)` before and after 500 calls differs by 500.
"""

from __future__ import annotations

import ctypes
import sys

_ENOUGH = 1 << 48  # a thousand calls in each second would take nine thousand years


def keep_none_alive() -> None:
    """Before Python 3.12, give None so many references that it is never freed. Call once, before any Qt call."""
    if sys.version_info < (3, 12) and sys.getrefcount(None) < _ENOUGH:
        # the count is the first field of every object in CPython
        ctypes.c_ssize_t.from_address(id(None)).value += _ENOUGH
