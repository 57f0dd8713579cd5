"""What the API says of a sign-in."""

from __future__ import annotations

from pydantic import Field

from deskreel.server.people.model import Session
from deskreel.server.permissions import Permission


class SessionView(Session):
    """A sign-in, and what it is good for."""

    permissions: list[Permission] = Field(description="What this person may do: pages offer nothing else.")
