"""A file system that knows what a power cut would leave of it, at every step.

It works on a real directory and keeps a model beside it: bytes count as on the disk once their file was synced,
names once their directory was. What was not synced may be there or not, in parts, or as zeros. POSIX promises no
order among names, so that any of those not synced may be lost; but a move never loses the file itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from deskreel.recorder.files import OsFilesystem

Tree = dict[str, bytes | None]  # relative path: content, or None for a directory


@dataclass
class Inode:
    synced: bytes = b""
    unsynced: bytes | None = None  # all of the content, when it differs from what was synced

    def after_power_cut(self) -> list[bytes]:
        if self.unsynced is None:
            return [self.synced]
        new = self.unsynced
        half = (len(self.synced) + len(new)) // 2 if new.startswith(self.synced) else len(new) // 2
        zeros = (
            self.synced + bytes(len(new) - len(self.synced))
            if new.startswith(self.synced)
            else bytes(len(new))
        )
        return list(dict.fromkeys([self.synced, new[:half], zeros, new]))


@dataclass(frozen=True)
class Change:
    """One name that came or went and is not synced."""

    number: int
    path: Path
    node: Inode | None  # None: the name is gone
    is_dir: bool = False
    needs: int | None = None  # another change without which this one never is on the disk


@dataclass
class PowerFilesystem:
    """`step` is called after every step of which a power cut may be the end."""

    root: Path
    step: Callable[[], None] = lambda: None
    _real: OsFilesystem = field(default_factory=OsFilesystem)
    _names: dict[Path, Inode | None] = field(default_factory=dict)  # on the disk; None: a directory
    _live: dict[Path, Inode] = field(default_factory=dict)
    _pending: list[Change] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    # --- what a power cut leaves ----------------------------------------------------------------------------

    def trees(self) -> Iterator[Tree]:
        """Every tree of which this instant's power cut may be the cause, without telling apart more than needed:
        none, all, all up to one, and all but one of the unsynced names; for each unsynced file its contents."""
        changes = self._pending
        chosen = [changes[:n] for n in range(len(changes) + 1)]
        chosen += [[c for c in changes if c is not left_out] for left_out in changes]
        for some in chosen:
            numbers = {change.number for change in some}
            if any(
                c.needs is not None and c.needs not in numbers and self._is_pending(c.needs) for c in some
            ):
                continue
            yield from self._contents(some)

    def _is_pending(self, number: int) -> bool:
        return any(change.number == number for change in self._pending)

    def _contents(self, some: list[Change]) -> Iterator[Tree]:
        names = dict(self._names)
        for change in some:
            if change.node is None and not change.is_dir:
                names.pop(change.path, None)
            else:
                names[change.path] = change.node
        there = {path: node for path, node in names.items() if self._reachable(path, names)}
        dirty = [path for path, node in there.items() if node is not None and node.unsynced is not None]
        tree: Tree = {
            str(path.relative_to(self.root)): None if node is None else node.synced
            for path, node in there.items()
        }
        yield tree
        for path in dirty:
            node = there[path]
            assert node is not None
            for content in node.after_power_cut()[1:]:
                yield {**tree, str(path.relative_to(self.root)): content}

    def _reachable(self, path: Path, names: dict[Path, Inode | None]) -> bool:
        return path.parent == self.root or (
            path.parent in names and names[path.parent] is None and self._reachable(path.parent, names)
        )

    # --- the port -------------------------------------------------------------------------------------------

    def mkdir(self, path: Path) -> None:
        new = [p for p in (path, *path.parents) if p.is_relative_to(self.root) and not p.exists()]
        self._real.mkdir(path)
        for one in reversed(new):
            self._change(one, None, is_dir=True)
            self.step()

    def write(self, path: Path, data: bytes) -> None:
        node = self._node(path)
        node.unsynced = b""
        self.step()
        self._put(path, node, data, lambda: self._real.write(path, data))

    def append(self, path: Path, data: bytes) -> None:
        node = self._node(path)
        whole = (node.synced if node.unsynced is None else node.unsynced) + data
        self._put(path, node, whole, lambda: self._real.append(path, data))

    def rename(self, source: Path, target: Path) -> None:
        moved = {
            path: target / path.relative_to(source) for path in self._known() if path.is_relative_to(source)
        }
        self._real.rename(source, target)
        if source in self._live:
            node = self._live.pop(source)
            self._live[target] = node
            came = self._change(target, node)
            self._change(source, None, needs=came)
        else:  # a directory: its names go with it
            came = self._change(target, None, is_dir=True)
            for old, new in moved.items():
                if old in self._live:
                    self._live[new] = self._live.pop(old)
            for old, new in moved.items():
                if old in self._names and old != source:
                    self._names[new] = self._names.pop(old)
            self._pending = [
                Change(c.number, moved.get(c.path, c.path), c.node, c.is_dir, c.needs)
                if c.path in moved and c.path != source
                else c
                for c in self._pending
            ]
            self._change(source, None, needs=came)
        self.step()

    def remove(self, path: Path) -> None:
        there = path.exists()
        self._real.remove(path)
        if there:
            self._live.pop(path, None)
            self._change(path, None)
        self.step()

    def sync_dir(self, path: Path) -> None:
        self._real.sync_dir(path)
        for change in self._pending:
            if change.path.parent == path:
                if change.node is None and not change.is_dir:
                    self._names.pop(change.path, None)
                else:
                    self._names[change.path] = change.node
        self._pending = [change for change in self._pending if change.path.parent != path]
        self.step()

    # --- inside ---------------------------------------------------------------------------------------------

    def _known(self) -> list[Path]:
        return [*self._names, *self._live, *(change.path for change in self._pending)]

    def _node(self, path: Path) -> Inode:
        if path not in self._live:
            self._live[path] = Inode()
            self._change(path, self._live[path])
            self.step()
        return self._live[path]

    def _put(self, path: Path, node: Inode, content: bytes, do: Callable[[], None]) -> None:
        node.unsynced = content
        self.step()
        do()
        node.synced, node.unsynced = content, None
        self.step()

    def _change(
        self, path: Path, node: Inode | None, *, is_dir: bool = False, needs: int | None = None
    ) -> int:
        number = next(self._numbers)
        self._pending.append(Change(number, path, node, is_dir, needs))
        return number


def plant(tree: Tree, home: Path) -> None:
    """Make a tree real."""
    home.mkdir(parents=True)
    for name, content in sorted(tree.items()):
        path = home / name
        if content is None:
            path.mkdir(exist_ok=True)
        else:
            path.write_bytes(content)
