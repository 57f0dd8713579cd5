"""One System V shared memory segment, the only kind that MIT-SHM takes without passing descriptors.

`forget` removes the segment's name as soon as the other side is attached: the kernel then frees it with the
last process that maps it, also after a crash. It is unmapped when the last view of it is gone, so that a view
kept too long is stale but never a fault.
"""

from __future__ import annotations

import ctypes
import os
import weakref

import numpy as np
from numpy.typing import NDArray

_IPC_PRIVATE, _IPC_CREAT, _IPC_RMID = 0, 0o1000, 0
_FAILED = ctypes.c_void_p(-1).value

_libc = ctypes.CDLL(None, use_errno=True)
_libc.shmget.argtypes = (ctypes.c_int, ctypes.c_size_t, ctypes.c_int)
_libc.shmat.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
_libc.shmat.restype = ctypes.c_void_p
_libc.shmdt.argtypes = (ctypes.c_void_p,)
_libc.shmctl.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_void_p)


class SharedSegment:
    """`size` bytes of zeros, open to this user only, already faulted in. Raises OSError on refusal."""

    def __init__(self, size: int) -> None:
        self.id = _libc.shmget(_IPC_PRIVATE, size, _IPC_CREAT | 0o600)
        if self.id < 0:
            raise _error("shmget")
        self._named = True
        address = _libc.shmat(self.id, None, 0)
        if address in (None, _FAILED):
            error = _error("shmat")
            self.forget()
            raise error
        memory = (ctypes.c_uint8 * size).from_address(address)
        weakref.finalize(memory, _libc.shmdt, address)
        self.bytes: NDArray[np.uint8] = np.ctypeslib.as_array(memory)
        self.bytes.fill(0)  # the first grab then meets no page faults

    def forget(self) -> None:
        """Take the name away: nobody can attach any more, what is attached stays. Harmless when repeated."""
        if self._named:
            self._named = False
            _libc.shmctl(self.id, _IPC_RMID, None)

    def close(self) -> None:
        """Let go of the memory. Harmless when repeated."""
        self.forget()
        self.bytes = np.empty(0, np.uint8)


def _error(call: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{call}: {os.strerror(number)}")
