"""HTTP of calls: the call-events API."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from deskreel.core.errors import TooLargeError
from deskreel.server.auth import TO_SOURCES, Ctx
from deskreel.server.calls import service
from deskreel.server.calls.model import Receipt

router = APIRouter(tags=["calls"])
MAX_BODY = 2 * 1024 * 1024


async def signed_body(request: Request) -> bytes:
    """The body of a signed request, up to 2 MiB.

    Raises:
        TooLargeError: it is larger.
    """
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise TooLargeError(f"call events take at most {MAX_BODY} bytes at once")
        parts.append(part)
    return b"".join(parts)


@router.post(
    "/call-events",
    status_code=202,
    dependencies=[TO_SOURCES],
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
    },
)
async def post_call_events(
    request: Request,
    context: Ctx,
    source: Annotated[str, Query(description="Name of the telephony source that signs.")],
) -> Receipt:
    """Take call events, signed after Standard Webhooks by a telephony source."""
    body = await signed_body(request)
    signed_by = await service.authenticate(context, source, request.headers, body)
    return await service.take(context, signed_by, body)
