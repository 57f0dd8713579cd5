"""Enrolment: a one-time token becomes an identity."""

from __future__ import annotations

import socket

import httpx2

from deskreel.core.ids import RecorderId, check_id
from deskreel.recorder import identity
from deskreel.recorder.identity import Identity
from deskreel.recorder.problems import UnreachableError, error_from_problem
from deskreel.recorder.settings import RecorderSettings, load_settings

_TIMEOUT_S = 15.0


def enrol(
    server_url: str,
    token: str,
    *,
    settings: RecorderSettings | None = None,
    hostname: str | None = None,
    transport: httpx2.BaseTransport | None = None,
) -> Identity:
    """Make a key, have the server take it for `token`, and save who we are now.

    Raises:
        NotEnrolledError: the token is unknown, used or expired.
        UnreachableError: no answer.
        SettingsError: the recorder's directory cannot be written.
        DeskreelError: whatever else the server says.
    """
    settings = settings or load_settings()
    server_url = server_url.rstrip("/")
    key = identity.new_key()
    body = {
        "token": token,
        "hostname": hostname or socket.gethostname() or "unknown",
        "public_key": identity.public_jwk(key),
    }
    try:
        with httpx2.Client(timeout=_TIMEOUT_S, transport=transport) as client:
            response = client.post(f"{server_url}/api/v1/recorder/enrolments", json=body)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise UnreachableError(f"{server_url}: {error}") from error
    if not response.is_success:
        raise error_from_problem(response)
    answer = response.json()
    enrolled = Identity(
        server_url=server_url,
        recorder_id=RecorderId(check_id("rcd", answer["recorder_id"])),
        credential=answer["credential"],
        agent_name=answer.get("agent_name", ""),
        key=key,
    )
    identity.save(settings.home, enrolled)
    return enrolled
