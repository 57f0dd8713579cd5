"""A file of zeros that is given up when the disk is full, so that the ledger can be written and space be freed."""

from __future__ import annotations

import contextlib
from pathlib import Path

from deskreel.recorder.files import Filesystem

_BYTES = 256 * 1024


class Ballast:
    """One file, `path`."""

    def __init__(self, path: Path, fs: Filesystem) -> None:
        self._path = path
        self._fs = fs

    def fill(self) -> None:
        """Have it there, if the disk has room for it."""
        if not self._path.exists() or self._path.stat().st_size < _BYTES:
            try:
                self._fs.write(self._path, bytes(_BYTES))
            except OSError:
                with contextlib.suppress(OSError):
                    self._fs.remove(self._path)

    def drop(self) -> bool:
        """Give it up; whether that freed something."""
        there = self._path.exists()
        self._fs.remove(self._path)
        return there
