"""From a request to the grant it carries: in the Authorization header, or in the path for players."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskreel.core.errors import TokenError
from deskreel.core.ids import CallRecordingId, DownloadId, ProbeId, ScreenRecordingId, check_id
from deskreel.core.tokens import SUBJECTS, Grant, Purpose

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
    grant = deps.grants.verify(token.strip(), deps.now())
    grant.require_region(deps.region)
    grant.require(purpose, request.path_params["id"])
    check_id(SUBJECTS[purpose], grant.subject)
    return grant


def path_grant(deps: Deps, request: Request, purpose: Purpose) -> Grant:
    """The grant for `purpose` that the path carries; its subject is what is played.

    Raises:
        TokenError: it does not hold or is for something else.
    """
    grant = deps.grants.verify(request.path_params["token"], deps.now())
    grant.require_region(deps.region)
    grant.require(purpose, grant.subject)
    check_id(SUBJECTS[purpose], grant.subject)
    return grant


def screen(grant: Grant) -> ScreenRecordingId:
    """The screen recording a grant is about (its id was checked with the token)."""
    return ScreenRecordingId(grant.subject)


def call(grant: Grant) -> CallRecordingId:
    """The call recording a grant is about (its id was checked with the token)."""
    return CallRecordingId(grant.subject)


def download(grant: Grant) -> DownloadId:
    """The download a grant is about (its id was checked with the token)."""
    return DownloadId(grant.subject)


def probe(grant: Grant) -> ProbeId:
    """The probe a grant is about (its id was checked with the token)."""
    return ProbeId(grant.subject)
