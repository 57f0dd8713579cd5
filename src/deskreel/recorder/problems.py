"""Answers of server and gateway as errors of our tree, with their code and hint kept."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx2

from deskreel.core.errors import DeskreelError

MAX_RETRY_AFTER_S = 300.0
_NO_DOCUMENT = "no_problem_document"


class UnreachableError(DeskreelError):
    """No answer: refused, timed out, no route, no name."""

    code = "unreachable"
    status = 503
    title = "The server cannot be reached"
    retryable = True
    hint = "Check the network and the server's address; the recorder keeps its chunks and tries again."


class RemoteError(DeskreelError):
    """An answer whose code this program has no class for."""

    code = _NO_DOCUMENT
    status = 502
    title = "The server refused"

    def __init__(self, detail: str, *, hint: str | None, code: str, status: int, **extra: Any) -> None:
        super().__init__(detail, hint=hint, **extra)
        self.code = code  # type: ignore[misc]  # known only now
        self.status = status  # type: ignore[misc]


def error_from_problem(response: httpx2.Response) -> DeskreelError:
    """The error that an answer above 299 says: of its own class where we know the code.

    `extra` has `http_status`, and `retry_after_s` when the answer asks for patience.
    """
    extra: dict[str, Any] = {"http_status": response.status_code}
    if (patience := _retry_after(response)) is not None:
        extra["retry_after_s"] = patience
    try:
        body: Any = response.json()
    except ValueError:
        body = None
    code = body.get("code") if isinstance(body, dict) else None
    if not isinstance(code, str):
        detail = f"{response.request.url.host} answered {response.status_code} {response.reason_phrase}"
        hint = "Something between recorder and server answered in its place: check proxy and address."
        if response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            hint = (
                "A proxy limits the size of requests: let it pass 17 MiB (nginx: client_max_body_size 17m)."
            )
        return RemoteError(detail, hint=hint, code=_NO_DOCUMENT, status=response.status_code, **extra)
    detail, hint = str(body.get("detail", "")), body.get("hint")
    hint = hint if isinstance(hint, str) else None
    known = _classes().get(code)
    if known is None:
        return RemoteError(detail, hint=hint, code=code, status=response.status_code, **extra)
    return known(detail, hint=hint, **extra)


def _retry_after(response: httpx2.Response) -> float | None:
    text = response.headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isdigit():
        return min(float(text), MAX_RETRY_AFTER_S)
    try:
        moment = parsedate_to_datetime(text)
        since = parsedate_to_datetime(response.headers["date"])
    except (ValueError, KeyError):
        return None
    return min(max(0.0, (moment - since).total_seconds()), MAX_RETRY_AFTER_S)


def _classes() -> dict[str, type[DeskreelError]]:
    found: dict[str, type[DeskreelError]] = {}
    ahead = [DeskreelError]
    while ahead:
        kind = ahead.pop()
        ahead.extend(kind.__subclasses__())
        if kind.__init__ is DeskreelError.__init__:  # others want arguments of their own
            found.setdefault(kind.code, kind)
    return found
