"""Who is calling: the dependencies by which routes get at the context, the session and the recorder."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from deskreel.core.errors import BadCredentialsError, CsrfError, NotEnrolledError, TooManyAttemptsError
from deskreel.core.time import WallTime
from deskreel.server.context import Context
from deskreel.server.people.model import Session
from deskreel.server.people.service import session_of

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
        """Around one attempt.

        Raises:
            TooManyAttemptsError: too many have failed lately.
        """
        self._failures = {
            key: recent
            for key, times in self._failures.items()
            if (recent := [at for at in times if now - at < self.WINDOW_MS])
        }
        if len(self._failures.get(email, ())) >= self.LIMIT:
            raise TooManyAttemptsError
        try:
            yield
        except BadCredentialsError:
            self._failures.setdefault(email, []).append(now)
            raise


attempts = Attempts()
