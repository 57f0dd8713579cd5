"""A guard for PySide6 6.12.0 on Python 3.11: its calls lose references to None and True.

The wheel is built for constants as they are since Python 3.12, where they are immortal. Before that, their counts
of references fall: None's with every Qt method that returns nothing, True's with every `Signal.emit`. After some
hundred or thousand calls the interpreter ends with "none_dealloc: deallocating None" or "bool_dealloc". Measured:
`sys.getrefcount` before and after 500 calls of `setText` or 500 of `emit` differs by 500.
"""

from __future__ import annotations

import ctypes
import sys

_ENOUGH = 1 << 48  # a thousand calls in each second would take nine thousand years


def keep_constants_alive() -> None:
    """Before Python 3.12, give None, True and False so many references that they are never freed.

    Call once, before any Qt call.
    """
    if sys.version_info >= (3, 12):
        return
    for constant in (None, True, False):
        if sys.getrefcount(constant) < _ENOUGH:
            # the count is the first field of every object in CPython
            ctypes.c_ssize_t.from_address(id(constant)).value += _ENOUGH
