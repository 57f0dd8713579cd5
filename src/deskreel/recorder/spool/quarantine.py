"""Where the spool puts what is damaged or refused for good, each with the reason beside it. Nothing deletes it."""

from __future__ import annotations

import json
from pathlib import Path

from deskreel.recorder.files import Filesystem, make_dir


class Quarantine:
    """The directory `root`. Raises OSError as the system says."""

    def __init__(self, root: Path, fs: Filesystem) -> None:
        self._root = root
        self._fs = fs

    def take(self, path: Path, reason: str, *, of: str = "") -> None:
        """Move a file or directory here, below `of` if that is given; the reason is written first."""
        directory = self._root / of
        make_dir(self._fs, directory)
        target, count = directory / path.name, 1
        while target.exists():
            target, count = directory / f"{path.name}.{count}", count + 1
        note = target.with_name(target.name + ".reason.json")
        self._fs.write(note, json.dumps({"reason": reason, "from": str(path)}, indent=1).encode())
        self._fs.rename(path, target)
        self._fs.sync_dir(directory)
        self._fs.sync_dir(path.parent)
