"""What the API speaks of the audit log."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class AuditEntry(BaseModel):
    """Somebody did something."""

    id: int = Field(description="Rises with each entry.")
    at: int
    actor: str = Field(description="A user's, API key's, recorder's or source's id, or cli.")
    actor_name: str | None = Field(description="The user's name, or whose key it is.")
    action: str
    subject: str
    details: dict[str, Any] = Field(description="Changed settings are under `changes`: name to old and new.")


class AuditPage(BaseModel):
    """Some entries, newest first."""

    items: list[AuditEntry]
    next_cursor: str | None
