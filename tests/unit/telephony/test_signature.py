"""Standard Webhooks signatures."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.errors import SignatureError, TimestampError
from deskreel.telephony.signature import make_secret, sign, signed_headers, verify

SECRET = make_secret(bytes(range(32)))
OTHER = make_secret(bytes(32))


def test_the_example_of_the_specification() -> None:
    """https://github.com/standard-webhooks/standard-webhooks, the test vector of its libraries."""
    secret = "whsec_" + base64.b64encode(base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).decode()
    given_signature = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert given_signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.binary(max_size=200), st.integers(0, 2**31))
def test_what_is_signed_verifies(body: bytes, now: int) -> None:
    verify([OTHER, SECRET], signed_headers(SECRET, "msg_1", now, body), body, now)


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_another_body_does_not(signed: bytes, sent: bytes) -> None:
    headers = signed_headers(SECRET, "msg_1", 1000, signed)
    if signed != sent:
        with pytest.raises(SignatureError):
            verify([SECRET], headers, sent, 1000)


def test_another_secret_does_not() -> None:
    with pytest.raises(SignatureError):
        verify([OTHER], signed_headers(SECRET, "msg_1", 1000, b"x"), b"x", 1000)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_missing_headers(missing: str) -> None:
    headers = signed_headers(SECRET, "msg_1", 1000, b"x")
    del headers[missing]
    with pytest.raises(SignatureError):
        verify([SECRET], headers, b"x", 1000)


@pytest.mark.parametrize("off_s", [-301, 301])
def test_old_and_future_timestamps(off_s: int) -> None:
    with pytest.raises(TimestampError):
        verify([SECRET], signed_headers(SECRET, "msg_1", 10_000, b"x"), b"x", 10_000 + off_s)


def test_one_good_signature_among_several_is_enough() -> None:
    headers = signed_headers(SECRET, "msg_1", 1000, b"x")
    headers["webhook-signature"] = "v1a,nonsense " + headers["webhook-signature"] + " v1,AAAA"
    verify([SECRET], headers, b"x", 1000)
