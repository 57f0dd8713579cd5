"""The metadata that every capability's tables join, and the column types they share."""

from __future__ import annotations

from sqlalchemy import BigInteger, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Millis = BigInteger  # WallTime: ms since the Unix epoch, as everywhere
