"""HTTP of people: signing in and out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from deskreel.server.auth import CSRF_COOKIE, SESSION_COOKIE, Ctx, CurrentSession, attempts
from deskreel.server.people import service
from deskreel.server.people.model import Credentials, Session

router = APIRouter(tags=["people"])


@router.post("/session")
async def sign_in(credentials: Credentials, request: Request, response: Response, context: Ctx) -> Session:
    """Sign in: sets the session's cookies."""
    async with attempts.guard(credentials.email.strip().lower(), context.clock()):
        signed_in = await service.sign_in(context, email=credentials.email, password=credentials.password)
    max_age = (signed_in.expires_at - context.clock()) // 1000
    common = {"max_age": max_age, "samesite": "lax", "secure": context.settings.cookies_secure, "path": "/"}
    response.set_cookie(SESSION_COOKIE, signed_in.token, httponly=True, **common)  # type: ignore[arg-type]
    response.set_cookie(CSRF_COOKIE, signed_in.session.csrf_token, httponly=False, **common)  # type: ignore[arg-type]
    return signed_in.session


@router.get("/session")
async def current_session(session: CurrentSession) -> Session:
    """Who is signed in."""
    return session


@router.delete("/session", status_code=204)
async def sign_out(request: Request, response: Response, session: CurrentSession, context: Ctx) -> None:
    """Sign out."""
    await service.sign_out(context, request.cookies[SESSION_COOKIE])
    response.delete_cookie(SESSION_COOKIE, path="/")
    response.delete_cookie(CSRF_COOKIE, path="/")
