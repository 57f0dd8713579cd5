"""One attempt to deliver one status event to one endpoint, and what comes after it.

At least once: an answer that is lost, or a worker that dies after the other side took it, leads to another attempt
with the same id.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import Row, or_, select, update

from deskreel.core.errors import DeskreelError
from deskreel.server import outgoing
from deskreel.server.backoff import next_delay_ms
from deskreel.server.context import Context
from deskreel.server.secret_box import SecretBox
from deskreel.server.webhooks.outbox import attempt_soon
from deskreel.server.webhooks.tables import status_events, webhook_deliveries, webhook_endpoints
from deskreel.telephony.signature import SIGNATURE_HEADER, sign, signed_headers

log = structlog.get_logger()
ATTEMPT_S = 20
LEASE_MS = 60_000  # longer than an attempt takes: nobody else attempts it meanwhile
GONE = 410
_deliveries = webhook_deliveries.c


def payload(row: Row[Any]) -> dict[str, Any]:
    """An event as the feed and the webhooks tell it."""
    at = datetime.fromtimestamp(row.at / 1000, UTC).isoformat(timespec="milliseconds")
    return {
        "id": row.event_id,
        "type": row.type,
        "timestamp": at.replace("+00:00", "Z"),
        "sequence": row.position,
        "data": {"agent_id": row.agent_id, **row.data},
    }


async def deliver(context: Context, delivery_id: str) -> None:
    """Attempt a delivery that is due; do nothing if it is not, or if somebody is at it."""
    now = context.clock()
    async with context.db.begin() as connection:
        claimed = await connection.scalar(
            update(webhook_deliveries)
            .where(
                _deliveries.id == delivery_id,
                _deliveries.state == "waiting",
                or_(_deliveries.next_at.is_(None), _deliveries.next_at <= now),
            )
            .values(attempts=_deliveries.attempts + 1, next_at=now + LEASE_MS)
            .returning(_deliveries.attempts)
        )
        if claimed is None:
            return
        row = (
            await connection.execute(
                select(
                    status_events,
                    webhook_endpoints.c.url,
                    webhook_endpoints.c.secret_box,
                    webhook_endpoints.c.old_secret_box,
                    webhook_endpoints.c.old_secret_until,
                    webhook_endpoints.c.id.label("endpoint_id"),
                    webhook_endpoints.c.active,
                )
                .join(webhook_deliveries, _deliveries.status_event_id == status_events.c.id)
                .join(webhook_endpoints, webhook_endpoints.c.id == _deliveries.endpoint_id)
                .where(_deliveries.id == delivery_id)
            )
        ).one()
    status, error = await _post(context, row)
    await _conclude(context, delivery_id, row, attempts=claimed, status=status, error=error)


async def _post(context: Context, row: Row[Any]) -> tuple[int | None, str | None]:
    """The HTTP status, and what was wrong."""
    if not row.active:
        return None, "the endpoint is switched off"
    body = json.dumps(payload(row), separators=(",", ":"), ensure_ascii=False).encode()
    now = context.clock()
    try:
        box = SecretBox.load_or_create(context.settings.data_dir.resolve() / "keys")
        headers = signed_headers(box.open(row.secret_box), row.event_id, now // 1000, body)
        if row.old_secret_box is not None and now < (row.old_secret_until or 0):
            old = sign(box.open(row.old_secret_box), row.event_id, now // 1000, body)
            headers[SIGNATURE_HEADER] += f" {old}"
        headers |= {"content-type": "application/json", "user-agent": "deskreel-webhooks"}
        async with (
            asyncio.timeout(ATTEMPT_S),
            outgoing.request(context, "POST", row.url, headers=headers, content=body) as answer,
        ):
            if answer.is_success:
                return answer.status_code, None
            return answer.status_code, f"HTTP {answer.status_code}"
    except TimeoutError:
        return None, f"no answer within {ATTEMPT_S} s"
    except DeskreelError as problem:
        return None, f"{problem.code}: {problem.detail}"


async def _conclude(
    context: Context,
    delivery_id: str,
    row: Row[Any],
    *,
    attempts: int,
    status: int | None,
    error: str | None,
) -> None:
    now = context.clock()
    wait_ms = None if status == GONE else next_delay_ms(attempts)
    values: dict[str, Any] = {"last_status": status, "last_error": None if error is None else error[:500]}
    if error is None:
        values |= {"state": "delivered", "done_at": now, "next_at": None}
    elif wait_ms is None:
        values |= {"state": "dead", "done_at": now, "next_at": None}
        log.warning("webhook.dead", endpoint=row.endpoint_id, delivery=delivery_id, error=error)
    else:
        values["next_at"] = now + wait_ms
    async with context.db.begin() as connection:
        await connection.execute(
            update(webhook_deliveries).where(_deliveries.id == delivery_id).values(**values)
        )
        if status == GONE:  # it says that it wants no more
            await connection.execute(
                update(webhook_endpoints)
                .where(webhook_endpoints.c.id == row.endpoint_id)
                .values(active=False)
            )
    if error is not None and wait_ms is not None:
        await attempt_soon(context, delivery_id, in_ms=wait_ms + 5)
