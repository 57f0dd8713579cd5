"""Enrolment, the desired state of recorders, and what recorders report."""

from __future__ import annotations

import secrets
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import TypeAdapter
from sqlalchemy import Row, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import InvalidInputError, NotEnrolledError, NotFoundError
from deskreel.core.ids import AgentId, RecorderId, ScreenRecordingId
from deskreel.core.messages import Desired, Keep, Observed, Order, Phase
from deskreel.core.policy import CapturePolicy
from deskreel.core.time import WallTime
from deskreel.server.audit.service import record
from deskreel.server.context import Context, secret_hash
from deskreel.server.jobs.names import FINISH_RECORDING
from deskreel.server.people.model import AgentRef
from deskreel.server.people.service import agent_by_key
from deskreel.server.people.tables import agents
from deskreel.server.recorders.model import (
    Enrolled,
    Enrolment,
    ManifestDocument,
    Recorder,
    RecorderList,
    UploadToken,
)
from deskreel.server.recorders.tables import enrolment_tokens, recorders
from deskreel.server.recordings.rows import expected_windows, parse_manifest
from deskreel.server.recordings.tables import recording_parts, screen_recordings

TOKEN_LIFETIME_MS = 24 * 3_600_000
ONLINE_MS = 15_000  # recorders report every 5 s at least
_OBSERVED: TypeAdapter[Observed] = TypeAdapter(Observed)
_PHASES = {"recording": Phase.RECORDING, "paused": Phase.PAUSED, "acw": Phase.ACW}


async def make_token(context: Context, agent: str) -> str:
    """A one-time enrolment token for an agent, who is made if new; valid for a day."""
    now = context.clock()
    token = secrets.token_urlsafe(24)
    async with context.db.begin() as connection:
        agent_id = await agent_by_key(context, connection, agent)
        await connection.execute(
            enrolment_tokens.insert().values(
                token_hash=secret_hash(token), agent_id=agent_id, expires_at=now + TOKEN_LIFETIME_MS
            )
        )
        await record(connection, at=now, actor="cli", action="recorder.token_made", subject=agent_id)
    return token


async def enrol(context: Context, enrolment: Enrolment) -> Enrolled:
    """Turn a one-time token into a credential.

    Raises:
        NotEnrolledError: the token is unknown, used, or expired.
        InvalidInputError: the public key is none.
    """
    _import_key(enrolment.public_key)
    now = context.clock()
    async with context.db.begin() as connection:
        agent_id = await connection.scalar(
            update(enrolment_tokens)
            .where(
                enrolment_tokens.c.token_hash == secret_hash(enrolment.token),
                enrolment_tokens.c.used_at.is_(None),
                enrolment_tokens.c.expires_at > now,
            )
            .values(used_at=now)
            .returning(enrolment_tokens.c.agent_id)
        )
        if agent_id is None:
            raise NotEnrolledError("the token is unknown, used or expired")
        await connection.execute(  # the same desktop, enrolled again: its old identity is gone
            update(recorders)
            .where(
                recorders.c.agent_id == agent_id,
                recorders.c.hostname == enrolment.hostname,
                recorders.c.revoked_at.is_(None),
            )
            .values(revoked_at=now)
        )
        recorder_id = context.new_id("rcd")
        credential = secrets.token_urlsafe(32)
        await connection.execute(
            recorders.insert().values(
                id=recorder_id,
                agent_id=agent_id,
                hostname=enrolment.hostname,
                credential_hash=secret_hash(credential),
                public_key=enrolment.public_key,
                created_at=now,
            )
        )
        name = await connection.scalar(select(agents.c.name).where(agents.c.id == agent_id))
        await record(connection, at=now, actor=recorder_id, action="recorder.enrolled", subject=agent_id)
    return Enrolled(recorder_id=recorder_id, credential=credential, agent_name=str(name))


async def authenticate(context: Context, credential: str) -> Row[Any]:
    """The recorder's row.

    Raises:
        NotEnrolledError: unknown or revoked.
    """
    async with context.db.begin() as connection:
        row = (
            await connection.execute(
                select(recorders).where(
                    recorders.c.credential_hash == secret_hash(credential), recorders.c.revoked_at.is_(None)
                )
            )
        ).one_or_none()
    if row is None:
        raise NotEnrolledError("the server does not know this credential")
    return row


async def connected(context: Context, recorder: Row[Any]) -> None:
    """A recorder came online: it takes over what was asked of nobody."""
    now = context.clock()
    async with context.db.begin() as connection:
        await connection.execute(
            update(recorders).where(recorders.c.id == recorder.id).values(last_seen_at=now)
        )
        await connection.execute(
            update(screen_recordings)
            .where(
                screen_recordings.c.agent_id == recorder.agent_id,
                screen_recordings.c.recorder_id.is_(None),
                screen_recordings.c.ended_at.is_(None),
            )
            .values(recorder_id=recorder.id)
        )


async def desired_state(context: Context, recorder_id: RecorderId, agent_id: AgentId) -> Desired:
    """All that one recorder should be doing now."""
    async with context.db.begin() as connection:
        # The moment is taken before the rows are read: what commits later carries a later moment.
        as_of = context.clock()
        version = await connection.scalar(select(agents.c.desired_version).where(agents.c.id == agent_id))
        rows = (
            await connection.execute(
                select(screen_recordings)
                .where(
                    screen_recordings.c.recorder_id == recorder_id,
                    or_(screen_recordings.c.ended_at.is_(None), screen_recordings.c.manifest.is_(None)),
                )
                .order_by(screen_recordings.c.started_at)
            )
        ).all()
        current = next((row for row in reversed(rows) if row.ended_at is None), None)
        boundary = await _boundary(connection, current)
    order = None if current is None else _order(context, current, boundary)
    return Desired(
        version=version or 0,
        as_of=as_of,
        phase=Phase.IDLE if current is None else _PHASES[current.state],
        order=order,
        keep=tuple(_keep(row) for row in rows),
        policy=CapturePolicy(max_fps=context.settings.max_fps),
    )


async def _boundary(connection: AsyncConnection, row: Row[Any] | None) -> int:
    """Counts begins and ends of calls within a recording: it rises whenever the recorder should cut."""
    if row is None:
        return 0
    count = await connection.scalar(
        select(func.count() + func.count(recording_parts.c.call_ended_at)).where(
            recording_parts.c.screen_recording_id == row.id
        )
    )
    return int(count or 0)


def _order(context: Context, row: Row[Any], boundary: int) -> Order:
    recording_id = ScreenRecordingId(row.id)
    return Order(
        screen_recording_id=recording_id,
        origin=WallTime(row.started_at),
        gateway_url=context.settings.media_url,
        upload_token=context.upload_token(recording_id),
        canvas_width=row.canvas_width,
        canvas_height=row.canvas_height,
        boundary=boundary,
    )


def _keep(row: Row[Any]) -> Keep:
    return Keep(
        screen_recording_id=ScreenRecordingId(row.id),
        windows=tuple((w.start, w.end) for w in expected_windows(row)),
        ended=row.ended_at is not None,
    )


async def observed(context: Context, recorder_id: RecorderId, report: Observed) -> None:
    """Store what a recorder reports."""
    now = context.clock()
    async with context.db.begin() as connection:
        await connection.execute(
            update(recorders)
            .where(recorders.c.id == recorder_id)
            .values(last_seen_at=now, observed=_OBSERVED.dump_python(report, mode="json"))
        )
        if report.screen_recording_id is None:
            return
        values = {
            "first_frame_at": func.coalesce(screen_recordings.c.first_frame_at, report.first_frame_at),
            "clock_offset_ms": report.clock_offset_ms,
            "clock_uncertainty_ms": report.clock_uncertainty_ms,
        }
        await connection.execute(
            update(screen_recordings)
            .where(
                screen_recordings.c.id == report.screen_recording_id,
                screen_recordings.c.recorder_id == recorder_id,
            )
            .values(**values)
        )


async def recorders_health(context: Context) -> RecorderList:
    """Every enrolled recorder and how it is."""
    query = (
        select(recorders, agents.c.name)
        .join(agents, agents.c.id == recorders.c.agent_id)
        .where(recorders.c.revoked_at.is_(None))
        .order_by(agents.c.name, recorders.c.created_at)
    )
    async with context.db.begin() as connection:
        rows = (await connection.execute(query)).all()
    heard_since = context.clock() - ONLINE_MS
    return RecorderList(
        items=[
            Recorder(
                id=row.id,
                agent=AgentRef(id=row.agent_id, name=row.name),
                hostname=row.hostname,
                online=row.observed is not None and (row.last_seen_at or 0) >= heard_since,
                last_seen_at=row.last_seen_at,
                observed=row.observed,
            )
            for row in rows
        ]
    )


async def _own_recording(
    connection: AsyncConnection, recorder_id: RecorderId, recording_id: ScreenRecordingId
) -> Row[Any]:
    row = (
        await connection.execute(
            select(screen_recordings).where(
                screen_recordings.c.id == recording_id, screen_recordings.c.recorder_id == recorder_id
            )
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"{recording_id} is not a screen recording of this recorder")
    return row


async def upload_token(
    context: Context, recorder_id: RecorderId, recording_id: ScreenRecordingId
) -> UploadToken:
    """A fresh token for a recording that the recorder still has chunks of.

    Raises:
        NotFoundError: not a recording of this recorder.
    """
    async with context.db.begin() as connection:
        await _own_recording(connection, recorder_id, recording_id)
    return UploadToken(
        upload_token=context.upload_token(recording_id), gateway_url=context.settings.media_url
    )


async def take_manifest(
    context: Context, recorder: Row[Any], recording_id: ScreenRecordingId, document: ManifestDocument
) -> bool:
    """Store a recorder's manifest and have the recording finished. False when it was known already.

    Raises:
        NotFoundError: not a recording of this recorder.
        InvalidInputError: for another recording, or the signature does not hold.
    """
    if document.screen_recording_id != recording_id:
        raise InvalidInputError("the manifest is of another screen recording")
    manifest = parse_manifest(document.model_dump())
    _verify_signature(recorder.public_key, document.signature, manifest.chain())
    async with context.db.begin() as connection:
        row = await _own_recording(connection, RecorderId(recorder.id), recording_id)
        if row.ended_at is None:
            raise InvalidInputError(
                "the screen recording has not ended", hint="Send the manifest after its end."
            )
        if row.manifest is not None:
            return False
        await connection.execute(
            update(screen_recordings)
            .where(screen_recordings.c.id == recording_id)
            .values(
                manifest=document.model_dump(),
                clock_offset_ms=document.clock_offset_ms,
                clock_uncertainty_ms=document.clock_uncertainty_ms,
            )
        )
    await context.jobs.configure_task(FINISH_RECORDING).defer_async(screen_recording_id=recording_id)
    return True


def _import_key(public_key: dict[str, Any]) -> OKPKey:
    try:
        key = OKPKey.import_key({name: str(value) for name, value in public_key.items()})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise InvalidInputError("public_key is not a JWK of an Ed25519 key") from error
    if key.is_private or key.curve_name != "Ed25519":
        raise InvalidInputError("public_key must be the public half of an Ed25519 key")
    return key


def _verify_signature(public_key: dict[str, Any], signature: str, chain: str) -> None:
    try:
        signed = jws.deserialize_compact(signature, _import_key(public_key), algorithms=["Ed25519", "EdDSA"])
    except (JoseError, ValueError) as error:
        raise InvalidInputError("the manifest's signature does not hold") from error
    if signed.payload != chain.encode():
        raise InvalidInputError("the manifest's signature is over other chunks")
