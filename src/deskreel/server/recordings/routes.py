"""HTTP of recordings: call audio from the telephony (signed as call events are)."""

from __future__ import annotations

from typing import Annotated, TypeVar

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ValidationError

from deskreel.core.errors import InvalidInputError
from deskreel.core.ids import CallRecordingId, SourceId, check_id
from deskreel.server.auth import TO_SOURCES, Ctx
from deskreel.server.calls.routes import signed_body
from deskreel.server.calls.service import authenticate
from deskreel.server.recordings import service
from deskreel.server.recordings.model import (
    AudioUpload,
    FetchAccepted,
    FetchedCallRecording,
    NewCallRecording,
)

router = APIRouter(tags=["recordings"], dependencies=[TO_SOURCES])
Source = Annotated[str, Query(description="Name of the telephony source that signs.")]

Model = TypeVar("Model", bound=BaseModel)


def _read(model: type[Model], body: bytes) -> Model:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InvalidInputError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


@router.post(
    "/call-recordings",
    status_code=201,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": NewCallRecording.model_json_schema()}},
        }
    },
)
async def create_call_recording(request: Request, context: Ctx, source: Source) -> AudioUpload:
    """Announce the audio of a call; the answer says where to PUT it. Signed after Standard Webhooks."""
    body = await signed_body(request)
    source_id = SourceId((await authenticate(context, source, request.headers, body)).id)
    return await service.announce_audio(context, source_id, _read(NewCallRecording, body))


@router.post(
    "/call-recordings/fetch",
    status_code=202,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": FetchedCallRecording.model_json_schema()}},
        }
    },
)
async def fetch_call_recording(request: Request, context: Ctx, source: Source) -> FetchAccepted:
    """Have the audio of a call fetched from a URL. Signed after Standard Webhooks."""
    body = await signed_body(request)
    source_id = SourceId((await authenticate(context, source, request.headers, body)).id)
    new = _read(FetchedCallRecording, body)
    return FetchAccepted(id=await service.announce_fetch(context, source_id, new))


@router.post("/call-recordings/{recording_id}/uploaded", status_code=204)
async def call_recording_uploaded(recording_id: str, request: Request, context: Ctx, source: Source) -> None:
    """The audio is uploaded: have it processed. Signed after Standard Webhooks, over an empty body."""
    body = await signed_body(request)
    source_id = SourceId((await authenticate(context, source, request.headers, body)).id)
    await service.audio_uploaded(context, source_id, CallRecordingId(check_id("aud", recording_id)))
