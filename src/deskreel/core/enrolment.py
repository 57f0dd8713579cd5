"""Enrolment by code, as RFC 8628 has it: the shape of user codes, and the refusals that both sides know by name.

The recorder shows a user code and polls with a device code; a person approves the user code in the browser.
"""

from __future__ import annotations

from deskreel.core.errors import DeskreelError, InvalidInputError, NotEnrolledError

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels: no words; no digits: nothing to mix up (RFC 8628, 6.1)
CODE_LENGTH = 8  # letters, shown as two groups of four: 34 bits
RANDOM_BYTES = 16  # what `make_user_code` wants: so many that the remainder favours no letter
SLOW_DOWN_S = 5  # added to the interval of a program that polls too often (RFC 8628, 3.5)


def make_user_code(random: bytes) -> str:
    """A code such as WDJB-MJHT from RANDOM_BYTES random bytes.

    Raises:
        ValueError: another number of bytes.
    """
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"{len(random)} random bytes")
    number = int.from_bytes(random, "big")
    letters: list[str] = []
    for _ in range(CODE_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return _grouped("".join(letters))


def parse_user_code(text: str) -> str:
    """A code as a person typed it, in the form in which it is shown: case, spaces and hyphens do not matter.

    Raises:
        UnknownCodeError: no code looks so.
    """
    letters = "".join(text.split()).replace("-", "").upper()
    if len(letters) != CODE_LENGTH or any(letter not in ALPHABET for letter in letters):
        raise UnknownCodeError(
            "this is not a code: codes are eight letters, such as WDJB-MJHT",
            hint="Copy the code from the desktop; it has no vowels, no Y and no digits.",
        )
    return _grouped(letters)


def _grouped(letters: str) -> str:
    half = CODE_LENGTH // 2
    return f"{letters[:half]}-{letters[half:]}"


# --- for the person who approves -----------------------------------------------------------------------------


class UnknownCodeError(DeskreelError):
    """No request for enrolment has this user code, or it is over."""

    code = "unknown_code"
    status = 404
    title = "There is no request with this code"
    hint = (
        "Compare it with the code on the desktop. A code lasts ten minutes; after that "
        "`deskreel recorder enroll` makes another."
    )


# --- for the recorder that polls, by the names of RFC 8628 ---------------------------------------------------


class AuthorizationPendingError(DeskreelError):
    """Nobody has decided yet."""

    code = "authorization_pending"
    status = 400
    title = "The code has not been approved yet"
    retryable = True
    hint = "Open the address, enter the code and approve it; the recorder asks again by itself."


class SlowDownError(AuthorizationPendingError):
    """Nobody has decided yet, and the recorder asks too often."""

    code = "slow_down"
    title = "Asked too often"
    hint = "Wait five seconds more between questions than before."


class AccessDeniedError(NotEnrolledError):
    """Somebody refused."""

    code = "access_denied"
    status = 400
    title = "The request was refused"
    hint = "Ask the admin who refused it; `deskreel recorder enroll` makes another request."


class ExpiredTokenError(NotEnrolledError):
    """Nobody decided in time."""

    code = "expired_token"
    status = 400
    title = "The code has expired"
    hint = "Run `deskreel recorder enroll` again and approve the new code within ten minutes."


class InvalidGrantError(InvalidInputError):
    """A device code that is unknown, or was exchanged before."""

    code = "invalid_grant"
    status = 400
    title = "The device code is unknown or was used"
    hint = "Run `deskreel recorder enroll` again."


# --- for the recorder that was enrolled ----------------------------------------------------------------------


class EnrolmentEndedError(NotEnrolledError):
    """The server itself said that it does not know this recorder: revoked, expired, or enrolled anew elsewhere."""

    code = "enrolment_ended"
    title = "This recorder's enrolment has ended"
    hint = (
        "Nothing is captured or sent. Ask an admin whether it was revoked, and enrol this desktop again with "
        "`deskreel recorder enroll`: what waits here is sent afterwards."
    )
