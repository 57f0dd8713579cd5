"""Enrolment: a one-time token, or a code that a person approves in the browser, becomes an identity."""

from __future__ import annotations

import platform
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2
from joserfc.jwk import OKPKey

from deskreel import __version__
from deskreel.core.enrolment import (
    SLOW_DOWN_S,
    AuthorizationPendingError,
    ExpiredTokenError,
    SlowDownError,
)
from deskreel.core.errors import DeskreelError
from deskreel.core.ids import RecorderId, check_id
from deskreel.core.time import WallTime
from deskreel.recorder.enrol import identity
from deskreel.recorder.enrol.identity import Identity
from deskreel.recorder.enrol.secret_store import SecretStore
from deskreel.recorder.problems import UnreachableError, error_from_problem
from deskreel.recorder.settings import RecorderSettings, load_settings

_TIMEOUT_S = 15.0
_SLOWEST_POLL_S = 60.0  # while the server does not answer


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCode:
    """What a person needs to approve this desktop."""

    user_code: str  # WDJB-MJHT
    address: str  # the page to open
    address_with_code: str  # the same, with the code filled in
    expires_in_s: int


def enrol(
    server_url: str,
    token: str,
    *,
    settings: RecorderSettings | None = None,
    store: SecretStore | None = None,
    hostname: str | None = None,
    transport: httpx2.BaseTransport | None = None,
) -> Identity:
    """Make a key, have the server take it for `token`, and save who we are now, with secrets in `store`.

    Raises:
        NotEnrolledError: the token is unknown, used or expired.
        UnreachableError: no answer.
        SettingsError: the recorder's directory cannot be written.
        DeskreelError: whatever else the server says.
    """
    settings = settings or load_settings()
    server_url = server_url.rstrip("/")
    key = _key(settings, server_url)
    body = {"token": token, "hostname": hostname or _hostname(), "public_key": identity.public_jwk(key)}
    with httpx2.Client(timeout=_TIMEOUT_S, transport=transport) as client:
        answer = _post(client, f"{server_url}/api/v1/recorder/enrolments", body)
    return _save(settings, server_url, key, answer, store)


def enrol_by_code(
    server_url: str,
    *,
    show: Callable[[ShownCode], None],
    settings: RecorderSettings | None = None,
    store: SecretStore | None = None,
    hostname: str | None = None,
    transport: httpx2.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,
    now_s: Callable[[], float] = time.monotonic,
) -> Identity:
    """Ask for a code, `show` it, wait until a person has decided in the browser, and save who we are now.

    Raises:
        AccessDeniedError: refused.
        ExpiredTokenError: nobody decided in time.
        UnreachableError: no answer to the first question; later ones are asked again.
        SettingsError: the recorder's directory cannot be written.
        DeskreelError: whatever else the server says.
    """
    settings = settings or load_settings()
    server_url = server_url.rstrip("/")
    key = _key(settings, server_url)
    api = f"{server_url}/api/v1/recorder"
    body = {
        "hostname": hostname or _hostname(),
        "platform": f"{platform.system()} {platform.release()}"[:60],
        "version": __version__,
        "public_key": identity.public_jwk(key),
    }
    with httpx2.Client(timeout=_TIMEOUT_S, transport=transport) as client:
        code = _post(client, f"{api}/device-codes", body)
        deadline_s = now_s() + code["expires_in"]
        show(
            ShownCode(
                user_code=code["user_code"],
                address=code["verification_uri"],
                address_with_code=code["verification_uri_complete"],
                expires_in_s=code["expires_in"],
            )
        )
        interval_s = delay_s = float(code["interval"])
        while now_s() + delay_s < deadline_s:
            sleep(delay_s)
            try:
                answer = _post(client, f"{api}/device-tokens", {"device_code": code["device_code"]})
            except SlowDownError:
                interval_s += SLOW_DOWN_S
                delay_s = interval_s
            except AuthorizationPendingError:
                delay_s = interval_s
            except DeskreelError as error:
                if not error.retryable:
                    raise
                delay_s = min(delay_s * 2, max(_SLOWEST_POLL_S, interval_s))
            else:
                return _save(settings, server_url, key, answer, store)
    raise ExpiredTokenError


def _hostname() -> str:
    return socket.gethostname() or "unknown"


def _key(settings: RecorderSettings, server_url: str) -> OKPKey:
    """The key that we have for this server, by which it knows us again and takes what still waits here; or one."""
    try:
        known = identity.load(settings.home)
    except DeskreelError:
        return identity.new_key()
    return known.key if known.server_url == server_url else identity.new_key()


def _post(client: httpx2.Client, url: str, body: dict[str, Any]) -> dict[str, Any]:
    try:
        response = client.post(url, json=body)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise UnreachableError(f"{url.partition('/api/')[0]}: {error}") from error
    if not response.is_success:
        raise error_from_problem(response)
    return dict(response.json())


def _save(
    settings: RecorderSettings,
    server_url: str,
    key: OKPKey,
    answer: dict[str, Any],
    store: SecretStore | None,
) -> Identity:
    renew_at = answer.get("credential_renew_at")
    enrolled = Identity(
        server_url=server_url,
        recorder_id=RecorderId(check_id("rcd", answer["recorder_id"])),
        credential=answer["credential"],
        agent_name=answer.get("agent_name", ""),
        key=key,
        renew_at=None if renew_at is None else WallTime(int(renew_at)),
    )
    identity.save(settings.home, enrolled, store)
    return enrolled
