"""Procrastinate: the job queue in our PostgreSQL. Jobs are at-least-once, so each is written to be repeated."""

from __future__ import annotations

from procrastinate import App, PsycopgConnector

from deskreel.server.jobs.tasks import blueprint

WORKER_CONCURRENCY = 4


def make_jobs(database_url: str) -> App:
    """The job queue's client; open it with `open_async` before deferring."""
    connector = PsycopgConnector(conninfo=database_url, min_size=1, max_size=4)
    app = App(connector=connector)
    app.add_tasks_from(blueprint, namespace="")
    return app
