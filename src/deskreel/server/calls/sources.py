"""Telephony sources as an admin sees them: make, change, rotate, remove; and how each stands."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import ConflictError, InvalidInputError, NotFoundError
from deskreel.core.ids import SourceId
from deskreel.server.audit.service import record
from deskreel.server.calls.losses import BUILT_IN, let_go
from deskreel.server.calls.service import good_secrets
from deskreel.server.calls.source_model import (
    AsteriskFields,
    CallEventsFields,
    MadeSource,
    NewSource,
    Source,
    SourceChange,
    SourceList,
    SourceStatus,
)
from deskreel.server.calls.tables import losses, sources
from deskreel.server.context import Context
from deskreel.server.recordings.sessions import Outcome, schedule
from deskreel.server.secret_box import SecretBox
from deskreel.telephony.asterisk.settings import AsteriskSettings
from deskreel.telephony.signature import make_secret

ROTATION_MS = 24 * 3_600_000  # so long the old secret counts beside the new one
STALE_MS = 10_000  # a status older than this is of a server that has gone
_PLAIN = frozenset(
    {"monitor_dir", "monitor_prefix", "on_unknown_pause"}
)  # settings that are not the follower's


def _box(context: Context) -> SecretBox:
    return SecretBox.load_or_create(context.settings.data_dir.resolve() / "keys")


def asterisk_settings(context: Context, row: Row[Any], **changes: Any) -> AsteriskSettings:
    """What a follower of this source goes by.

    Raises:
        SettingsError: the secret cannot be opened here.
    """
    given = {name: value for name, value in row.settings.items() if name not in _PLAIN}
    secret = "" if row.secret_box is None else _box(context).open(row.secret_box)
    return AsteriskSettings.model_validate({**given, "secret": secret, **changes})


# --- reading --------------------------------------------------------------------------------------------------


def _visible() -> Any:
    lost = exists().where(losses.c.source_id == sources.c.id, losses.c.ended_at.is_(None))
    return (
        select(sources, lost.label("lost"))
        .where(sources.c.deleted_at.is_(None), sources.c.name != BUILT_IN)
        .order_by(sources.c.name)
    )


async def list_sources(context: Context) -> SourceList:
    """Every source, by name."""
    async with context.db.begin() as connection:
        rows = (await connection.execute(_visible())).all()
    return SourceList(items=[_shown(context, row) for row in rows])


async def get_source(context: Context, source_id: str) -> Source:
    """One source.

    Raises:
        NotFoundError: there is none of this id.
    """
    async with context.db.begin() as connection:
        return _shown(context, await source_row(connection, source_id))


async def source_row(connection: AsyncConnection, source_id: str) -> Row[Any]:
    """A source that was not deleted.

    Raises:
        NotFoundError: there is none of this id.
    """
    row = (await connection.execute(_visible().where(sources.c.id == source_id))).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no telephony source {source_id}")
    return row


def _shown(context: Context, row: Row[Any]) -> Source:
    asterisk = row.kind == "asterisk"
    now = context.clock()
    return Source(
        id=row.id,
        name=row.name,
        kind=row.kind,
        active=row.active,
        created_at=row.created_at,
        call_events=None if asterisk else CallEventsFields(**row.settings),
        asterisk=AsteriskFields(**row.settings) if asterisk else None,
        secrets=len(good_secrets(row, now)),
        old_secret_until=row.old_secret_until,
        status=_status(row, now),
    )


def _status(row: Row[Any], now: int) -> SourceStatus:
    known: Mapping[str, Any] = row.status or {}
    plain = {"last_event_at": row.last_event_at, "lag_ms": row.least_delay_ms, "heard_at": row.heard_at}
    if not row.active:
        return SourceStatus(state="off", since=None, **plain)
    if row.kind == "call_events":
        heard = row.last_event_at is not None
        return SourceStatus(
            state="lost" if row.lost else "connected" if heard else "waiting",
            since=None,
            error="It has been silent for longer than it may be." if row.lost else None,
            hint="Check that it runs and that its heartbeats reach this server." if row.lost else None,
            **plain,
        )
    stale = row.status_at is None or now - row.status_at > STALE_MS
    connected = bool(known.get("connected")) and not stale
    error, hint = known.get("error"), known.get("hint")
    if stale and known:
        error, hint = "No server follows it now.", "Check that a server runs; it takes over by itself."
    return SourceStatus(
        state="connected" if connected else "lost" if known.get("connects") or error else "waiting",
        since=known.get("since"),
        connects=known.get("connects", 0),
        error=error,
        hint=hint,
        **plain,
    )


# --- writing --------------------------------------------------------------------------------------------------


async def make_source(context: Context, actor: str, new: NewSource) -> MadeSource:
    """A new source.

    Raises:
        ConflictError: one has this name.
        InvalidInputError: the settings are not those of its kind.
    """
    asterisk = new.kind == "asterisk"
    if asterisk and (new.asterisk is None or new.secret is None):
        raise InvalidInputError("a source of the kind asterisk needs `asterisk` and `secret`")
    if (asterisk and new.call_events is not None) or (not asterisk and (new.asterisk or new.secret)):
        raise InvalidInputError(f"these are not settings of the kind {new.kind}")
    fields = new.asterisk if asterisk else new.call_events or CallEventsFields()
    signing = None if asterisk else make_secret(secrets.token_bytes(32))
    now, source_id = context.clock(), context.new_id("src")
    async with context.db.begin() as connection:
        made = await connection.scalar(
            insert(sources)
            .values(
                id=source_id,
                name=new.name,
                kind=new.kind,
                secrets=[] if signing is None else [signing],
                settings={} if fields is None else fields.model_dump(mode="json"),
                secret_box=None if new.secret is None else _box(context).close(new.secret.get_secret_value()),
                created_at=now,
            )
            .on_conflict_do_nothing()
            .returning(sources.c.id)
        )
        if made is None:
            raise ConflictError(f"a telephony source named {new.name} exists")
        await record(
            connection, at=now, actor=actor, action="source.created", subject=source_id, name=new.name
        )
        shown = _shown(context, await source_row(connection, source_id))
    return MadeSource(source=shown, secret=signing)


async def change_source(context: Context, actor: str, source_id: str, change: SourceChange) -> Source:
    """Other settings for a source; a server that follows it begins anew. Switched off, its calls are over.

    Raises:
        NotFoundError: there is none of this id.
        InvalidInputError: the settings are not those of its kind.
    """
    now = context.clock()
    outcomes: list[Outcome] = []
    async with context.db.begin() as connection:
        row = await source_row(connection, source_id)
        given = change.model_fields_set
        foreign = {"call_events"} if row.kind == "asterisk" else {"asterisk", "secret"}
        if wrong := given & foreign:
            raise InvalidInputError(f"{min(wrong)} is none of the settings of the kind {row.kind}")
        values: dict[str, Any] = {"version": sources.c.version + 1}
        fields = change.asterisk if row.kind == "asterisk" else change.call_events
        if fields is not None:
            values["settings"] = fields.model_dump(mode="json")
        if change.active is not None:
            values["active"] = change.active
        if change.secret is not None:
            values["secret_box"] = _box(context).close(change.secret.get_secret_value())
        if row.active and change.active is False:
            outcomes = await let_go(context, connection, SourceId(source_id))
        await connection.execute(update(sources).where(sources.c.id == source_id).values(**values))
        await record(
            connection,
            at=now,
            actor=actor,
            action="source.changed",
            subject=source_id,
            changed=sorted(given),
            settings=[row.settings, values.get("settings", row.settings)],
        )
        shown = _shown(context, await source_row(connection, source_id))
    for outcome in outcomes:
        await schedule(context, outcome)
    return shown


async def rotate(context: Context, actor: str, source_id: str) -> MadeSource:
    """A new signing secret; the one before counts for a day, or until it is retired.

    Raises:
        NotFoundError: there is none of this id.
        InvalidInputError: an Asterisk signs nothing.
    """
    secret, now = make_secret(secrets.token_bytes(32)), context.clock()
    async with context.db.begin() as connection:
        row = await source_row(connection, source_id)
        if row.kind != "call_events":
            raise InvalidInputError("this source signs nothing", hint="Change its `secret` instead.")
        await connection.execute(
            update(sources)
            .where(sources.c.id == source_id)
            .values(secrets=[*row.secrets[-1:], secret], old_secret_until=now + ROTATION_MS)
        )
        await record(connection, at=now, actor=actor, action="source.rotated", subject=source_id)
        return MadeSource(source=_shown(context, await source_row(connection, source_id)), secret=secret)


async def retire_old_secret(context: Context, actor: str, source_id: str) -> Source:
    """From now on only the newest secret counts.

    Raises:
        NotFoundError: there is none of this id.
    """
    now = context.clock()
    async with context.db.begin() as connection:
        row = await source_row(connection, source_id)
        await connection.execute(
            update(sources)
            .where(sources.c.id == source_id)
            .values(secrets=row.secrets[-1:], old_secret_until=None)
        )
        await record(connection, at=now, actor=actor, action="source.old_secret_retired", subject=source_id)
        return _shown(context, await source_row(connection, source_id))


async def delete_source(context: Context, actor: str, source_id: str) -> None:
    """No more of it; the calls that it told of are over, and stay under a name that says so.

    Raises:
        NotFoundError: there is none of this id.
    """
    now = context.clock()
    async with context.db.begin() as connection:
        row = await source_row(connection, source_id)
        outcomes = await let_go(context, connection, SourceId(source_id))
        await connection.execute(
            update(sources)
            .where(sources.c.id == source_id)
            .values(
                name=f"{row.name} (deleted {source_id[-6:]})",
                secrets=[],
                secret_box=None,
                old_secret_until=None,
                active=False,
                deleted_at=now,
                version=sources.c.version + 1,
            )
        )
        await record(
            connection, at=now, actor=actor, action="source.deleted", subject=source_id, name=row.name
        )
    for outcome in outcomes:
        await schedule(context, outcome)
