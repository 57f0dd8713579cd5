"""HTTP of webhooks: endpoints, deliveries, and the event feed."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from deskreel.core.ids import check_id
from deskreel.server.auth import Caller, Ctx, Needs
from deskreel.server.paging import LARGEST, SHOWN
from deskreel.server.permissions import Permission
from deskreel.server.webhooks import service
from deskreel.server.webhooks.model import (
    DeliveryPage,
    Endpoint,
    EndpointFields,
    EndpointList,
    EventPage,
    MadeEndpoint,
)
from deskreel.server.webhooks.outbox import EventType

router = APIRouter(tags=["webhooks"])
Viewer = Annotated[Caller, Depends(Needs(Permission.SETTINGS_VIEW))]
Manager = Annotated[Caller, Depends(Needs(Permission.SETTINGS_MANAGE))]
Reader = Annotated[Caller, Depends(Needs(Permission.INTERACTIONS_VIEW))]
Limit = Annotated[int, Query(ge=1, le=LARGEST)]
Cursor = Annotated[str | None, Query(max_length=1000)]


@router.get("/webhooks")
async def list_webhooks(context: Ctx, _caller: Viewer) -> EndpointList:
    """Every endpoint."""
    return await service.list_endpoints(context)


@router.post("/webhooks", status_code=201)
async def make_webhook(fields: EndpointFields, context: Ctx, caller: Manager) -> MadeEndpoint:
    """Make an endpoint; its secret is shown this once."""
    return await service.make_endpoint(context, caller.actor, fields)


@router.put("/webhooks/{endpoint_id}")
async def put_webhook(endpoint_id: str, fields: EndpointFields, context: Ctx, caller: Manager) -> Endpoint:
    """Change an endpoint."""
    return await service.change_endpoint(context, caller.actor, check_id("whk", endpoint_id), fields)


@router.post("/webhooks/{endpoint_id}/rotate")
async def rotate_webhook(endpoint_id: str, context: Ctx, caller: Manager) -> MadeEndpoint:
    """Make a new secret; for a day the old one signs as well."""
    return await service.rotate_secret(context, caller.actor, check_id("whk", endpoint_id))


@router.delete("/webhooks/{endpoint_id}", status_code=204)
async def delete_webhook(endpoint_id: str, context: Ctx, caller: Manager) -> None:
    """Remove an endpoint."""
    await service.delete_endpoint(context, caller.actor, check_id("whk", endpoint_id))


@router.get("/webhook-deliveries")
async def list_webhook_deliveries(
    context: Ctx,
    _caller: Viewer,
    *,
    state: Literal["waiting", "delivered", "dead"] | None = None,
    endpoint_id: Annotated[str | None, Query(max_length=60)] = None,
    limit: Limit = SHOWN,
    cursor: Cursor = None,
) -> DeliveryPage:
    """Deliveries, newest first; `state=dead` lists those that were given up."""
    return await service.deliveries(context, state=state, endpoint_id=endpoint_id, limit=limit, cursor=cursor)


@router.post("/webhook-deliveries/{delivery_id}/resend", status_code=202)
async def resend_webhook_delivery(delivery_id: str, context: Ctx, caller: Manager) -> None:
    """Attempt a delivery anew."""
    await service.resend(context, caller.actor, check_id("dlv", delivery_id))


@router.get("/events")
async def list_events(
    context: Ctx,
    caller: Reader,
    *,
    after: Annotated[
        str | None, Query(max_length=1000, description="`next_cursor` of the page before.")
    ] = None,
    type_: Annotated[list[EventType] | None, Query(alias="type", description="Only these types.")] = None,
    limit: Limit = SHOWN,
) -> EventPage:
    """Status events in the order of the feed: poll it with the cursor to miss none."""
    return await service.feed(context, caller.scope, after=after, types=type_ or [], limit=limit)
