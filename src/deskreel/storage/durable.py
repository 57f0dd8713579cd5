"""Files that survive a power loss: staged, synced, then named; directory entries synced as well.

Blocking; `ObstoreStore` calls it from threads. Everything below the root is reached by object key; staged
files lie in `.staging`, on the same file system, so that naming one is atomic.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

_STAGING = ".staging"
_STALE_S = 24 * 3600.0  # a staged file this old belongs to a process that died
_REMEMBERED_DIRECTORIES = 20_000
_ATTEMPTS = 20  # to name a file in a directory that others keep removing


class DurableTree:
    """Objects as files below one directory. Safe to use from several threads and processes."""

    def __init__(self, root: Path, *, sync: bool = True) -> None:
        """Make the root if need be. `sync` False leaves durability to the file system (for measurements).

        Raises:
            OSError: the root cannot be made or written.
        """
        self._root = root
        self._sync = sync
        self._staging = root / _STAGING
        self._known: set[Path] = {root}  # directories whose own entries are on the disk
        self._staging.mkdir(parents=True, exist_ok=True)
        self._fsync_directory(root.parent)
        self._sweep()

    def write(self, key: str, data: bytes | Path, *, if_absent: bool) -> bool:
        """Write one object; False when `if_absent` and it is there already.

        Raises:
            OSError: as the file system says.
        """
        target = self._root / key
        if if_absent and target.exists():
            return False
        staged = self._staging / f"{os.getpid()}-{secrets.token_hex(8)}"
        try:
            self._stage(staged, data)
            written = self._name(staged, target, if_absent=if_absent)
        finally:
            staged.unlink(missing_ok=True)
        return written

    def remove(self, keys: Iterable[str]) -> None:
        """Remove objects and the directories that this leaves empty; absent ones are no error.

        Raises:
            OSError: as the file system says.
        """
        parents: set[Path] = set()
        for key in keys:
            path = self._root / key
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                path.unlink()
                parents.add(path.parent)
        for parent in parents:
            self._fsync_nearest(self._remove_empty(parent))

    def _stage(self, staged: Path, data: bytes | Path) -> None:
        with staged.open("xb") as out:
            if isinstance(data, Path):
                with data.open("rb") as source:
                    shutil.copyfileobj(source, out, 1 << 20)
            else:
                out.write(data)
            out.flush()
            if self._sync:
                os.fsync(out.fileno())

    def _name(self, staged: Path, target: Path, *, if_absent: bool) -> bool:
        for attempt in range(_ATTEMPTS):
            try:
                self._make_directory(target.parent)
                if if_absent:
                    os.link(staged, target)
                else:
                    os.replace(staged, target)
                break
            except FileExistsError:
                return False
            except FileNotFoundError:
                # Someone removed the emptied directory between our mkdir and the naming: begin again.
                self._known = {self._root}
                if attempt == _ATTEMPTS - 1:
                    raise
        self._fsync_directory(target.parent)
        return True

    def _make_directory(self, directory: Path) -> None:
        if directory in self._known:
            return
        self._make_directory(directory.parent)
        # Not Path.mkdir(exist_ok=True): when the directory is removed just then, that raises FileExistsError,
        # which would read as "the object is there already".
        with contextlib.suppress(FileExistsError):
            os.mkdir(directory)
        self._fsync_directory(directory.parent)
        if len(self._known) >= _REMEMBERED_DIRECTORIES:
            self._known = {self._root}
        self._known.add(directory)

    def _remove_empty(self, directory: Path) -> Path:
        """Remove `directory` and its parents while they are empty; the first one that stays."""
        while directory != self._root:
            self._known.discard(directory)
            try:
                directory.rmdir()
            except FileNotFoundError:
                pass
            except OSError:
                break
            directory = directory.parent
        return directory

    def _fsync_nearest(self, directory: Path) -> None:
        """Sync `directory`, or if someone removed it meanwhile, the nearest one above that is there."""
        while True:
            try:
                self._fsync_directory(directory)
                return
            except FileNotFoundError:
                if directory == self._root:
                    raise
                directory = directory.parent

    def _fsync_directory(self, directory: Path) -> None:
        if not self._sync:
            return
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _sweep(self) -> None:
        for staged in self._staging.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if time.time() - staged.stat().st_mtime > _STALE_S:
                    staged.unlink()
