"""Signatures after the Standard Webhooks specification (https://www.standardwebhooks.com), symmetric `v1`.

The signed text is `{id}.{timestamp}.{body}` over the exact bytes of the body; the secret is `whsec_` followed by
base64. A source may hold several secrets at once, so that keys rotate without a gap.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence

from deskreel.core.errors import SettingsError, SignatureError, TimestampError

SECRET_PREFIX = "whsec_"  # noqa: S105 - the public prefix, not a secret
REPLAY_WINDOW_S = 300
ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER = "webhook-id", "webhook-timestamp", "webhook-signature"


def make_secret(random: bytes) -> str:
    """A secret in the form in which senders expect it, from at least 24 random bytes."""
    if len(random) < 24:
        raise ValueError("a signing secret needs at least 24 random bytes")
    return SECRET_PREFIX + base64.b64encode(random).decode()


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise SettingsError("a signing secret must be 'whsec_' and base64") from error


def sign(secret: str, message_id: str, timestamp_s: int, body: bytes) -> str:
    """The value of the header webhook-signature."""
    text = f"{message_id}.{timestamp_s}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(_key(secret), text, hashlib.sha256).digest()).decode()


def signed_headers(secret: str, message_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """The three headers of a signed request."""
    return {
        ID_HEADER: message_id,
        TIMESTAMP_HEADER: str(timestamp_s),
        SIGNATURE_HEADER: sign(secret, message_id, timestamp_s, body),
    }


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now_s: float) -> None:
    """Pass if any of the signatures was made with any of the secrets, within the replay window.

    Raises:
        SignatureError: headers are missing or no signature holds.
        TimestampError: the timestamp is more than five minutes off.
    """
    try:
        message_id, stamp, given = headers[ID_HEADER], headers[TIMESTAMP_HEADER], headers[SIGNATURE_HEADER]
        timestamp_s = int(stamp)
    except (KeyError, ValueError) as error:
        raise SignatureError(
            "the headers webhook-id, webhook-timestamp and webhook-signature are required"
        ) from error
    offered = [value.encode() for value in given.split() if value.startswith("v1,")]
    wanted = [sign(secret, message_id, timestamp_s, body).encode() for secret in secrets]
    if not any(hmac.compare_digest(a, b) for a in offered for b in wanted):
        raise SignatureError("no signature matches")
    if abs(now_s - timestamp_s) > REPLAY_WINDOW_S:
        raise TimestampError(
            f"the timestamp is {now_s - timestamp_s:+.0f} s off, {REPLAY_WINDOW_S} s are allowed"
        )
