"""What recorders report and send. What they should do: `desired`; how they come to be: `enrolment`, `credentials`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Row, bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from deskreel.core.errors import DeskreelError, InvalidInputError, NotFoundError
from deskreel.core.ids import RecorderId, ScreenRecordingId
from deskreel.core.messages import Hello, Observed
from deskreel.core.reasons import ReasonCode
from deskreel.server.context import Context
from deskreel.server.jobs.names import FINISH_RECORDING
from deskreel.server.people.model import AgentRef
from deskreel.server.people.service import visible
from deskreel.server.people.tables import agents
from deskreel.server.permissions import Scope
from deskreel.server.recorders.checks import SUMMARY, summary_of
from deskreel.server.recorders.credentials import import_key
from deskreel.server.recorders.model import (
    ManifestDocument,
    Recorder,
    RecorderList,
    UploadToken,
)
from deskreel.server.recorders.tables import recorder_checks, recorders
from deskreel.server.recordings.rows import parse_manifest
from deskreel.server.recordings.tables import screen_recordings

ONLINE_MS = 25_000  # recorders report every 10 s at least
_OBSERVED: TypeAdapter[Observed] = TypeAdapter(Observed)


async def greeted(
    context: Context, greetings: Sequence[tuple[RecorderId, Hello]]
) -> list[DeskreelError | None]:
    """Recorders said what they are; of two greetings of one, the later counts."""
    said = [
        {"recorder": recorder_id, "on": hello.platform[:60], "runs": hello.version[:60]}
        for recorder_id, hello in sorted(dict(greetings).items())
    ]
    rows = recorders.c
    changed = or_(rows.platform != bindparam("on"), rows.version != bindparam("runs"))
    async with context.db.begin() as connection:
        await connection.execute(
            update(recorders)
            .where(rows.id == bindparam("recorder"), changed)
            .values(platform=bindparam("on"), version=bindparam("runs")),
            said,
        )
    return [None] * len(greetings)


async def observed(
    context: Context, reports: Sequence[tuple[RecorderId, Observed]]
) -> list[DeskreelError | None]:
    """Store what recorders report; of two reports of one recorder, the later."""
    now = context.clock()
    heard = [
        {"recorder": recorder_id, "report": _OBSERVED.dump_python(report, mode="json")}
        for recorder_id, report in sorted(dict(reports).items())
    ]
    capturing = [
        {
            "recorder": recorder_id,
            "recording": report.screen_recording_id,
            "frame": report.first_frame_at,
            "offset": report.clock_offset_ms,
            "uncertainty": report.clock_uncertainty_ms,
        }
        for recorder_id, report in sorted(reports, key=lambda one: one[0])
        if report.screen_recording_id is not None
    ]
    rows, open_ = recorders.c, screen_recordings.c
    async with context.db.begin() as connection:
        await connection.execute(
            update(recorders)
            .where(rows.id == bindparam("recorder"))
            .values(last_seen_at=now, observed=bindparam("report", type_=rows.observed.type)),
            heard,
        )
        if capturing:
            first_frame = bindparam("frame", type_=open_.first_frame_at.type)
            await connection.execute(
                update(screen_recordings)
                .where(open_.id == bindparam("recording"), open_.recorder_id == bindparam("recorder"))
                .values(
                    first_frame_at=func.coalesce(open_.first_frame_at, first_frame),
                    clock_offset_ms=bindparam("offset", type_=open_.clock_offset_ms.type),
                    clock_uncertainty_ms=bindparam("uncertainty", type_=open_.clock_uncertainty_ms.type),
                ),
                capturing,
            )
    return [None] * len(reports)


async def recorders_health(context: Context, scope: Scope) -> RecorderList:
    """Every enrolled recorder of the agents in `scope`, and how it is."""
    query = (
        select(recorders, agents.c.name, *SUMMARY)
        .join(agents, agents.c.id == recorders.c.agent_id)
        .outerjoin(recorder_checks, recorder_checks.c.recorder_id == recorders.c.id)
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
                last_check=summary_of(row),
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
        row = await _own_recording(connection, recorder_id, recording_id)
    return UploadToken(
        upload_token=context.upload_token(recording_id, row.region),
        gateway_url=context.regions[row.region].media_url,
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
    await context.media_job(FINISH_RECORDING, row.region).defer_async(screen_recording_id=recording_id)
    return True


def _verify_signature(public_key: dict[str, Any], signature: str, chain: str) -> None:
    try:
        signed = jws.deserialize_compact(signature, import_key(public_key), algorithms=["Ed25519", "EdDSA"])
    except (JoseError, ValueError) as error:
        raise InvalidInputError("the manifest's signature does not hold") from error
    if signed.payload != chain.encode():
        raise InvalidInputError("the manifest's signature is over other chunks")
