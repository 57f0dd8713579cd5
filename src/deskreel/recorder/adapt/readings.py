"""Where `vitals` gets its readings, and where its limits go: capture, uploader, control channel, timeline."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Protocol

import structlog

from deskreel.core.chunk import Mark, MarkKind
from deskreel.core.policy import CapturePolicy
from deskreel.recorder.adapt.values import Adaptation, Base, Limits
from deskreel.recorder.adapt.vitals import Frames, Uploads
from deskreel.recorder.capture.frame_stats import CaptureStats
from deskreel.recorder.capture.job import CaptureLimits
from deskreel.recorder.control.clock import ServerClock
from deskreel.recorder.control.desk import Desk
from deskreel.recorder.control.link import LinkMeter, LinkQuality
from deskreel.recorder.control.view import ServerView
from deskreel.recorder.spool.spool import Spool
from deskreel.recorder.spool.thread import SpoolThread
from deskreel.recorder.upload.pace import UploadStats

log = structlog.get_logger(__name__)
_ALL_WELL = "nothing given up"


class Capturing(Protocol):
    """`capture.CaptureLoop`, as far as it is measured and limited; does not block."""

    def stats(self) -> CaptureStats:
        """What frames cost."""
        ...

    def limit(self, limits: CaptureLimits) -> None:
        """Stay within these."""
        ...


class Living(Protocol):
    """`live.leg.LiveLeg`, as far as it can be given up."""

    @property
    def sending(self) -> bool:
        """Whether it costs the desktop anything."""
        ...


class Uploading(Protocol):
    """`upload.Uploader`, as far as it is measured."""

    def stats(self) -> UploadStats:
        """What waits, and how fast it goes."""
        ...


class Chosen(Protocol):
    """`encode.EncoderChoice`, as far as it is told."""

    @property
    def name(self) -> str:
        """Of the encoder."""
        ...

    @property
    def why(self) -> str:
        """That one."""
        ...


class PartReadings:
    """The `Sources` of a running recorder. Set `capture`, `uploader` and `leg` before the first look."""

    def __init__(
        self,
        *,
        desk: Desk,
        spool: SpoolThread,
        clock: ServerClock,
        link: LinkMeter,
        encoder: Chosen,
        max_spool_bytes: int,
    ) -> None:
        self.capture: Capturing | None = None
        self.uploader: Uploading | None = None
        self.leg: Living | None = None
        self._desk = desk
        self._spool = spool
        self._clock = clock
        self._link = link
        self._encoder = encoder
        self._max_spool_bytes = max_spool_bytes
        self._upload_kbps: int | None = None  # None: as the policy says

    def view(self) -> ServerView:
        """The server's view, for the uploader: with the rate that the link allows."""
        view = self._desk.view
        if view.desired is None or self._upload_kbps is None:
            return view
        policy = replace(view.desired.policy, upload_kbps=self._upload_kbps)
        return replace(view, desired=replace(view.desired, policy=policy))

    def frames(self) -> Frames:
        """Of the capture."""
        frames = Frames(encoder=self._encoder.name, encoder_why=self._encoder.why)
        if self.capture is None:
            return frames
        stats = self.capture.stats()
        return replace(
            frames, frames=stats.frames, frame_ms=stats.frame_ms, dropped_slots=stats.dropped_slots
        )

    def uploads(self) -> Uploads:
        """Of the uploader."""
        if self.uploader is None:
            return Uploads()
        stats = self.uploader.stats()
        return Uploads(
            kbps=stats.upload_kbps,
            backlog_bytes=stats.bytes,
            backlog_ms=stats.oldest_backlog_ms,
            eta_s=stats.eta_s,
            room_bytes=max(0, self._max_spool_bytes - stats.bytes),
        )

    def link(self) -> LinkQuality:
        """Of the control channel."""
        return self._link.quality(self._clock.local_ms())

    def base(self) -> tuple[Base, bool]:
        """By the policy."""
        policy = self._policy()
        base = Base(max_fps=policy.max_fps, upload_kbps=policy.upload_kbps)
        return base, self._desk.state().recording is not None

    def live(self) -> bool:
        """Of the live leg."""
        return self.leg is not None and self.leg.sending

    def limit(self, limits: Limits) -> None:
        """For capture and uploader."""
        policy = self._policy()
        self._upload_kbps = None if limits.upload_kbps == policy.upload_kbps else limits.upload_kbps
        if self.capture is not None:
            fewer = limits.max_fps < policy.max_fps
            self.capture.limit(
                CaptureLimits(
                    max_fps=limits.max_fps if fewer else None, scale=limits.scale, quality=limits.quality
                )
            )

    def adapted(self, news: Sequence[Adaptation]) -> None:
        """Onto the timeline of what is being recorded."""
        recording = self._desk.state().recording
        if recording is None:
            return
        whats = ", ".join(adaptation.what for adaptation in news)
        detail: dict[str, str | int | float | bool] = {
            "what": whats or _ALL_WELL,
            "why": news[0].why if news else "",
        }
        mark = Mark(at=self._clock.now(), kind=MarkKind.QUALITY, detail=detail)
        self._spool.submit(Spool.mark, recording, mark).add_done_callback(_log_failure)

    def _policy(self) -> CapturePolicy:
        desired = self._desk.view.desired
        return CapturePolicy() if desired is None else desired.policy


def _log_failure(done: Future[None]) -> None:
    if (error := done.exception()) is not None:
        log.error("spool.mark_failed", error=repr(error))
