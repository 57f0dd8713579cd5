"""The one error tree.

Every error that crosses a boundary (HTTP, control channel, CLI) is a `DeskreelError`: a stable `code` for
programs, an HTTP `status`, whether the same call may succeed later (`retryable`), and a `hint` that tells a
person what to do. `problem()` renders it as problem JSON (RFC 9457); the web UI, the CLI and the recorder all
show the hint.
"""

from __future__ import annotations

from typing import Any, ClassVar

PROBLEM_CONTENT_TYPE = "application/problem+json"


class DeskreelError(Exception):
    """Root of the tree. `detail` says what happened this time; `extra` becomes members of the problem."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"
    retryable: ClassVar[bool] = False
    hint: ClassVar[str] = "Look into the server's log for the event named here."

    def __init__(self, detail: str = "", *, hint: str | None = None, **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.hint_text = hint if hint is not None else self.hint
        self.extra = extra

    def problem(self) -> dict[str, Any]:
        """The error as members of a problem document (RFC 9457)."""
        return {
            "type": f"urn:deskreel:error:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "hint": self.hint_text,
            "retryable": self.retryable,
            **self.extra,
        }


# --- the caller's input -------------------------------------------------------------------------------------


class InvalidInputError(DeskreelError):
    """The request does not have the documented shape."""

    code = "invalid_input"
    status = 422
    title = "The request is not valid"
    hint = "Compare the request with the reference; the field at fault is named in the detail."


class NotFoundError(DeskreelError):
    """No such thing, or not for this caller."""

    code = "not_found"
    status = 404
    title = "Not found"
    hint = "Check the id; the thing may have been deleted, or you may lack the permission to see it."


class ConflictError(DeskreelError):
    """The thing exists already or has moved on."""

    code = "conflict"
    status = 409
    title = "Conflict with what is stored"
    hint = "Reload and try again."


class TooLargeError(DeskreelError):
    """The body is over the limit."""

    code = "too_large"
    status = 413
    title = "The body is too large"
    hint = "Send less at once; the limit is in the detail."


# --- who is calling -----------------------------------------------------------------------------------------


class NotSignedInError(DeskreelError):
    """No valid session or credential."""

    code = "not_signed_in"
    status = 401
    title = "Not signed in"
    hint = "Sign in and try again."


class BadCredentialsError(DeskreelError):
    """Wrong user or password."""

    code = "bad_credentials"
    status = 401
    title = "Wrong e-mail or password"
    hint = "Check both; an admin can set a new password with `deskreel user add --reset`."


class TooManyAttemptsError(DeskreelError):
    """Sign-in is locked for a while."""

    code = "too_many_attempts"
    status = 429
    title = "Too many attempts"
    retryable = True
    hint = "Wait a minute and try again."


class ForbiddenError(DeskreelError):
    """Signed in, but not allowed."""

    code = "forbidden"
    status = 403
    title = "Not allowed"
    hint = "Ask an admin for the permission named in the detail."


class CsrfError(DeskreelError):
    """A state-changing request without the session's CSRF token."""

    code = "csrf"
    status = 403
    title = "The CSRF token is missing or wrong"
    hint = "Reload the page; clients send the value of the cookie deskreel_csrf in the header X-CSRF-Token."


class SignatureError(DeskreelError):
    """A signed request (Standard Webhooks) whose signature does not hold."""

    code = "bad_signature"
    status = 401
    title = "The signature does not match"
    hint = (
        "Sign '{webhook-id}.{webhook-timestamp}.{body}' with the source's secret, over the exact bytes sent."
    )


class TimestampError(DeskreelError):
    """A signed request outside the replay window."""

    code = "timestamp_out_of_window"
    status = 401
    title = "The timestamp is too old or too new"
    hint = "Set the sender's clock (NTP) and sign each attempt anew; the window is five minutes."


class TokenError(DeskreelError):
    """A media token that is malformed, not ours, or for another purpose."""

    code = "bad_token"
    status = 401
    title = "The media token is not valid"
    hint = "Ask the server for a new token; tokens are tied to one screen recording and one purpose."


class TokenExpiredError(TokenError):
    """A media token past its time."""

    code = "token_expired"
    title = "The media token has expired"
    retryable = True
    hint = "Ask the server for a new token and repeat the request."


class TokenScopeError(TokenError):
    """A good token, for another screen recording or another purpose."""

    code = "token_scope"
    status = 403
    title = "The media token is for something else"
    hint = "Use the token that the server issued for this screen recording and purpose."


class WrongRegionError(TokenError):
    """A good token, at a gateway of another region."""

    code = "wrong_region"
    status = 403
    title = "The media token is for another region"
    hint = "Use the gateway address that came with the token; the server's regions file names each gateway."


# --- media --------------------------------------------------------------------------------------------------


class DigestMismatchError(DeskreelError):
    """Content-Digest and body differ."""

    code = "digest_mismatch"
    status = 400
    title = "The body does not match its digest"
    retryable = True
    hint = "The body was damaged on the way: send the chunk again."


class BadFragmentError(DeskreelError):
    """Bytes that are no complete fMP4 fragment, or not what the headers say."""

    code = "bad_fragment"
    status = 422
    title = "The chunk is not a valid fMP4 fragment"
    hint = "The chunk is truncated or damaged: the recorder puts it into quarantine with this reason."


class ChunkConflictError(ConflictError):
    """Same sequence number, other bytes."""

    code = "chunk_conflict"
    title = "Another chunk is stored under this sequence number"
    hint = "Two recorders write one screen recording, or a spool was restored from a copy: nothing was overwritten."


class StorageUnavailableError(DeskreelError):
    """The object store refuses or cannot be reached."""

    code = "storage_unavailable"
    status = 503
    title = "The object store is not available"
    retryable = True
    hint = (
        "Check DESKREEL_STORAGE_URL, free space and permissions; recorders keep their chunks and try again."
    )


class BadAudioError(DeskreelError):
    """Call audio that cannot be decoded."""

    code = "bad_audio"
    status = 422
    title = "The call audio cannot be read"
    hint = "Send WAV, MP3 or Ogg/Opus, mono or two channels."


# --- the recorder -------------------------------------------------------------------------------------------


class NoDisplayError(DeskreelError):
    """There is no screen to capture, or it went away."""

    code = "no_display"
    status = 503
    title = "There is no display to record"
    retryable = True
    hint = (
        "Start the recorder in the agent's desktop session, or set DISPLAY; under Wayland use an X11 session."
    )


class SpoolFullError(DeskreelError):
    """The spool cannot take another chunk."""

    code = "disk_full"
    status = 507
    title = "The spool is full"
    retryable = True
    hint = "Free space on the desktop; capture goes on and the missing seconds are listed with this reason."


class SpoolLockedError(DeskreelError):
    """Another recorder owns the spool."""

    code = "spool_locked"
    status = 409
    title = "Another recorder uses this spool"
    hint = "Stop the other recorder, or give this one its own DESKREEL_RECORDER_DIR."


class NotEnrolledError(DeskreelError):
    """No credential, or one that the server no longer knows."""

    code = "not_enrolled"
    status = 401
    title = "This recorder is not enrolled"
    hint = "`deskreel recorder enroll --server URL` shows a code; approve it in the browser."


# --- setting up ---------------------------------------------------------------------------------------------


class SettingsError(DeskreelError):
    """A setting that cannot work."""

    code = "bad_setting"
    status = 500
    title = "A setting is not valid"
    hint = "See docs/reference/settings.md for the names and their meaning."


class PortInUseError(SettingsError):
    """The address is taken."""

    code = "port_in_use"
    title = "The address is already in use"
    hint = "Stop the other program, or choose another address with DESKREEL_LISTEN=host:port."


class DataDirError(SettingsError):
    """The data directory cannot be written."""

    code = "data_dir_not_writable"
    title = "The data directory cannot be written"
    hint = "Set DESKREEL_DATA_DIR to a directory that this user may write."


class DatabaseUnavailableError(DeskreelError):
    """PostgreSQL cannot be reached."""

    code = "database_unavailable"
    status = 503
    title = "The database is not available"
    retryable = True
    hint = "Check DESKREEL_DATABASE_URL and that PostgreSQL runs."
