"""Errors on their way out: every one becomes problem JSON (RFC 9457) with code and hint, in one place."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from deskreel.core.errors import (
    PROBLEM_CONTENT_TYPE,
    DeskreelError,
    InvalidInputError,
    NotFoundError,
)

log = structlog.get_logger()


class Problem(BaseModel):
    """An error (RFC 9457); docs/reference/errors.md lists the codes."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    hint: str
    retryable: bool


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {PROBLEM_CONTENT_TYPE: {"schema": Problem.model_json_schema()}}}
    for status, text in (("4XX", "Refused"), ("422", "The request is not valid"), ("5XX", "Failed"))
}


def problem_response(error: DeskreelError) -> JSONResponse:
    """An error as an HTTP answer."""
    headers = {"retry-after": "2"} if error.retryable and error.status in (429, 503) else None
    return JSONResponse(
        error.problem(), status_code=error.status, media_type=PROBLEM_CONTENT_TYPE, headers=headers
    )


def install(app: FastAPI) -> None:
    """Have `app` answer every error as a problem."""

    @app.exception_handler(DeskreelError)
    async def _ours(_request: Request, error: DeskreelError) -> JSONResponse:
        if error.status >= 500:
            log.error("request.failed", code=error.code, detail=error.detail)
        return problem_response(error)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        faults = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        return problem_response(InvalidInputError("; ".join(faults[:5])))

    @app.exception_handler(HTTPException)
    async def _http(_request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == 404:
            return problem_response(NotFoundError())
        title = str(error.detail)
        body = {
            "type": "about:blank",
            "title": title,
            "status": error.status_code,
            "code": "http",
            "detail": title,
            "hint": "See the reference for the methods and paths of the API.",
            "retryable": False,
        }
        return JSONResponse(
            body, status_code=error.status_code, media_type=PROBLEM_CONTENT_TYPE, headers=error.headers
        )

    @app.exception_handler(Exception)
    async def _unknown(_request: Request, error: Exception) -> JSONResponse:
        log.error("request.crashed", error=repr(error))
        return problem_response(DeskreelError())
