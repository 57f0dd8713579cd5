"""Rows of media regions: which one the account, a team or an agent has chosen; and when its workers were seen."""

from sqlalchemy import Column, Integer, Table, Text

from deskreel.server.db.base import Millis, metadata

region_choices = Table(
    "region_choices",
    metadata,
    Column("scope", Text, primary_key=True),  # "account", a team's id, or an agent's id
    Column("region", Text),  # null: inherited again
    Column("version", Integer, nullable=False),
    Column("updated_at", Millis, nullable=False),
)

region_workers = Table(
    "region_workers",
    metadata,
    Column("region", Text, primary_key=True),
    Column("seen_at", Millis, nullable=False),  # when one of its workers was last at work
)
