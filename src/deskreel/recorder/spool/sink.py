"""Where the capture's output goes: chunks to the spool's thread, news to the event loop. Waits for nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

import structlog

from deskreel.core.chunk import Incident, Mark
from deskreel.core.errors import SpoolFullError
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime
from deskreel.recorder.capture.chunker import FinishedChunk
from deskreel.recorder.capture.job import CaptureJob
from deskreel.recorder.spool.spool import Spool
from deskreel.recorder.spool.thread import SpoolThread

log = structlog.get_logger(__name__)


class CaptureNews(Protocol):
    """Who hears of what became of the capture's output; called on the event loop's thread."""

    def first_frame(self, job: CaptureJob, at: WallTime) -> None:
        """The job's first frame was captured."""
        ...

    def capture_problem(self, reason: ReasonCode | None, detail: str) -> None:
        """Capture does not work; with None: it works again."""
        ...

    def spooled(self, job: CaptureJob) -> None:
        """A chunk is safe on the disk."""
        ...

    def spool_full(self, job: CaptureJob, detail: str, *, decodable: bool) -> None:
        """A chunk is lost; `decodable`: it was not lost for want of the one before."""
        ...


class SpoolSink:
    """A CaptureSink in front of the spool. Its methods are called on the capture's thread."""

    def __init__(self, spool: SpoolThread, loop: asyncio.AbstractEventLoop, news: CaptureNews) -> None:
        self._spool = spool
        self._loop = loop
        self._news = news

    def chunk(self, job: CaptureJob, chunk: FinishedChunk) -> None:
        """Spool a chunk."""
        added = self._spool.submit(Spool.add, job.screen_recording_id, chunk)
        added.add_done_callback(lambda done: self._added(job, chunk, done))

    def first_frame(self, job: CaptureJob, at: WallTime) -> None:
        """Pass it on."""
        self._tell(self._news.first_frame, job, at)

    def mark(self, job: CaptureJob, mark: Mark) -> None:
        """Note it in the recording's ledger."""
        noted = self._spool.submit(Spool.mark, job.screen_recording_id, mark)
        noted.add_done_callback(_log_failure)

    def problem(self, job: CaptureJob | None, reason: ReasonCode, detail: str, since: WallTime) -> None:
        """Pass it on."""
        log.warning("capture.problem", reason=reason.value, detail=detail, since=since)
        self._tell(self._news.capture_problem, reason, detail)

    def recovered(self, job: CaptureJob | None, reason: ReasonCode, at: WallTime) -> None:
        """Pass it on."""
        log.info("capture.recovered", reason=reason.value, at=at)
        self._tell(self._news.capture_problem, None, "")

    def missing(self, job: CaptureJob, incident: Incident) -> None:
        """Note it in the recording's ledger."""
        noted = self._spool.submit(Spool.missing, job.screen_recording_id, incident)
        noted.add_done_callback(_log_failure)

    def _added(self, job: CaptureJob, chunk: FinishedChunk, done: Future[Any]) -> None:
        error = done.exception()
        if error is None:
            self._tell(self._news.spooled, job)
        elif isinstance(error, SpoolFullError):
            decodable = not error.extra.get("undecodable", False)
            self._tell(lambda: self._news.spool_full(job, error.detail, decodable=decodable))
        else:
            log.error("spool.add_failed", recording=job.screen_recording_id, error=repr(error))

    def _tell(self, method: Callable[..., None], *values: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the program is ending: no one is left to hear it
            self._loop.call_soon_threadsafe(method, *values)


def _log_failure(done: Future[None]) -> None:
    if (error := done.exception()) is not None:
        log.error("spool.note_failed", error=repr(error))
