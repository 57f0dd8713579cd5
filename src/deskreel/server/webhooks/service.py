"""Endpoints and their deliveries as an admin sees them; the feed."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Row, delete, select, update

from deskreel.core.errors import NotFoundError
from deskreel.server.audit.service import record
from deskreel.server.context import Context
from deskreel.server.outgoing import address_of, check_url
from deskreel.server.paging import decode_cursor, encode_cursor
from deskreel.server.people.service import visible
from deskreel.server.people.tables import agents
from deskreel.server.permissions import Scope
from deskreel.server.secret_box import SecretBox
from deskreel.server.webhooks.deliver import payload
from deskreel.server.webhooks.model import (
    Delivery,
    DeliveryPage,
    Endpoint,
    EndpointFields,
    EndpointList,
    EventPage,
    MadeEndpoint,
    StatusEvent,
)
from deskreel.server.webhooks.outbox import EventType, attempt_soon, place
from deskreel.server.webhooks.tables import status_events, webhook_deliveries, webhook_endpoints
from deskreel.telephony.signature import make_secret

ROTATION_MS = 24 * 3_600_000
_endpoints = webhook_endpoints.c


def _box(context: Context) -> SecretBox:
    return SecretBox.load_or_create(context.settings.data_dir.resolve() / "keys")


def _shown(row: Row[Any]) -> Endpoint:
    return Endpoint(**{name: getattr(row, name) for name in Endpoint.model_fields})


async def list_endpoints(context: Context) -> EndpointList:
    """Every endpoint, oldest first."""
    async with context.db.begin() as connection:
        rows = (await connection.execute(select(webhook_endpoints).order_by(_endpoints.id))).all()
    return EndpointList(items=[_shown(row) for row in rows])


async def _stored(context: Context, fields: EndpointFields) -> dict[str, Any]:
    """The columns of what an admin entered.

    Raises:
        InvalidInputError, AddressNotAllowedError, OutgoingError: the address.
    """
    await address_of(context, check_url(fields.url))
    return fields.model_dump(mode="json")


async def make_endpoint(context: Context, actor: str, fields: EndpointFields) -> MadeEndpoint:
    """A new endpoint; events from now on go to it."""
    secret, now = make_secret(secrets.token_bytes(32)), context.clock()
    values = await _stored(context, fields)
    await place(context)  # what happened before is not for it
    async with context.db.begin() as connection:
        row = (
            await connection.execute(
                webhook_endpoints.insert()
                .values(
                    id=context.new_id("whk"), created_at=now, secret_box=_box(context).close(secret), **values
                )
                .returning(webhook_endpoints)
            )
        ).one()
        await record(
            connection, at=now, actor=actor, action="webhook.created", subject=row.id, url=fields.url
        )
    return MadeEndpoint(**_shown(row).model_dump(), secret=secret)


async def change_endpoint(context: Context, actor: str, endpoint_id: str, fields: EndpointFields) -> Endpoint:
    """Other fields for an endpoint.

    Raises:
        NotFoundError: there is none of this id.
    """
    values = await _stored(context, fields)
    async with context.db.begin() as connection:
        row = (
            await connection.execute(
                update(webhook_endpoints)
                .where(_endpoints.id == endpoint_id)
                .values(**values)
                .returning(webhook_endpoints)
            )
        ).one_or_none()
        if row is None:
            raise NotFoundError(f"there is no webhook endpoint {endpoint_id}")
        now = context.clock()
        await record(connection, at=now, actor=actor, action="webhook.changed", subject=endpoint_id, **values)
    return _shown(row)


async def rotate_secret(context: Context, actor: str, endpoint_id: str) -> MadeEndpoint:
    """A new secret; for a day both sign.

    Raises:
        NotFoundError: there is none of this id.
    """
    secret, now = make_secret(secrets.token_bytes(32)), context.clock()
    async with context.db.begin() as connection:
        row = (
            await connection.execute(
                update(webhook_endpoints)
                .where(_endpoints.id == endpoint_id)
                .values(
                    old_secret_box=_endpoints.secret_box,
                    old_secret_until=now + ROTATION_MS,
                    secret_box=_box(context).close(secret),
                )
                .returning(webhook_endpoints)
            )
        ).one_or_none()
        if row is None:
            raise NotFoundError(f"there is no webhook endpoint {endpoint_id}")
        await record(connection, at=now, actor=actor, action="webhook.rotated", subject=endpoint_id)
    return MadeEndpoint(**_shown(row).model_dump(), secret=secret)


async def delete_endpoint(context: Context, actor: str, endpoint_id: str) -> None:
    """No more of it; what waits for it goes too.

    Raises:
        NotFoundError: there is none of this id.
    """
    async with context.db.begin() as connection:
        gone = await connection.execute(delete(webhook_endpoints).where(_endpoints.id == endpoint_id))
        if not gone.rowcount:
            raise NotFoundError(f"there is no webhook endpoint {endpoint_id}")
        now = context.clock()
        await record(connection, at=now, actor=actor, action="webhook.deleted", subject=endpoint_id)


# --- deliveries -----------------------------------------------------------------------------------------------


async def deliveries(
    context: Context, *, state: str | None, endpoint_id: str | None, limit: int, cursor: str | None
) -> DeliveryPage:
    """Deliveries, newest first; with the state `dead` those that were given up."""
    columns = webhook_deliveries.c
    query = (
        select(webhook_deliveries, status_events.c.event_id, status_events.c.type)
        .join(status_events, status_events.c.id == columns.status_event_id)
        .order_by(columns.id.desc())
        .limit(limit + 1)
    )
    if state is not None:
        query = query.where(columns.state == state)
    if endpoint_id is not None:
        query = query.where(columns.endpoint_id == endpoint_id)
    if cursor is not None:
        query = query.where(columns.id < decode_cursor(cursor, str)[0])
    async with context.db.begin() as connection:
        rows = (await connection.execute(query)).all()
    shown = rows[:limit]
    return DeliveryPage(
        items=[Delivery(**{name: getattr(row, name) for name in Delivery.model_fields}) for row in shown],
        next_cursor=encode_cursor(shown[-1].id) if len(rows) > limit else None,
    )


async def resend(context: Context, actor: str, delivery_id: str) -> None:
    """Attempt a delivery anew, from the first attempt on.

    Raises:
        NotFoundError: there is none of this id.
    """
    now = context.clock()
    async with context.db.begin() as connection:
        done = await connection.execute(
            update(webhook_deliveries)
            .where(webhook_deliveries.c.id == delivery_id)
            .values(state="waiting", attempts=0, next_at=now, done_at=None)
        )
        if not done.rowcount:
            raise NotFoundError(f"there is no delivery {delivery_id}")
        await record(connection, at=now, actor=actor, action="webhook.resent", subject=delivery_id)
    await attempt_soon(context, delivery_id)


# --- the feed -------------------------------------------------------------------------------------------------


async def feed(
    context: Context, scope: Scope, *, after: str | None, types: list[EventType], limit: int
) -> EventPage:
    """Events after a cursor, in the order of their places; without one from the oldest that is kept."""
    await place(context)
    columns = status_events.c
    since = 0 if after is None else decode_cursor(after, int)[0]
    query = select(status_events).where(columns.position > since).order_by(columns.position).limit(limit)
    if types:
        query = query.where(columns.type.in_([one.value for one in types]))
    if not scope.everybody:
        mine = select(agents.c.id).where(visible(scope))
        query = query.where(columns.agent_id.in_(mine))
    async with context.db.begin() as connection:
        rows = (await connection.execute(query)).all()
    last = rows[-1].position if rows else since
    return EventPage(items=[StatusEvent(**payload(row)) for row in rows], next_cursor=encode_cursor(last))
