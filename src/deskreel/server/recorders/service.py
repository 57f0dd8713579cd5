"""The desired state of recorders, and what recorders report. How they come to be: `enrolment`, `credentials`."""

from __future__ import annotations

from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Row, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import InvalidInputError, NotFoundError
from deskreel.core.ids import AgentId, RecorderId, ScreenRecordingId
from deskreel.core.messages import Desired, Hello, Keep, Observed, Order, Phase
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime
from deskreel.server.accounts.service import policy_for
from deskreel.server.context import Context
from deskreel.server.jobs.names import FINISH_RECORDING
from deskreel.server.people.model import AgentRef
from deskreel.server.people.service import visible
from deskreel.server.people.tables import agents
from deskreel.server.permissions import Scope
from deskreel.server.recorders.agent import desk_of
from deskreel.server.recorders.credentials import import_key
from deskreel.server.recorders.model import (
    ManifestDocument,
    Recorder,
    RecorderList,
    UploadToken,
)
from deskreel.server.recorders.tables import recorders
from deskreel.server.recordings.rows import expected_windows, parse_manifest
from deskreel.server.recordings.tables import recording_parts, screen_recordings

ONLINE_MS = 25_000  # recorders report every 10 s at least
_OBSERVED: TypeAdapter[Observed] = TypeAdapter(Observed)
_PHASES = {"recording": Phase.RECORDING, "paused": Phase.PAUSED, "acw": Phase.ACW}


async def connected(context: Context, recorder: Row[Any]) -> None:
    """A recorder came online: it takes over what was asked of nobody."""
    now = context.clock()
    async with context.db.begin() as connection:
        await connection.execute(
            update(recorders).where(recorders.c.id == recorder.id).values(last_seen_at=now, online_since=now)
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


async def greeted(context: Context, recorder_id: RecorderId, hello: Hello) -> None:
    """A recorder said what it is."""
    async with context.db.begin() as connection:
        await connection.execute(
            update(recorders)
            .where(recorders.c.id == recorder_id)
            .values(platform=hello.platform[:60], version=hello.version[:60])
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
        agent = await desk_of(context, connection, agent_id)
        policy = await policy_for(context, connection, agent_id)
    order = None if current is None else _order(context, current, boundary)
    return Desired(
        version=version or 0,
        as_of=as_of,
        phase=Phase.IDLE if current is None else _PHASES[current.state],
        order=order,
        keep=tuple(_keep(row) for row in rows),
        policy=policy,
        agent=agent,
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
        region_key=context.region_key.text,
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


async def recorders_health(context: Context, scope: Scope) -> RecorderList:
    """Every enrolled recorder of the agents in `scope`, and how it is."""
    query = (
        select(recorders, agents.c.name)
        .join(agents, agents.c.id == recorders.c.agent_id)
        .where(recorders.c.revoked_at.is_(None), visible(scope))
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
                platform=row.platform,
                version=row.version,
                enrolled_at=row.created_at,
                credential_expires_at=row.credential_expires_at,
                online_since=row.online_since,
                online=row.observed is not None and (row.last_seen_at or 0) >= heard_since,
                last_seen_at=row.last_seen_at,
                observed=(report := _report(row.observed)),
                problem_hint=_advice(report),
            )
            for row in rows
        ]
    )


def _report(stored: Any) -> Observed | None:
    """A stored report; none if it is of a program too old to be understood."""
    try:
        return None if stored is None else _OBSERVED.validate_python(stored)
    except ValidationError:
        return None


def _advice(report: Observed | None) -> str | None:
    """What to do about the problem that a recorder reports."""
    if report is None or report.problem is None or report.problem not in ReasonCode.__members__.values():
        return None
    return ReasonCode(report.problem).advice


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
                manifest=document.model_dump(exclude={"marks"}),
                marks=[mark.model_dump() for mark in document.marks],
                clock_offset_ms=document.clock_offset_ms,
                clock_uncertainty_ms=document.clock_uncertainty_ms,
            )
        )
    await context.jobs.configure_task(FINISH_RECORDING).defer_async(screen_recording_id=recording_id)
    return True


def _verify_signature(public_key: dict[str, Any], signature: str, chain: str) -> None:
    try:
        signed = jws.deserialize_compact(signature, import_key(public_key), algorithms=["Ed25519", "EdDSA"])
    except (JoseError, ValueError) as error:
        raise InvalidInputError("the manifest's signature does not hold") from error
    if signed.payload != chain.encode():
        raise InvalidInputError("the manifest's signature is over other chunks")
