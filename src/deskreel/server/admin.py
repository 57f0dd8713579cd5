"""What the command line does on the server's own machine: straight on database and store, no HTTP."""

from __future__ import annotations

from pathlib import Path

from deskreel.core.errors import ConflictError, InvalidInputError
from deskreel.core.ids import InteractionId, check_id
from deskreel.core.policy import Notice
from deskreel.media.export import ExportResult
from deskreel.server import check as checking
from deskreel.server.accounts import changes
from deskreel.server.accounts.model import FeaturesChange, FeaturesState
from deskreel.server.accounts.service import account_row
from deskreel.server.audit.service import record
from deskreel.server.calls import service as calls
from deskreel.server.paging import LARGEST
from deskreel.server.people import passwords, roster, users
from deskreel.server.people.model import ImportReport, Role, UserChange, UserDetails
from deskreel.server.permissions import Scope
from deskreel.server.recorders import enrolment
from deskreel.server.recordings.export import export_interaction
from deskreel.server.settings import ServerSettings, load_settings
from deskreel.server.startup import open_context
from deskreel.storage.store import open_store

SIMULATOR = "simulator"  # the telephony source of simulated calls


async def check(settings: ServerSettings | None = None, region: str | None = None) -> checking.Report:
    """The database against a region's object store; by default that of the home region.

    Raises:
        UnknownRegionError, RegionIncompleteError: no such region, or it is not said where its objects are.
    """
    async with open_context(settings or load_settings()) as context:
        wanted = context.regions[region or context.regions.home]
        return await checking.check(context, open_store(wanted.objects_url), wanted.name)


async def export(interaction: str, out: Path, settings: ServerSettings | None = None) -> ExportResult:
    """An interaction as one MP4."""
    settings = settings or load_settings()
    interaction_id = InteractionId(check_id("int", interaction))
    async with open_context(settings) as context:
        result = await export_interaction(context, interaction_id, out)
        async with context.db.begin() as connection:
            now = context.clock()
            await record(
                connection, at=now, actor="cli", action="interaction.exported", subject=interaction_id
            )
        return result


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
        return await users.add_user(
            context, email=email, name=name, role=Role(role), password=password, reset=reset
        )


async def set_up_account(
    *,
    features: dict[str, bool] | None = None,
    notice: Notice | None = None,
    settings: ServerSettings | None = None,
) -> FeaturesState:
    """Switch features on or off; without any, just say how they stand."""
    async with open_context(settings or load_settings()) as context:
        if features or notice is not None:
            async with context.db.begin() as connection:
                version = (await account_row(connection)).version
            change = FeaturesChange(version=version, notice=notice, **(features or {}))
            await changes.set_features(context, "cli", change)
        async with context.db.begin() as connection:
            row = await account_row(connection)
        return FeaturesState(**{name: getattr(row, name) for name in FeaturesState.model_fields})


async def record_everybody(settings: ServerSettings) -> None:
    """Switch everything on, for every agent as soon as the telephony names them: demo, tests, benchmarks."""
    on = ("quality_management", "call_recording", "screen_recording", "new_agents")
    await set_up_account(features=dict.fromkeys(on, True), notice=settings.notice, settings=settings)


async def list_users(settings: ServerSettings | None = None) -> list[UserDetails]:
    """Every user, by name."""
    found: list[UserDetails] = []
    async with open_context(settings or load_settings()) as context:
        cursor: str | None = None
        while True:
            page = await users.page(context, Scope(), limit=LARGEST, cursor=cursor)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                return found


async def reset_password(email: str, settings: ServerSettings | None = None) -> passwords.NewCode:
    """A one-time code by which a user sets a new password; the old one and their sessions end."""
    async with open_context(settings or load_settings()) as context:
        user = await users.by_email(context, email)
        return await passwords.reset(context, "cli", user.id)


async def set_active(email: str, active: bool, settings: ServerSettings | None = None) -> None:
    """Let a user in, or shut them out at once."""
    async with open_context(settings or load_settings()) as context:
        user = await users.by_email(context, email)
        fields = users.fields_of(user).model_dump() | {"active": active, "version": user.version}
        await users.change(context, "cli", user.id, UserChange.model_validate(fields))


async def import_users(
    data: bytes, *, dry_run: bool = False, settings: ServerSettings | None = None
) -> ImportReport:
    """Users from a CSV file; all of it or nothing."""
    async with open_context(settings or load_settings()) as context:
        return await roster.import_csv(context, "cli", data, dry_run=dry_run)


async def export_users(settings: ServerSettings | None = None) -> str:
    """All users as CSV."""
    async with open_context(settings or load_settings()) as context:
        return await roster.export_csv(context, "cli")


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
        return await enrolment.make_token(context, agent)
