"""One gateway process (`deskreel serve --only gateway`) on a file store, and tokens that it takes."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.load import Address
from bench.processes import address_of, until_answers
from deskreel.core.ids import ScreenRecordingId
from deskreel.core.time import WallTime, Window
from deskreel.core.tokens import Grant
from deskreel.demo.processes import Program, free_address
from deskreel.storage.region_key import RegionKeys
from deskreel.storage.signing import load_or_create_keypair, sign_grant

_TOKEN_MS = 3_600_000


class Gateway:
    """A running gateway with its data in `home`, between `with` and the end of the block."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.objects = home / "data" / "objects"  # the store's directory
        self._listen = free_address(0)
        home.mkdir(parents=True)
        self._key = load_or_create_keypair(home / "data" / "keys")
        self.region = RegionKeys.load_or_create(home / "data" / "keys").newest  # what chunks are sealed for
        self._program: Program | None = None

    @property
    def address(self) -> Address:
        """Where it listens."""
        return address_of(self._listen)

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._program is not None
        return self._program.process.pid

    def __enter__(self) -> Self:
        env = {
            "DESKREEL_DATA_DIR": str(self.home / "data"),
            "DESKREEL_STORAGE_URL": self.objects.as_uri(),
            "DESKREEL_LISTEN": self._listen,
        }
        self._program = Program(
            "gateway", ["deskreel", "serve", "--only", "gateway"], env=env, log_dir=self.home
        )
        try:
            until_answers(self.address, "/health", self._program.require_running)
        except BaseException:
            self._program.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._program is not None:
            self._program.stop()

    def upload_token(self, scr: ScreenRecordingId) -> str:
        """To write a recording."""
        return sign_grant(
            self._key, Grant(purpose="upload", subject=scr, expires_at=WallTime(_wall_ms() + _TOKEN_MS))
        )

    def play_token(self, scr: ScreenRecordingId, window: Window, *, final: bool) -> str:
        """To read what a recording shows in `window`."""
        expires_at = WallTime(_wall_ms() + _TOKEN_MS)
        grant = Grant(purpose="play", subject=scr, expires_at=expires_at, windows=(window,), final=final)
        return sign_grant(self._key, grant)


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
