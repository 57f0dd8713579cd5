"""How desktop, link and disk are, looked at every few seconds, and what the recorder gives up for them.

Owns the measured health and the state of `adapt`. Readings flow in from capture, uploader, control channel and
system; limits flow out to capture and uploader, reasons into health and onto the recording's timeline.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from deskreel.core.messages import Health
from deskreel.recorder.adapt.adaptation import NO_LIVE, Adapting, adapt, adaptations_of, limits_of
from deskreel.recorder.adapt.health import Costs
from deskreel.recorder.adapt.values import Adaptation, Base, Limits, Readings, Rules
from deskreel.recorder.control.link import LinkQuality

log = structlog.get_logger(__name__)
ACTIVE_S = 5.0  # between looks while frames are made
STILL_S = 10.0  # and while the screen stands still, or nothing is captured


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """What the capture has done since the program began."""

    frames: int = 0  # encoded
    frame_ms: Sequence[float] = ()  # of the last ones, oldest first: from look to encoded
    dropped_slots: dict[str, int] | None = None  # by reason
    encoder: str = ""
    encoder_why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploads:
    """How the upload goes."""

    kbps: float | None = None  # while something was being sent
    backlog_bytes: int = 0
    backlog_ms: int | None = None  # age of the oldest chunk that waits
    eta_s: float | None = None  # until all is sent
    room_bytes: int | None = None  # what the spool may still grow by, if the disk has it


class Sources(Protocol):
    """Where readings come from and limits go; called on the event loop's thread."""

    def frames(self) -> Frames:
        """Of the capture."""
        ...

    def uploads(self) -> Uploads:
        """Of uploader and spool."""
        ...

    def link(self) -> LinkQuality:
        """Of the control channel."""
        ...

    def base(self) -> tuple[Base, bool]:
        """What applies without pressure, and whether something is being captured."""
        ...

    def live(self) -> bool:
        """Whether a live view is being sent."""
        ...

    def limit(self, limits: Limits) -> None:
        """Apply limits; they differ from the ones before."""
        ...

    def adapted(self, news: Sequence[Adaptation]) -> None:
        """The decisions about the picture are now these, and were others."""
        ...


class Vitals:
    """Looks and adapts. `now_ms` reads a steady clock; `changed` is called after each look."""

    def __init__(
        self,
        sources: Sources,
        costs: Callable[[], Costs],
        *,
        rules: Rules,
        now_ms: Callable[[], float],
        changed: Callable[[], None],
    ) -> None:
        self._sources = sources
        self._costs = costs
        self._rules = rules
        self._now_ms = now_ms
        self._changed = changed
        self._adapting = Adapting()
        self._limits: Limits | None = None
        self._picture: tuple[str, ...] = ()  # what was given up of it
        self._frames_seen = 0
        self.health = Health()
        self.no_live = ""  # why there may be no live view, for people; empty: there may

    async def run(self) -> None:
        """Look for ever."""
        while True:
            before = self._frames_seen
            self.look()
            await asyncio.sleep(STILL_S if self._frames_seen - before < ACTIVE_S else ACTIVE_S)

    def look(self) -> None:
        """Measure, adapt, apply."""
        uploads, frames = self._sources.uploads(), self._sources.frames()
        costs, link = self._costs(), self._sources.link()
        base, capturing = self._sources.base()
        fresh = self._fresh_frame_ms(frames)
        readings = Readings(
            at_ms=round(self._now_ms()),
            machine_cpu_percent=costs.machine_cpu_percent,
            frame_ms=_percentile(fresh, 50),
            room_bytes=_least(uploads.room_bytes, costs.disk_free_bytes),
            backlog_bytes=uploads.backlog_bytes,
            backlog_ms=uploads.backlog_ms,
            upload_kbps=uploads.kbps,
            loss_percent=link.loss_percent,
            jitter_ms=link.jitter_ms,
            rtt_ms=link.rtt_ms,
            live=self._sources.live(),
        )
        self._adapting = adapt(self._adapting, readings, base, self._rules)
        adaptations = self._apply(base, capturing=capturing)
        self.health = replace(
            _health(costs, link, frames, uploads),
            fps_limit=None if self._limits is None else self._limits.max_fps,
            adaptations=tuple(adaptation.text for adaptation in adaptations),
        )
        self._changed()

    def _apply(self, base: Base, *, capturing: bool) -> tuple[Adaptation, ...]:
        limits = limits_of(self._adapting, base, capturing=capturing)
        adaptations = adaptations_of(self._adapting, base, capturing=capturing)
        if limits != self._limits:
            if self._limits is not None or adaptations:
                log.info("adapt.limits", decisions=[adaptation.text for adaptation in adaptations])
            self._limits = limits
            self._sources.limit(limits)
        self.no_live = next((one.text for one in adaptations if one.what == NO_LIVE), "")
        picture = [adaptation for adaptation in adaptations if adaptation.picture]
        if (whats := tuple(adaptation.what for adaptation in picture)) != self._picture:
            self._picture = whats
            self._sources.adapted(picture)
        return adaptations

    def _fresh_frame_ms(self, frames: Frames) -> Sequence[float]:
        """Of the frames since the last look: older ones say nothing about what was decided since."""
        new = frames.frames - self._frames_seen
        self._frames_seen = frames.frames
        return frames.frame_ms[-new:] if new > 0 else ()


def _least(*values: int | None) -> int | None:
    return min((value for value in values if value is not None), default=None)


def _percentile(values: Sequence[float], percent: int) -> float | None:
    if len(values) < 2:
        return values[0] if values else None
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def _health(costs: Costs, link: LinkQuality, frames: Frames, uploads: Uploads) -> Health:
    return Health(
        cpu_percent=costs.cpu_percent,
        machine_cpu_percent=costs.machine_cpu_percent,
        rss_bytes=costs.rss_bytes,
        disk_free_bytes=costs.disk_free_bytes,
        encoder=frames.encoder,
        encoder_why=frames.encoder_why,
        frame_ms_p50=_percentile(frames.frame_ms, 50),
        frame_ms_p95=_percentile(frames.frame_ms, 95),
        frames=frames.frames,
        dropped_slots=dict(frames.dropped_slots or {}),
        upload_kbps=uploads.kbps,
        rtt_ms=link.rtt_ms,
        loss_percent=link.loss_percent,
        jitter_ms=link.jitter_ms,
        oldest_backlog_ms=uploads.backlog_ms,
        backlog_eta_s=uploads.eta_s,
    )
