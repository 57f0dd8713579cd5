"""Runs the gateway in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from starlette.applications import Starlette


def uvicorn_config(app: Starlette, *, host: str, port: int) -> uvicorn.Config:
    """How uvicorn must run the gateway: above all without its access log, which would hold tokens."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=75,  # recorders come back every 2 s; keep their connections
        timeout_graceful_shutdown=20,
    )
