"""From a request to the grant it carries: in the Authorization header, or in the path for players."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskreel.core.errors import TokenError
from deskreel.core.ids import CallRecordingId, ScreenRecordingId, check_id
from deskreel.core.tokens import Grant, Purpose
from deskreel.storage.signing import verify_grant

if TYPE_CHECKING:
    from starlette.requests import Request

    from deskreel.gateway.deps import Deps


def bearer_grant(deps: Deps, request: Request, purpose: Purpose) -> Grant:
    """The grant for `purpose` on the recording that the path names.

    Raises:
        TokenError: there is none, it does not hold, or it is for something else.
        InvalidInputError: the path names no recording.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenError("the Authorization header carries no bearer token")
    grant = verify_grant(deps.public_keys, token.strip(), deps.now())
    grant.require(purpose, request.path_params["id"])
    check_id("aud" if purpose.startswith("audio") else "scr", grant.subject)
    return grant


def path_grant(deps: Deps, request: Request, purpose: Purpose) -> Grant:
    """The grant for `purpose` that the path carries; its subject is what is played.

    Raises:
        TokenError: it does not hold or is for something else.
    """
    grant = verify_grant(deps.public_keys, request.path_params["token"], deps.now())
    grant.require(purpose, grant.subject)
    check_id("aud" if purpose.startswith("audio") else "scr", grant.subject)
    return grant


def screen(grant: Grant) -> ScreenRecordingId:
    """The screen recording a grant is about (its id was checked with the token)."""
    return ScreenRecordingId(grant.subject)


def call(grant: Grant) -> CallRecordingId:
    """The call recording a grant is about (its id was checked with the token)."""
    return CallRecordingId(grant.subject)
