"""HTTP of transcripts."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request

from deskreel.core.errors import InvalidInputError, TooLargeError
from deskreel.core.ids import InteractionId, check_id
from deskreel.server.auth import Caller, Ctx, Needs
from deskreel.server.permissions import Permission
from deskreel.server.recordings import transcripts
from deskreel.server.recordings.transcript_parse import TranscriptDocument, parse_json, parse_webvtt
from deskreel.server.recordings.transcripts import Transcript, TranscriptList

router = APIRouter(tags=["recordings"])
Adder = Annotated[Caller, Depends(Needs(Permission.TRANSCRIPTS_ADD))]
Player = Annotated[Caller, Depends(Needs(Permission.RECORDINGS_PLAY))]
MAX_BODY = 16 * 1024 * 1024


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without `$defs`: their place in the OpenAPI document is not where the references look."""
    known = schema.pop("$defs", {})

    def expand(value: Any) -> Any:
        if isinstance(value, list):
            return [expand(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            return expand(known[value["$ref"].rpartition("/")[2]])
        return {name: expand(one) for name, one in value.items()}

    return cast(dict[str, Any], expand(schema))


_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _inlined(TranscriptDocument.model_json_schema())},
            "text/vtt": {"schema": {"type": "string"}},
        },
    }
}


@router.post("/interactions/{interaction_id}/transcripts", status_code=201, openapi_extra=_BODY)
async def add_transcript(interaction_id: str, request: Request, context: Ctx, caller: Adder) -> Transcript:
    """Deliver a transcript as JSON or WebVTT (by content-type); it takes the place of an older one."""
    checked = InteractionId(check_id("int", interaction_id))
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise TooLargeError(f"a transcript may have {MAX_BODY} bytes")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/json", "text/vtt"):
        raise InvalidInputError(
            f"content-type {kind[:60]!r} is no transcript", hint="Send application/json or text/vtt."
        )
    parse = parse_json if kind == "application/json" else parse_webvtt
    document = await asyncio.to_thread(parse, bytes(body))
    return await transcripts.add_transcript(context, caller.actor, checked, document)


@router.get("/interactions/{interaction_id}/transcripts")
async def get_transcripts(interaction_id: str, context: Ctx, caller: Player) -> TranscriptList:
    """What was said in a call: segments with speakers, and words where they are known."""
    checked = InteractionId(check_id("int", interaction_id))
    return await transcripts.get_transcripts(context, caller.actor, checked, caller.scope)
