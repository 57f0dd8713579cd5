"""What the API speaks of people."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, Field


class Role(StrEnum):
    """What a user may do; permissions by role come with user administration."""

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
