"""Who is calling, and whether they may: the dependencies that every route names one of.

`Needs` asks a permission of a person or an API key; `Open` says which other way in a route has (a recorder's
credential, a source's signature, none). A test sees that no route has neither.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from starlette.requests import HTTPConnection

from deskreel.core.errors import (
    BadCredentialsError,
    CsrfError,
    ForbiddenError,
    NotEnrolledError,
    NotSignedInError,
    TooManyAttemptsError,
)
from deskreel.core.time import WallTime
from deskreel.server.apikeys.service import KEY_PREFIX, use_key
from deskreel.server.context import Context
from deskreel.server.people.model import Role, Session, User
from deskreel.server.people.service import Standing, session_of, standing_of
from deskreel.server.permissions import PERSONS_ALONE, Permission, Scope, permissions_of

SESSION_COOKIE = "deskreel_session"
CSRF_COOKIE = "deskreel_csrf"
CSRF_HEADER = "x-csrf-token"
_SAFE = ("GET", "HEAD", "OPTIONS")


def get_context(connection: HTTPConnection) -> Context:
    """The context that `create_app` put there."""
    context: Context = connection.app.state.context
    return context


Ctx = Annotated[Context, Depends(get_context)]


async def current_session(request: Request, context: Ctx) -> Session:
    """The caller's session; state-changing requests must prove that they come from our pages.

    Raises:
        NotSignedInError: there is none.
        CsrfError: the CSRF header is missing or wrong.
    """
    session = await session_of(context, request.cookies.get(SESSION_COOKIE))
    if request.method not in _SAFE:
        given = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(given.encode(), session.csrf_token.encode()):
            raise CsrfError
    return session


CurrentSession = Annotated[Session, Depends(current_session)]


# --- permissions ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A person, or a program with a person's API key."""

    user: User
    permissions: frozenset[Permission]
    scope: Scope
    key_id: str | None = None  # of the API key, if that is how they came

    @property
    def actor(self) -> str:
        """As the audit log names them."""
        return self.key_id or self.user.id


@dataclass(frozen=True, slots=True)
class Needs:
    """A dependency: lets callers through who have `permission`."""

    permission: Permission

    async def __call__(self, request: Request, context: Ctx) -> Caller:
        """The caller.

        Raises:
            NotSignedInError, CsrfError: as `current_session`; or the API key is no good.
            ForbiddenError: signed in, but without the permission.
        """
        caller = await _caller(request, context)
        if self.permission not in caller.permissions:
            raise ForbiddenError(f"this needs the permission {self.permission}")
        return caller


@dataclass(frozen=True, slots=True)
class Open:
    """A dependency that asks nothing: the route has another way to know its callers, or none."""

    to: str  # who calls, and by what

    async def __call__(self) -> None:
        """Nothing to see to."""


TO_RECORDERS = Depends(Open("recorders, by their credential"))
TO_DESKTOPS = Depends(Open("desktops that enrol, by a one-time token or code"))
TO_SOURCES = Depends(Open("telephony sources, by their signature"))
TO_ALL = Depends(Open("everybody"))


def markers(dependant: Dependant) -> Iterator[Needs | Open]:
    """The markers among a route's dependencies, however deep."""
    for below in dependant.dependencies:
        if isinstance(below.call, Needs | Open):
            yield below.call
        yield from markers(below)


async def _caller(request: Request, context: Context) -> Caller:
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    key_id, granted = None, None
    if scheme.lower() == "bearer" and credential.strip().startswith(KEY_PREFIX):
        key = await use_key(context, credential.strip())
        key_id, granted, user_id = key.id, key.permissions, key.user_id
    else:
        user_id = (await current_session(request, context)).user.id
    standing = await standing_of(context, user_id)
    if standing is None:
        raise NotSignedInError
    return caller_of(standing, key_id=key_id, granted=granted)


def caller_of(
    standing: Standing, *, key_id: str | None = None, granted: frozenset[str] | None = None
) -> Caller:
    """What a user may do; with a key, no more than it was `granted`."""
    may = permissions_of(Role(standing.user.role), agents_see_own=standing.agents_see_own)
    if granted is not None:
        may = frozenset(one for one in may if one.value in granted and one not in PERSONS_ALONE)
    return Caller(user=standing.user, permissions=may, scope=standing.scope, key_id=key_id)


# --- other ways in --------------------------------------------------------------------------------------------


def bearer(connection: HTTPConnection) -> str:
    """The bearer credential of a request.

    Raises:
        NotEnrolledError: there is none.
    """
    scheme, _, credential = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not credential:
        raise NotEnrolledError("no bearer credential")
    return credential.strip()


class Attempts:
    """Holds back guessing of passwords: so many failures a minute for an e-mail address, in this process."""

    LIMIT = 10
    WINDOW_MS = 60_000

    def __init__(self) -> None:
        self._failures: dict[str, list[WallTime]] = {}

    @asynccontextmanager
    async def guard(self, email: str, now: WallTime) -> AsyncIterator[None]:
        """Around one attempt, which counts as a failure until it succeeds: so do a thousand at once.

        Raises:
            TooManyAttemptsError: too many have failed lately, or are being looked at.
        """
        self._failures = {
            key: recent
            for key, times in self._failures.items()
            if (recent := [at for at in times if now - at < self.WINDOW_MS])
        }
        if len(self._failures.get(email, ())) >= self.LIMIT:
            raise TooManyAttemptsError
        self._failures.setdefault(email, []).append(now)
        try:
            yield
        except BadCredentialsError:
            raise
        except BaseException:
            self._take_back(email, now)
            raise
        self._take_back(email, now)

    def _take_back(self, email: str, at: WallTime) -> None:
        if at in (times := self._failures.get(email, [])):
            times.remove(at)


attempts = Attempts()
