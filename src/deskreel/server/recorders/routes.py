"""HTTP and WebSocket of recorders."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, WebSocket
from sqlalchemy import Row
from starlette.requests import HTTPConnection

from deskreel.core.errors import DeskreelError
from deskreel.core.ids import AgentId, RecorderId, ScreenRecordingId, check_id
from deskreel.server.auth import Ctx, CurrentSession, bearer
from deskreel.server.recorders import service
from deskreel.server.recorders.control import Hub
from deskreel.server.recorders.model import (
    Enrolled,
    Enrolment,
    ManifestDocument,
    ManifestReceipt,
    RecorderList,
    UploadToken,
)

router = APIRouter(tags=["recorders"])
CLOSE_NOT_ENROLLED = 4401


async def current_recorder(connection: HTTPConnection, context: Ctx) -> Row[Any]:
    """The recorder that calls, by its bearer credential."""
    return await service.authenticate(context, bearer(connection))


CurrentRecorder = Annotated[Any, Depends(current_recorder)]


@router.get("/recorders")
async def list_recorders(context: Ctx, _session: CurrentSession) -> RecorderList:
    """Every enrolled recorder and how it is."""
    return await service.recorders_health(context)


@router.post("/recorder/enrolments", status_code=201)
async def enrol_recorder(enrolment: Enrolment, context: Ctx) -> Enrolled:
    """Turn a one-time token into a recorder's credential."""
    return await service.enrol(context, enrolment)


@router.post("/recorder/recordings/{recording_id}/upload-token")
async def renew_upload_token(recording_id: str, recorder: CurrentRecorder, context: Ctx) -> UploadToken:
    """A fresh upload token, when the one of the order has expired."""
    scr = ScreenRecordingId(check_id("scr", recording_id))
    return await service.upload_token(context, RecorderId(recorder.id), scr)


@router.post("/recorder/recordings/{recording_id}/manifest")
async def post_manifest(
    recording_id: str, manifest: ManifestDocument, recorder: CurrentRecorder, context: Ctx
) -> ManifestReceipt:
    """The recorder's last word: everything of this recording is uploaded."""
    scr = ScreenRecordingId(check_id("scr", recording_id))
    new = await service.take_manifest(context, recorder, scr, manifest)
    return ManifestReceipt(state="accepted" if new else "known")


@router.websocket("/recorder/control")
async def control(socket: WebSocket) -> None:
    """The control channel (core/messages.py)."""
    hub: Hub = socket.app.state.hub
    context: Any = socket.app.state.context
    try:
        recorder = await service.authenticate(context, bearer(socket))
        await service.connected(context, recorder)
    except DeskreelError as error:
        await socket.accept()
        code = CLOSE_NOT_ENROLLED if error.status == 401 else 1013
        await socket.close(code, error.code)
        return
    await socket.accept()
    await hub.serve(socket, RecorderId(recorder.id), AgentId(recorder.agent_id))
