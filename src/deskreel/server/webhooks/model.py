"""What the API speaks of webhooks and status events."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from deskreel.server.webhooks.outbox import EventType


class EndpointFields(BaseModel):
    """An endpoint, as an admin says."""

    url: str = Field(min_length=8, max_length=2000, description="https://…; what is sent to it is signed.")
    description: str = Field(default="", max_length=200)
    events: list[EventType] = Field(
        default_factory=list[EventType], description="Types that it wants; empty: all."
    )
    active: bool = True


class Endpoint(EndpointFields):
    """An endpoint."""

    id: str
    created_at: int
    old_secret_until: int | None = Field(description="The secret before the newest signs as well until then.")


class MadeEndpoint(Endpoint):
    """An endpoint with its secret, which is shown this once."""

    secret: str = Field(description="whsec_…: verifies the header webhook-signature.")


class EndpointList(BaseModel):
    """Every endpoint, oldest first."""

    items: list[Endpoint]


class StatusEvent(BaseModel):
    """Something that other systems may want to know."""

    id: str
    type: EventType
    timestamp: str = Field(description="When it happened, ISO 8601 in UTC.")
    sequence: int = Field(description="Its place in the feed; rises by time of commit.")
    data: dict[str, Any]


class EventPage(BaseModel):
    """Events in the order of the feed."""

    items: list[StatusEvent]
    next_cursor: str = Field(description="Give it as `after` to go on, also when there was nothing new.")


class Delivery(BaseModel):
    """An event on its way to an endpoint."""

    id: str
    endpoint_id: str
    event_id: str
    type: EventType
    state: Literal["waiting", "delivered", "dead"]
    attempts: int
    next_at: int | None
    created_at: int
    done_at: int | None
    last_status: int | None
    last_error: str | None


class DeliveryPage(BaseModel):
    """Deliveries, newest first."""

    items: list[Delivery]
    next_cursor: str | None
