"""HTTP and WebSocket of recorders."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, WebSocket
from sqlalchemy import Row
from starlette.requests import HTTPConnection

from deskreel.core.errors import DeskreelError
from deskreel.core.ids import AgentId, RecorderId, ScreenRecordingId, UserId, check_id
from deskreel.core.messages import MAX_RUN, RUN_HEADER
from deskreel.server.auth import TO_DESKTOPS, TO_RECORDERS, Caller, Ctx, Needs, bearer
from deskreel.server.permissions import Permission
from deskreel.server.recorders import approvals, checks, credentials, enrolment, service
from deskreel.server.recorders.control import CLOSE_NOT_ENROLLED, Hub
from deskreel.server.recorders.model import (
    Decision,
    DeviceCode,
    DeviceCodeRequest,
    DeviceTokenRequest,
    Enrolled,
    Enrolment,
    EnrolmentRequest,
    ManifestDocument,
    ManifestReceipt,
    PendingEnrolmentList,
    RecorderCheck,
    RecorderList,
    RenewedCredential,
    UploadToken,
)

router = APIRouter(tags=["recorders"])


async def current_recorder(connection: HTTPConnection, context: Ctx) -> Row[Any]:
    """The recorder that calls, by its bearer credential."""
    return await credentials.authenticate(context, bearer(connection))


CurrentRecorder = Annotated[Any, Depends(current_recorder)]


Viewer = Annotated[Caller, Depends(Needs(Permission.RECORDERS_VIEW))]
Manager = Annotated[Caller, Depends(Needs(Permission.RECORDERS_MANAGE))]
Enroller = Annotated[Caller, Depends(Needs(Permission.ACCOUNT_OWN))]


@router.get("/recorders")
async def list_recorders(context: Ctx, caller: Viewer) -> RecorderList:
    """Every enrolled recorder and how it is."""
    return await service.recorders_health(context, caller.scope)


@router.get("/recorders/{recorder_id}/check")
async def get_recorder_check(recorder_id: str, context: Ctx, caller: Viewer) -> RecorderCheck:
    """The last connectivity check of a recorder, row by row."""
    return await checks.last_check(context, caller.scope, RecorderId(check_id("rcd", recorder_id)))


@router.post("/recorders/{recorder_id}/revoke", status_code=204)
async def revoke_recorder(recorder_id: str, context: Ctx, caller: Manager) -> None:
    """End a recorder's enrolment; it stops at once."""
    rcd = RecorderId(check_id("rcd", recorder_id))
    await credentials.revoke(context, rcd, by=UserId(caller.actor))


# --- enrolment ------------------------------------------------------------------------------------------------


@router.post("/recorder/enrolments", status_code=201, dependencies=[TO_DESKTOPS])
async def enrol_recorder(body: Enrolment, context: Ctx) -> Enrolled:
    """Turn a one-time token into a recorder's credential."""
    return await enrolment.enrol(context, body)


@router.post("/recorder/device-codes", status_code=201, dependencies=[TO_DESKTOPS])
async def request_device_code(body: DeviceCodeRequest, request: Request, context: Ctx) -> DeviceCode:
    """A code for a desktop that wants to be enrolled, and one for the person who approves (RFC 8628)."""
    address = request.client.host if request.client is not None else ""
    return await enrolment.request_code(context, body, address)


@router.post("/recorder/device-tokens", dependencies=[TO_DESKTOPS])
async def exchange_device_code(body: DeviceTokenRequest, context: Ctx) -> Enrolled:
    """The credential, once the code was approved; until then `authorization_pending`."""
    return await enrolment.exchange_code(context, body.device_code)


@router.get("/recorder-enrolments")
async def list_enrolment_requests(context: Ctx, _caller: Manager) -> PendingEnrolmentList:
    """The desktops that wait for approval."""
    return PendingEnrolmentList(items=await approvals.pending(context))


@router.get("/recorder-enrolments/{user_code}")
async def show_enrolment_request(user_code: str, context: Ctx, session: Enroller) -> EnrolmentRequest:
    """The desktop that shows a code."""
    return await approvals.look_up(context, session.user, user_code)


@router.post("/recorder-enrolments/{user_code}")
async def decide_enrolment_request(
    user_code: str, decision: Decision, context: Ctx, session: Enroller
) -> EnrolmentRequest:
    """Approve the desktop that shows a code, or refuse it."""
    return await approvals.decide(context, session.user, user_code, decision)


# --- by the recorder ------------------------------------------------------------------------------------------


@router.post("/recorder/credential", dependencies=[TO_RECORDERS])
async def renew_credential(recorder: CurrentRecorder, context: Ctx) -> RenewedCredential:
    """Another credential before the old one expires; the old one is good until the new one is used."""
    return await credentials.renew(context, recorder)


@router.post("/recorder/recordings/{recording_id}/upload-token", dependencies=[TO_RECORDERS])
async def renew_upload_token(recording_id: str, recorder: CurrentRecorder, context: Ctx) -> UploadToken:
    """A fresh upload token, when the one of the order has expired."""
    scr = ScreenRecordingId(check_id("scr", recording_id))
    return await service.upload_token(context, RecorderId(recorder.id), scr)


@router.post("/recorder/recordings/{recording_id}/manifest", dependencies=[TO_RECORDERS])
async def post_manifest(
    recording_id: str, manifest: ManifestDocument, recorder: CurrentRecorder, context: Ctx
) -> ManifestReceipt:
    """The recorder's last word: everything of this recording is uploaded."""
    scr = ScreenRecordingId(check_id("scr", recording_id))
    new = await service.take_manifest(context, recorder, scr, manifest)
    return ManifestReceipt(state="accepted" if new else "known")


@router.post(
    "/recorder/check",
    status_code=204,
    dependencies=[TO_RECORDERS],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": checks.SCHEMA}},
        }
    },
)
async def post_check(request: Request, recorder: CurrentRecorder, context: Ctx) -> None:
    """A connectivity check that was made at the desktop, as `deskreel doctor --json` prints it; up to 256 KiB."""
    document = await checks.read_check(request.stream())
    await checks.take_check(context, RecorderId(recorder.id), document)


@router.websocket("/recorder/control", dependencies=[TO_RECORDERS])
async def control(socket: WebSocket) -> None:
    """The control channel (core/messages.py)."""
    hub: Hub = socket.app.state.hub
    try:
        recorder = await hub.admit(bearer(socket))
    except DeskreelError as error:
        await socket.accept()
        code = CLOSE_NOT_ENROLLED if error.status == 401 else 1013
        await socket.close(code, error.code)
        return
    await socket.accept()
    run = socket.headers.get(RUN_HEADER, "")[:MAX_RUN]
    await hub.serve(socket, RecorderId(recorder.id), AgentId(recorder.agent_id), run)
