"""The file system as the spool needs it: six operations, each of them a point at which power may fail.

Only changes go through here; reading is harmless and done in place. A file counts as written when `write` or
`append` returned, a name (made, moved, removed) when `sync_dir` of its directory did.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Protocol


class Filesystem(Protocol):
    """Changes to a directory tree. Every method raises OSError as the system says."""

    def mkdir(self, path: Path) -> None:
        """Make a directory and its parents, readable by the owner only; one that is there is no error."""
        ...

    def write(self, path: Path, data: bytes) -> None:
        """Write a whole file, replacing what was there; its bytes are on the disk on return."""
        ...

    def append(self, path: Path, data: bytes) -> None:
        """Add to a file, made if need be; its bytes are on the disk on return."""
        ...

    def rename(self, source: Path, target: Path) -> None:
        """Move a file or directory within the file system, replacing a file that was there."""
        ...

    def remove(self, path: Path) -> None:
        """Remove a file or an empty directory; one that is not there is no error."""
        ...

    def sync_dir(self, path: Path) -> None:
        """Have the names in a directory on the disk."""
        ...


class OsFilesystem:
    """The real one."""

    def mkdir(self, path: Path) -> None:
        """Make a directory and its parents."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write(self, path: Path, data: bytes) -> None:
        """Write a whole file and sync it."""
        self._put(path, data, os.O_TRUNC)

    def append(self, path: Path, data: bytes) -> None:
        """Add to a file and sync it."""
        self._put(path, data, os.O_APPEND)

    def rename(self, source: Path, target: Path) -> None:
        """Move a file or directory."""
        source.replace(target)

    def remove(self, path: Path) -> None:
        """Remove a file or an empty directory."""
        with contextlib.suppress(FileNotFoundError):
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            else:
                path.unlink()

    def sync_dir(self, path: Path) -> None:
        """Sync a directory; a system that cannot is taken to do so by itself."""
        if not hasattr(os, "O_DIRECTORY"):
            return
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @staticmethod
    def _put(path: Path, data: bytes, mode: int) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | mode, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())


def make_dir(fs: Filesystem, path: Path) -> None:
    """Make a directory whose name is on the disk on return: else what is in it would be lost with it."""
    fs.mkdir(path)
    fs.sync_dir(path.parent)


def write_atomic(fs: Filesystem, path: Path, data: bytes) -> None:
    """Replace a file as a whole: after a crash it holds the old bytes or the new ones."""
    staged = path.with_name(path.name + ".part")
    fs.write(staged, data)
    fs.rename(staged, path)
    fs.sync_dir(path.parent)
