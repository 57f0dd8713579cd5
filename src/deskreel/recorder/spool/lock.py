"""One recorder at a time: the lock on the spool's directory, held by the system for as long as the process lives."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from deskreel.core.errors import SpoolLockedError


def lock(path: Path) -> int:
    """Take the lock; the descriptor that holds it until it is closed.

    Raises:
        SpoolLockedError: another process has it.
        OSError: the file cannot be made.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise SpoolLockedError(str(path.parent)) from error
    return descriptor
