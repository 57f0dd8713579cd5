"""Refusals and what helps."""

import httpx2
import pytest

from deskreel.core.errors import ChunkConflictError, NotEnrolledError, TokenExpiredError
from deskreel.recorder.problems import RemoteError, error_from_problem
from deskreel.recorder.upload.refusal import MAX_DAMAGED_ON_THE_WAY, Remedy, remedy


def answer(status: int, body: object = None, **headers: str) -> httpx2.Response:
    request = httpx2.Request("PUT", "http://gateway/v1/x")
    if body is None:
        return httpx2.Response(status, text="<html>no</html>", headers=headers, request=request)
    return httpx2.Response(status, json=body, headers=headers, request=request)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, "token_expired", Remedy.RENEW_TOKEN),
        (401, "bad_token", Remedy.RENEW_TOKEN),
        (403, "token_scope", Remedy.RENEW_TOKEN),
        (409, "unknown_init", Remedy.SEND_INIT),
        (409, "chunk_conflict", Remedy.QUARANTINE),
        (422, "bad_fragment", Remedy.QUARANTINE),
        (422, "invalid_input", Remedy.QUARANTINE),
        (413, "too_large", Remedy.QUARANTINE),
        (400, "digest_mismatch", Remedy.RETRY),
        (404, "no_route", Remedy.RETRY),
        (503, "storage_unavailable", Remedy.RETRY),
        (500, "internal", Remedy.RETRY),
    ],
)
def test_by_code(status: int, code: str, expected: Remedy) -> None:
    error = error_from_problem(answer(status, {"code": code, "detail": "d", "hint": "h"}))
    assert (error.code, error.detail, error.hint_text) == (code, "d", "h")
    assert remedy(error, attempt=0) is expected


def test_a_proxys_page_is_never_final() -> None:
    for status in (400, 403, 404, 409, 422, 502):
        assert remedy(error_from_problem(answer(status)), attempt=99) is Remedy.RETRY
    too_large = error_from_problem(answer(413))
    assert remedy(too_large, attempt=99) is Remedy.KEEP
    assert "client_max_body_size" in too_large.hint_text


def test_bytes_that_never_arrive_whole_are_put_aside_after_a_few_attempts() -> None:
    error = error_from_problem(answer(400, {"code": "digest_mismatch"}))
    remedies = [remedy(error, attempt=n) for n in range(MAX_DAMAGED_ON_THE_WAY)]
    assert remedies == [Remedy.RETRY] * (MAX_DAMAGED_ON_THE_WAY - 1) + [Remedy.QUARANTINE]


def test_known_codes_become_their_own_class() -> None:
    for kind in (NotEnrolledError, ChunkConflictError, TokenExpiredError):
        assert type(error_from_problem(answer(kind.status, {"code": kind.code}))) is kind
    other = error_from_problem(answer(418, {"code": "teapot", "detail": "short"}))
    assert isinstance(other, RemoteError)
    assert other.problem()["code"] == "teapot"


def test_patience_that_the_answer_asks_for() -> None:
    assert error_from_problem(answer(503, **{"retry-after": "7"})).extra["retry_after_s"] == 7.0
    dated = answer(
        503,
        **{"retry-after": "Sun, 06 Nov 1994 08:49:40 GMT", "date": "Sun, 06 Nov 1994 08:49:37 GMT"},
    )
    assert error_from_problem(dated).extra["retry_after_s"] == 3.0
    assert error_from_problem(answer(503, **{"retry-after": "999999"})).extra["retry_after_s"] == 300.0
    assert "retry_after_s" not in error_from_problem(answer(503, **{"retry-after": "soon"})).extra
