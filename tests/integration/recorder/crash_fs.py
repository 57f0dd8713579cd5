"""File systems that fail: one that dies at its n-th change, one that is full."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

from deskreel.recorder.files import OsFilesystem


class Crashed(BaseException):  # no error: the end of the program
    """The program is gone."""


class CrashingFilesystem:
    """A real file system in which the power fails around change number `at` (1, 2, …).

    `when` "before" or "after" the change, or "half": half of a write's bytes are on the disk. With
    `power_loss`, names that were not synced are as they were before; without, only the program dies.
    """

    def __init__(self, *, at: int, when: str, power_loss: bool) -> None:
        self._real = OsFilesystem()
        self._at = at
        self._when = when
        self._power_loss = power_loss
        self._undo: list[tuple[Path, Callable[[], object]]] = []
        self.count = 0
        self.dead = False

    def mkdir(self, path: Path) -> None:
        made = not path.exists()
        self._change(lambda: self._real.mkdir(path))
        if made:
            self._undo.append((path.parent, lambda: path.rmdir() if not any(path.iterdir()) else None))

    def write(self, path: Path, data: bytes) -> None:
        self._change(lambda: self._real.write(path, data), lambda: path.write_bytes(data[: len(data) // 2]))

    def append(self, path: Path, data: bytes) -> None:
        def half() -> None:
            with path.open("ab") as out:
                out.write(data[: len(data) // 2])

        self._change(lambda: self._real.append(path, data), half)

    def rename(self, source: Path, target: Path) -> None:
        old = target.read_bytes() if target.is_file() else None
        self._change(lambda: self._real.rename(source, target))

        def undo() -> None:
            os.replace(target, source)
            if old is not None:
                target.write_bytes(old)

        self._undo.append((target.parent, undo))

    def remove(self, path: Path) -> None:
        old = path.read_bytes() if path.is_file() else None
        self._change(lambda: self._real.remove(path))
        if old is not None:
            self._undo.append((path.parent, lambda: path.write_bytes(old) if path.parent.exists() else None))

    def sync_dir(self, path: Path) -> None:
        self._change(lambda: self._real.sync_dir(path))
        self._undo = [(directory, undo) for directory, undo in self._undo if directory != path]

    def _change(self, do: Callable[[], None], half: Callable[[], object] | None = None) -> None:
        assert not self.dead, "nothing runs after the crash"
        self.count += 1
        if self.count != self._at:
            do()
            return
        if self._when == "after":
            do()
        elif self._when == "half" and half is not None:
            half()
        self.dead = True
        if self._power_loss:
            for _, undo in reversed(self._undo):
                undo()
        raise Crashed


class FullFilesystem(OsFilesystem):
    """A disk that takes nothing while `full`; `appends` too if told so. Counts its refusals."""

    def __init__(self) -> None:
        self.full = False
        self.appends_fail = False
        self.refused = 0

    def write(self, path: Path, data: bytes) -> None:
        self._refuse(self.full)
        super().write(path, data)

    def append(self, path: Path, data: bytes) -> None:
        self._refuse(self.appends_fail)
        super().append(path, data)

    def remove(self, path: Path) -> None:
        super().remove(path)
        if path.name == ".ballast":
            self.appends_fail = False  # that made room

    def _refuse(self, refuse: bool) -> None:
        if refuse:
            self.refused += 1
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class ReadOnlyFilesystem(OsFilesystem):
    """A disk that the system has mounted read-only after an error, while `read_only`. Counts its refusals."""

    def __init__(self) -> None:
        self.read_only = False
        self.refused = 0

    def mkdir(self, path: Path) -> None:
        if not path.exists():
            self._refuse()
        super().mkdir(path)

    def write(self, path: Path, data: bytes) -> None:
        self._refuse()
        super().write(path, data)

    def append(self, path: Path, data: bytes) -> None:
        self._refuse()
        super().append(path, data)

    def rename(self, source: Path, target: Path) -> None:
        self._refuse()
        super().rename(source, target)

    def remove(self, path: Path) -> None:
        if path.exists():
            self._refuse()
        super().remove(path)

    def _refuse(self) -> None:
        if self.read_only:
            self.refused += 1
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))


class UnsyncedFilesystem(OsFilesystem):
    """For tests of thousands of chunks in which no power fails."""

    def sync_dir(self, path: Path) -> None:
        pass

    @staticmethod
    def _put(path: Path, data: bytes, mode: int) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | mode, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(data)
