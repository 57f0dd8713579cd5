"""All tables, gathered: import this where the whole metadata is needed (migrations, checks)."""

from deskreel.server.accounts import tables as accounts
from deskreel.server.apikeys import tables as apikeys
from deskreel.server.audit import tables as audit
from deskreel.server.calls import tables as calls
from deskreel.server.coverage import tables as coverage
from deskreel.server.db.base import metadata
from deskreel.server.evaluations import tables as evaluations
from deskreel.server.interactions import tables as interactions
from deskreel.server.live import tables as live
from deskreel.server.people import tables as people
from deskreel.server.recorders import tables as recorders
from deskreel.server.recordings import tables as recordings
from deskreel.server.regions import tables as regions
from deskreel.server.review import tables as review
from deskreel.server.webhooks import tables as webhooks

__all__ = [
    "accounts",
    "apikeys",
    "audit",
    "calls",
    "coverage",
    "evaluations",
    "interactions",
    "live",
    "metadata",
    "people",
    "recorders",
    "recordings",
    "regions",
    "review",
    "webhooks",
]
