"""What the API speaks of calls."""

from __future__ import annotations

from pydantic import BaseModel, Field


class IgnoredEvent(BaseModel):
    """An event that was understood to be none of ours."""

    event_id: str
    reason: str


class Receipt(BaseModel):
    """What became of a batch of call events."""

    accepted: int = Field(description="New events.")
    duplicates: int = Field(description="Events that were known by their id.")
    ignored: list[IgnoredEvent] = Field(description="Events of unknown kinds.")
