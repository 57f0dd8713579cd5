"""Migrations (Alembic), run at every start under a lock, so that several servers may start at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from deskreel.core.errors import DatabaseUnavailableError

_LOCK = 727_400_001  # any fixed number: the advisory lock that migrations hold


def migrate(url: str) -> None:
    """Bring the database at `url` up to date; does nothing when it is.

    Raises:
        DatabaseUnavailableError: PostgreSQL is away.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    engine = create_engine(f"postgresql+psycopg://{url.partition('://')[2]}")
    try:
        connection = engine.connect()
    except OperationalError as error:
        engine.dispose()
        raise DatabaseUnavailableError(str(error.orig).strip().splitlines()[0]) from error
    try:
        with connection:
            connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
            connection.commit()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
            connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
    finally:
        engine.dispose()
