"""HTTP of people: signing in and out, one's own password, and the administration of users and teams."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from deskreel.core.errors import NotSignedInError, TooLargeError
from deskreel.core.ids import check_id
from deskreel.server.auth import (
    CSRF_COOKIE,
    SESSION_COOKIE,
    TO_ALL,
    Caller,
    Ctx,
    CurrentSession,
    Needs,
    attempts,
    caller_of,
)
from deskreel.server.context import Context
from deskreel.server.paging import LARGEST, SHOWN
from deskreel.server.people import passwords, roster, roster_file, service, teams, users
from deskreel.server.people.model import (
    CreatedUser,
    Credentials,
    ImportReport,
    NewTeam,
    PasswordByCode,
    PasswordChange,
    ResetCode,
    Role,
    Session,
    TeamPage,
    TeamRef,
    UserChange,
    UserDetails,
    UserFields,
    UserPage,
)
from deskreel.server.people.session_model import SessionView
from deskreel.server.permissions import Permission

router = APIRouter(tags=["people"])
Self = Depends(Needs(Permission.ACCOUNT_OWN))
Viewer = Annotated[Caller, Depends(Needs(Permission.USERS_VIEW))]
Manager = Annotated[Caller, Depends(Needs(Permission.USERS_MANAGE))]
Limit = Annotated[int, Query(ge=1, le=LARGEST)]
Cursor = Annotated[str | None, Query(max_length=1000)]


@router.post("/session", dependencies=[TO_ALL])
async def sign_in(
    credentials: Credentials, request: Request, response: Response, context: Ctx
) -> SessionView:
    """Sign in: sets the session's cookies."""
    async with attempts.guard(credentials.email.strip().lower(), context.clock()):
        signed_in = await service.sign_in(context, email=credentials.email, password=credentials.password)
    max_age = (signed_in.expires_at - context.clock()) // 1000
    common = {"max_age": max_age, "samesite": "lax", "secure": context.settings.cookies_secure, "path": "/"}
    response.set_cookie(SESSION_COOKIE, signed_in.token, httponly=True, **common)  # type: ignore[arg-type]
    response.set_cookie(CSRF_COOKIE, signed_in.session.csrf_token, httponly=False, **common)  # type: ignore[arg-type]
    return await _view(context, signed_in.session)


@router.get("/session", dependencies=[Self])
async def current_session(session: CurrentSession, context: Ctx) -> SessionView:
    """Who is signed in, and what they may do."""
    return await _view(context, session)


async def _view(context: Context, session: Session) -> SessionView:
    standing = await service.standing_of(context, session.user.id)
    if standing is None:
        raise NotSignedInError
    permissions = sorted(caller_of(standing).permissions)
    return SessionView(user=session.user, csrf_token=session.csrf_token, permissions=permissions)


@router.delete("/session", status_code=204, dependencies=[Self])
async def sign_out(request: Request, response: Response, session: CurrentSession, context: Ctx) -> None:
    """Sign out."""
    await service.sign_out(context, request.cookies[SESSION_COOKIE])
    response.delete_cookie(SESSION_COOKIE, path="/")
    response.delete_cookie(CSRF_COOKIE, path="/")


@router.put("/session/password", status_code=204, dependencies=[Self])
async def change_password(
    change: PasswordChange, request: Request, session: CurrentSession, context: Ctx
) -> None:
    """Change one's own password; other sessions of oneself end."""
    async with attempts.guard(session.user.email, context.clock()):
        await passwords.change_own(
            context,
            session.user.id,
            current=change.current,
            new=change.new,
            token=request.cookies[SESSION_COOKIE],
        )


@router.post("/password-by-code", status_code=204, dependencies=[TO_ALL])
async def set_password_by_code(by_code: PasswordByCode, context: Ctx) -> None:
    """Set one's password with the one-time code that an admin handed over."""
    await passwords.set_by_code(context, by_code.code, by_code.password)


# --- users ----------------------------------------------------------------------------------------------------


@router.get("/users")
async def list_users(
    context: Ctx,
    caller: Viewer,
    *,
    limit: Limit = SHOWN,
    cursor: Cursor = None,
    q: Annotated[str | None, Query(max_length=200, description="Part of name or e-mail.")] = None,
    role: Role | None = None,
    active: bool | None = None,
    team: Annotated[str | None, Query(max_length=40)] = None,
) -> UserPage:
    """Users, by name."""
    return await users.page(
        context, caller.scope, limit=limit, cursor=cursor, q=q, role=role, active=active, team_id=team
    )


@router.post("/users", status_code=201)
async def create_user(fields: UserFields, context: Ctx, caller: Manager) -> CreatedUser:
    """Make a user; the answer has the code by which they set their password."""
    return await users.create(context, caller.actor, fields)


@router.get("/users/export", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
async def export_users(context: Ctx, caller: Manager) -> Response:
    """All users as CSV, as the import reads them."""
    text = await roster.export_csv(context, caller.actor)
    headers = {"content-disposition": 'attachment; filename="users.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


@router.post(
    "/users/import",
    openapi_extra={
        "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}
    },
)
async def import_users(
    request: Request, context: Ctx, caller: Manager, dry_run: bool = False
) -> ImportReport:
    """Make or change users from CSV: all of it, or nothing and each error by line."""
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > roster_file.MAX_BYTES:
            raise TooLargeError(f"an import takes at most {roster_file.MAX_BYTES} bytes")
    return await roster.import_csv(context, caller.actor, data, dry_run=dry_run)


@router.get("/users/{user_id}")
async def get_user(user_id: str, context: Ctx, caller: Viewer) -> UserDetails:
    """A user."""
    return await users.one(context, caller.scope, check_id("usr", user_id))


@router.put("/users/{user_id}")
async def change_user(user_id: str, wanted: UserChange, context: Ctx, caller: Manager) -> UserDetails:
    """Make a user so, if nobody changed them since they were read.

    A user who is not active any more is shut out, and not captured, at once.
    """
    return await users.change(context, caller.actor, check_id("usr", user_id), wanted)


@router.post("/users/{user_id}/password-reset")
async def reset_password(user_id: str, context: Ctx, caller: Manager) -> ResetCode:
    """End a user's password and sessions; the answer has the code by which they set a new one."""
    code = await passwords.reset(context, caller.actor, check_id("usr", user_id))
    return ResetCode(code=code.code, expires_at=code.expires_at)


@router.post("/users/{user_id}/sign-out", status_code=204)
async def sign_out_everywhere(user_id: str, context: Ctx, caller: Manager) -> None:
    """End all sessions of a user."""
    await users.sign_out_everywhere(context, caller.actor, check_id("usr", user_id))


# --- teams ----------------------------------------------------------------------------------------------------


@router.get("/teams")
async def list_teams(context: Ctx, caller: Viewer, limit: Limit = SHOWN, cursor: Cursor = None) -> TeamPage:
    """Teams, by name."""
    return await teams.page(context, caller.scope, limit=limit, cursor=cursor)


@router.post("/teams", status_code=201)
async def create_team(team: NewTeam, context: Ctx, caller: Manager) -> TeamRef:
    """Make a team."""
    return await teams.create(context, caller.actor, team.name)


@router.put("/teams/{team_id}")
async def rename_team(team_id: str, team: NewTeam, context: Ctx, caller: Manager) -> TeamRef:
    """Give a team another name."""
    return await teams.rename(context, caller.actor, check_id("tea", team_id), team.name)


@router.delete("/teams/{team_id}", status_code=204)
async def remove_team(team_id: str, context: Ctx, caller: Manager) -> None:
    """Dissolve a team; its agents are in none then."""
    await teams.remove(context, caller.actor, check_id("tea", team_id))
