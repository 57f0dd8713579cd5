"""One real PostgreSQL per test process, and a fresh, migrated database per test."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import tempfile
from pathlib import Path

import psutil
import psycopg

from deskreel.server.db.embedded import start_embedded
from deskreel.server.db.migrate import migrate

_numbers = itertools.count()


class TestPostgres:
    """Hands out databases."""

    __test__ = False

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="deskreel-test-pg-"))
        given = os.environ.get("DESKREEL_TEST_DATABASE_URL")
        self.url = given or start_embedded(self._folder)
        self._template = f"deskreel_template_{os.getpid()}"
        self._admin(f"CREATE DATABASE {self._template}")
        migrate(self._url_of(self._template))

    def fresh(self) -> str:
        """The URL of a new database."""
        name = f"deskreel_test_{os.getpid()}_{next(_numbers)}"
        self._admin(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        return self._url_of(name)

    def close(self) -> None:
        """Stop the embedded server at once: nobody will miss the data."""
        pid_file = self._folder / "postgres" / "postmaster.pid"
        if pid_file.exists():
            postmaster = psutil.Process(int(pid_file.read_text().split()[0]))
            postmaster.send_signal(signal.SIGQUIT)
            postmaster.wait(20)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _url_of(self, name: str) -> str:
        address, _, query = self.url.partition("?")
        return f"{address.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")

    def _admin(self, command: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(command)  # type: ignore[arg-type]  # names made here, no outside input
