"""All tables, gathered: import this where the whole metadata is needed (migrations, checks)."""

from deskreel.server.audit import tables as audit
from deskreel.server.calls import tables as calls
from deskreel.server.db.base import metadata
from deskreel.server.interactions import tables as interactions
from deskreel.server.people import tables as people
from deskreel.server.recorders import tables as recorders
from deskreel.server.recordings import tables as recordings

__all__ = ["audit", "calls", "interactions", "metadata", "people", "recorders", "recordings"]
