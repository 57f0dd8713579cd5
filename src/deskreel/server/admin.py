"""What the command line does on the server's own machine: straight on database and store, no HTTP."""

from __future__ import annotations

from pathlib import Path

from deskreel.core.errors import ConflictError, InvalidInputError
from deskreel.core.ids import InteractionId, check_id
from deskreel.media.export import ExportResult
from deskreel.server import check as checking
from deskreel.server.calls import service as calls
from deskreel.server.people import service as people
from deskreel.server.people.model import Role
from deskreel.server.recorders import service as recorders
from deskreel.server.recordings.export import export_interaction
from deskreel.server.settings import ServerSettings, load_settings
from deskreel.server.startup import open_context
from deskreel.storage.store import open_store

SIMULATOR = "simulator"  # the telephony source of simulated calls


async def check(settings: ServerSettings | None = None) -> checking.Report:
    """The database against the object store."""
    settings = settings or load_settings()
    async with open_context(settings) as context:
        return await checking.check(context, open_store(settings.objects_url))


async def export(interaction: str, out: Path, settings: ServerSettings | None = None) -> ExportResult:
    """An interaction as one MP4."""
    settings = settings or load_settings()
    interaction_id = InteractionId(check_id("int", interaction))
    async with open_context(settings) as context:
        return await export_interaction(context, open_store(settings.objects_url), interaction_id, out)


async def add_user(
    *,
    email: str,
    name: str,
    role: str,
    password: str,
    reset: bool = False,
    settings: ServerSettings | None = None,
) -> str:
    """A user who can sign in."""
    if role not in Role.__members__.values():
        raise InvalidInputError(f"--role {role!r}", hint=f"Use one of {', '.join(Role)}.")
    async with open_context(settings or load_settings()) as context:
        return await people.add_user(
            context, email=email, name=name, role=Role(role), password=password, reset=reset
        )


async def add_source(name: str, settings: ServerSettings | None = None) -> str:
    """A telephony source; gives its signing secret."""
    async with open_context(settings or load_settings()) as context:
        return await calls.add_source(context, name)


async def simulator_secret(settings: ServerSettings | None = None) -> str:
    """The signing secret of the source `simulator`, which is made at first use."""
    async with open_context(settings or load_settings()) as context:
        try:
            return await calls.add_source(context, SIMULATOR)
        except ConflictError:
            return await calls.secret_of(context, SIMULATOR)


async def recorder_token(agent: str, settings: ServerSettings | None = None) -> str:
    """A one-time enrolment token."""
    async with open_context(settings or load_settings()) as context:
        return await recorders.make_token(context, agent)
