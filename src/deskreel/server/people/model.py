"""What the API speaks of people."""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, computed_field

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, max_length=200, pattern=r"^\s*[^@\s]+@[^@\s]+\s*$"
    ),
]


class Role(StrEnum):
    """What a user may do: docs/reference/permissions.md."""

    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    EVALUATOR = "evaluator"
    AGENT = "agent"


class Credentials(BaseModel):
    """To sign in."""

    email: str = Field(min_length=3, max_length=200)
    password: str = Field(min_length=1, max_length=1000)


class User(BaseModel):
    """Who is signed in."""

    id: str
    email: str
    name: str
    role: Role


class Session(BaseModel):
    """A sign-in."""

    user: User
    csrf_token: str


class AgentRef(BaseModel):
    """An agent, by name."""

    id: str
    name: str


class PasswordChange(BaseModel):
    """One's own new password."""

    current: str = Field(min_length=1, max_length=1000)
    new: str = Field(min_length=1, max_length=1000)


class PasswordByCode(BaseModel):
    """A new password, by the one-time code that an admin handed over."""

    code: str = Field(min_length=8, max_length=200)
    password: str = Field(min_length=1, max_length=1000)


class ResetCode(BaseModel):
    """A one-time code that sets a password."""

    code: str = Field(description="Shown this once.")
    expires_at: int


# --- administration -------------------------------------------------------------------------------------------


class IdentityKind(StrEnum):
    """How a telephony names an agent."""

    EXTENSION = "extension"
    INTERFACE = "interface"
    EXTERNAL_ID = "external_id"


class Identity(BaseModel):
    """One name by which a telephony knows an agent."""

    model_config = ConfigDict(extra="forbid")

    kind: IdentityKind
    value: Name
    source: str | None = Field(
        default=None, max_length=200, description="Of this source alone; null: of any."
    )


class TeamRef(BaseModel):
    """A team, by name."""

    id: str
    name: str


class NewTeam(BaseModel):
    """A team's name."""

    model_config = ConfigDict(extra="forbid")

    name: Name


class TeamPage(BaseModel):
    """Some teams, by name."""

    items: list[TeamRef]
    next_cursor: str | None


class UserFields(BaseModel):
    """All that an admin says of a user; a PUT replaces all of it."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    name: Name
    role: Role
    active: bool = True
    teams: list[str] = Field(
        default_factory=list, max_length=100, description="Ids; an agent has one at most."
    )
    identities: list[Identity] = Field(
        default_factory=list, max_length=20, description="A user who has one, or the role agent, takes calls."
    )
    quality_management: bool | None = Field(
        default=None, description="Enabled in Quality Management; null: as it is, at first no."
    )


class UserChange(UserFields):
    """What a user is to be, instead of what was read."""

    version: str = Field(max_length=100, description="Of the user as they were read.")


class Agent(BaseModel):
    """What the telephony knows of a user."""

    id: str
    key: str = Field(description="The name under which the telephony first sent events of them.")
    identities: list[Identity]
    quality_management: bool
    screen_recording: bool = Field(description="Selected by themselves.")


class UserDetails(User):
    """A user as admins see them."""

    active: bool
    has_password: bool
    created_at: int
    teams: list[TeamRef]
    agent: Agent | None

    @computed_field(description="Another one after every change; send it back with a change.")
    @property
    def version(self) -> str:
        """Of all that a change replaces, whoever changed it and by what way."""
        agent = self.agent
        said = {
            "email": self.email,
            "name": self.name,
            "role": self.role.value,
            "active": self.active,
            "teams": sorted(team.id for team in self.teams),
            "identities": [] if agent is None else sorted(one.model_dump_json() for one in agent.identities),
            "quality_management": None if agent is None else agent.quality_management,
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


class CreatedUser(BaseModel):
    """A new user, and the code by which they set their password."""

    user: UserDetails
    reset: ResetCode


class UserPage(BaseModel):
    """Some users, by name."""

    items: list[UserDetails]
    next_cursor: str | None


class LineError(BaseModel):
    """What is wrong with a line of a file."""

    line: int = Field(description="Counted from 1, the head included.")
    column: str
    message: str


class ImportReport(BaseModel):
    """What an import did, or would do."""

    state: Literal["done", "dry_run"]
    created: int
    updated: int
    unchanged: int
    teams_created: list[str]
    errors: list[LineError] = Field(description="Of a dry run; an import with any of them does nothing.")
