"""Procrastinate: the job queue in our PostgreSQL. Jobs are at-least-once, so each is written to be repeated."""

from __future__ import annotations

from procrastinate import App, PsycopgConnector

from deskreel.server.jobs.tasks import register

WORKER_CONCURRENCY = 4
DEFAULT_QUEUE = "default"  # Procrastinate's name for it: all that is not of a region


def make_queue(database_url: str) -> App:
    """The queue's sending end; open it with `open_async` before deferring. It knows jobs by name only."""
    return App(connector=PsycopgConnector(conninfo=database_url, min_size=1, max_size=4))


def make_worker(database_url: str) -> App:
    """The queue's working end."""
    app = make_queue(database_url)
    register(app)
    return app
