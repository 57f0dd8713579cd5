"""What a capture loop under test is given: the wall clock, and a sink that keeps everything and can be waited on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from deskreel.core.chunk import Incident, Mark
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime
from deskreel.recorder.capture.chunker import FinishedChunk
from deskreel.recorder.capture.job import CaptureJob

DEADLINE_S = 20.0


class WallClock:
    def now(self) -> WallTime:
        return WallTime(time.time_ns() // 1_000_000)


class Notes:
    def __init__(self) -> None:
        self.news = threading.Condition()
        self.calls: list[tuple[Any, ...]] = []
        self.chunks: list[FinishedChunk] = []

    def chunk(self, job: CaptureJob, chunk: FinishedChunk) -> None:
        with self.news:
            self.chunks.append(chunk)
            self.news.notify_all()

    def first_frame(self, job: CaptureJob, at: WallTime) -> None:
        self._note("first_frame", at)

    def mark(self, job: CaptureJob, mark: Mark) -> None:
        self._note("mark", mark)

    def problem(self, job: CaptureJob | None, reason: ReasonCode, detail: str, since: WallTime) -> None:
        self._note("problem", reason)

    def recovered(self, job: CaptureJob | None, reason: ReasonCode, at: WallTime) -> None:
        self._note("recovered", reason)

    def missing(self, job: CaptureJob, incident: Incident) -> None:
        self._note("missing", incident)

    def _note(self, *call: Any) -> None:
        with self.news:
            self.calls.append(call)
            self.news.notify_all()

    def all(self, name: str) -> list[Any]:
        return [call[1] for call in self.calls if call[0] == name]

    def until(self, what: Callable[[], Any]) -> None:
        with self.news:
            assert self.news.wait_for(what, DEADLINE_S), f"the deadline passed; {self.calls}"
