"""What the API speaks of API keys."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from deskreel.server.people.model import Name
from deskreel.server.permissions import Permission


class NewApiKey(BaseModel):
    """A key to be made, for oneself."""

    model_config = ConfigDict(extra="forbid")

    name: Name = Field(description="What it is for.")
    permissions: list[Permission] = Field(min_length=1, description="No more than one has oneself.")
    days: int = Field(default=90, ge=1, le=730, description="It expires then.")


class ApiKey(BaseModel):
    """A key, without its secret."""

    id: str
    name: str
    prefix: str = Field(description="Its first characters.")
    user_id: str = Field(description="Whose it is: it can do no more than they, and sees what they see.")
    permissions: list[str]
    created_at: int
    expires_at: int
    last_used_at: int | None = Field(description="To the minute.")
    revoked_at: int | None


class MadeApiKey(ApiKey):
    """A new key."""

    key: str = Field(description="The bearer credential, shown this once.")


class ApiKeyPage(BaseModel):
    """Some keys, newest first."""

    items: list[ApiKey]
    next_cursor: str | None
