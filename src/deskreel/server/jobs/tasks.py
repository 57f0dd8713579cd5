"""The jobs: thin wrappers that find the context and call what the capabilities and this package do."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

import structlog
from procrastinate import App, JobContext, RetryStrategy
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import BigInteger, ColumnElement, Table, func, literal, or_, select

from deskreel.core.errors import DeskreelError
from deskreel.core.ids import AgentId, CallRecordingId, DownloadId, ScreenRecordingId
from deskreel.core.time import WallTime, Window
from deskreel.server.context import Context
from deskreel.server.evaluations import sampling
from deskreel.server.jobs import audio, fetch, finish, names, thumbnails
from deskreel.server.live.leases import sweep_live_views
from deskreel.server.people.tables import agents
from deskreel.server.recordings.downloads import make_download as make_mp4
from deskreel.server.recordings.downloads import sweep_downloads
from deskreel.server.recordings.sessions import refold, schedule
from deskreel.server.recordings.tables import call_recordings, downloads, screen_recordings
from deskreel.server.regions.service import sweep_probes
from deskreel.server.review.viewings import sweep_viewings
from deskreel.server.webhooks import outbox
from deskreel.server.webhooks.deliver import deliver
from deskreel.server.webhooks.tables import webhook_deliveries
from deskreel.storage.recordings import expunge as expunge_chunks
from deskreel.storage.recordings import is_finished
from deskreel.storage.store import ObjectStore

log = structlog.get_logger()
CONTEXT = "deskreel"  # key of the worker's additional context
_RETRY = RetryStrategy(max_attempts=20, exponential_wait=2, retry_exceptions=[DeskreelError, OSError])
MANIFEST_PATIENCE_MS = 60_000  # after the end, before the sweep says what is missing so far
EVENTS_KEPT_MS = 30 * 24 * 3_600_000  # status events and their deliveries


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerContext:
    """What jobs work with."""

    context: Context
    region: str  # whose media this worker works on
    store: ObjectStore  # of that region


async def _here(job: JobContext, name: str, place: str | None, /, **arguments: Any) -> bool:
    """Whether something is in this worker's region; if not, a worker of its region is asked."""
    if place is None or place == _of(job).region:
        return True
    await _of(job).context.media_job(name, place).defer_async(**arguments)
    return False


async def _region(job: JobContext, table: Table, row_id: str) -> str | None:
    """The region of a recording or a download; None when it is gone."""
    async with _of(job).context.db.begin() as connection:
        found: str | None = await connection.scalar(select(table.c.region).where(table.c.id == row_id))
    return found


def _of(job: JobContext) -> WorkerContext:
    found: WorkerContext = job.additional_context[CONTEXT]
    return found


async def reconcile_agent(job: JobContext, *, agent_id: str) -> None:
    """A deadline of an agent's session passed: work the session out anew."""
    context = _of(job).context
    async with context.db.begin() as connection:
        outcome = await refold(context, connection, AgentId(agent_id))
    await schedule(context, outcome)


async def expunge(job: JobContext, *, screen_recording_id: str, windows: list[tuple[int, int]]) -> None:
    """Remove pictures that a late event took out of the timeline."""
    worker, recording_id = _of(job), ScreenRecordingId(screen_recording_id)
    region = await _region(job, screen_recordings, recording_id)
    if not await _here(job, names.EXPUNGE, region, screen_recording_id=recording_id, windows=windows):
        return
    gone = [Window(WallTime(start), WallTime(end)) for start, end in windows]
    if await is_finished(worker.store, recording_id):
        await finish.finish(worker.context, worker.store, recording_id)
        return
    removed = await expunge_chunks(worker.store, recording_id, gone)
    log.info("recording.expunged", recording=screen_recording_id, removed_ms=removed.removed_ms)


async def finish_recording(job: JobContext, *, screen_recording_id: str) -> None:
    """Verify, assemble, compute coverage."""
    worker, region = _of(job), await _region(job, screen_recordings, screen_recording_id)
    if not await _here(job, names.FINISH_RECORDING, region, screen_recording_id=screen_recording_id):
        return
    await finish.finish(worker.context, worker.store, ScreenRecordingId(screen_recording_id))


async def make_thumbnails(job: JobContext, *, screen_recording_id: str) -> None:
    """Small pictures of a finished recording."""
    worker, region = _of(job), await _region(job, screen_recordings, screen_recording_id)
    if not await _here(job, names.MAKE_THUMBNAILS, region, screen_recording_id=screen_recording_id):
        return
    await thumbnails.make(worker.context, worker.store, ScreenRecordingId(screen_recording_id))


async def make_download(job: JobContext, *, download_id: str) -> None:
    """An interaction as one MP4."""
    worker, region = _of(job), await _region(job, downloads, download_id)
    if not await _here(job, names.MAKE_DOWNLOAD, region, download_id=download_id):
        return
    await make_mp4(worker.context, worker.store, DownloadId(download_id))


async def process_audio(job: JobContext, *, call_recording_id: str) -> None:
    """AAC HLS and waveform peaks."""
    worker, region = _of(job), await _region(job, call_recordings, call_recording_id)
    if not await _here(job, names.PROCESS_AUDIO, region, call_recording_id=call_recording_id):
        return
    await audio.process(worker.context, worker.store, CallRecordingId(call_recording_id))


async def fetch_audio(job: JobContext, *, call_recording_id: str) -> None:
    """Get call audio from its URL or the PBX's folder, and process it."""
    worker, region = _of(job), await _region(job, call_recordings, call_recording_id)
    if not await _here(job, names.FETCH_AUDIO, region, call_recording_id=call_recording_id):
        return
    await fetch.fetch(worker.context, worker.store, CallRecordingId(call_recording_id))


async def dispatch_events(job: JobContext) -> None:
    """Give new status events their places, and a delivery for each endpoint."""
    await outbox.place(_of(job).context)


async def deliver_webhook(job: JobContext, *, delivery_id: str) -> None:
    """One attempt to deliver a status event."""
    await deliver(_of(job).context, delivery_id)


async def sweep_media(job: JobContext, *, region: str) -> None:
    """What the sweep has to do with the objects of a region."""
    worker = _of(job)
    if await _here(job, names.SWEEP_MEDIA, region, region=region):
        await sweep_probes(worker.context, worker.store)
        for download_id in await sweep_downloads(worker.context, worker.store, region):
            await _defer_once(job, names.MAKE_DOWNLOAD, region, download_id=download_id)


async def sweep(job: JobContext, timestamp: int) -> None:
    """Once a minute: whatever a crash between a commit and its job left undone."""
    context = _of(job).context
    for stalled in await job.app.job_manager.get_stalled_jobs():
        await job.app.job_manager.retry_job(stalled)
    now = context.clock()
    rows = screen_recordings.c
    async with context.db.begin() as connection:
        open_agents = (
            await connection.scalars(
                select(agents.c.id).where(
                    agents.c.id.in_(select(rows.agent_id).where(rows.ended_at.is_(None)))
                )
            )
        ).all()
        unfinished = (
            await connection.execute(
                select(rows.id, rows.region).where(
                    rows.ended_at < now - MANIFEST_PATIENCE_MS,
                    rows.state != "available",
                    or_(rows.manifest.is_not(None), _due_again(rows.ended_at, now)),
                )
            )
        ).all()
        audio_left = (
            await connection.execute(
                select(call_recordings.c.id, call_recordings.c.region).where(
                    call_recordings.c.state == "processing",
                    call_recordings.c.created_at < now - MANIFEST_PATIENCE_MS,
                )
            )
        ).all()
    for agent_id in open_agents:
        async with context.db.begin() as connection:
            outcome = await refold(context, connection, AgentId(agent_id))
        await schedule(context, outcome)
    for row in unfinished:
        await _defer_once(job, names.FINISH_RECORDING, row.region, screen_recording_id=row.id)
    for row in audio_left:
        await _defer_once(job, names.PROCESS_AUDIO, row.region, call_recording_id=row.id)
    for recording_id, region in await thumbnails.forgotten(context):
        await _defer_once(job, names.MAKE_THUMBNAILS, region, screen_recording_id=recording_id)
    for region in context.regions.by_name:
        await _defer_once(job, names.SWEEP_MEDIA, region, region=region)
    await sweep_viewings(context)
    await sweep_live_views(context)
    await _sweep_events(context)
    await fetch.sweep(context)
    log.debug("sweep.done", at=timestamp, unfinished=len(unfinished))


def _due_again(ended_at: ColumnElement[int], now: WallTime) -> ColumnElement[bool]:
    """Whether the coverage so far of a recording without a manifest is written down anew in this minute.

    Each tenth of the time since its end: a desktop may be without network for days, and many may be at once.
    """
    minutes = (literal(now, BigInteger) - ended_at) // 60_000
    return minutes % func.greatest(1, minutes // 10) == 0


async def sample_calls(job: JobContext, timestamp: int) -> None:
    """Once an hour: what of the last week is to be evaluated, unless that was settled before."""
    await sampling.run_all(_of(job).context)
    log.debug("sampling.looked", at=timestamp)


async def _sweep_events(context: Context) -> None:
    """Deliveries whose job was lost, and events that are too old."""
    now = context.clock()
    await outbox.place(context)
    columns = webhook_deliveries.c
    async with context.db.begin() as connection:
        overdue = (
            await connection.scalars(
                select(columns.id)
                .where(columns.state == "waiting", columns.next_at < now - MANIFEST_PATIENCE_MS)
                .limit(1000)
            )
        ).all()
    await outbox.drop_old(context, WallTime(now - EVENTS_KEPT_MS))
    for delivery_id in overdue:
        await outbox.attempt_soon(context, delivery_id)


async def _defer_once(job: JobContext, name: str, place: str, /, **arguments: Any) -> None:
    """Defer a job of a region unless one like it is waiting."""
    lock = f"{name}:{':'.join(map(str, arguments.values()))}"
    with contextlib.suppress(AlreadyEnqueued):
        await _of(job).context.media_job(name, place, queueing_lock=lock).defer_async(**arguments)


def register(app: App) -> None:
    """Teach a worker's app all jobs."""
    jobs = {
        names.RECONCILE_AGENT: reconcile_agent,
        names.EXPUNGE: expunge,
        names.FINISH_RECORDING: finish_recording,
        names.PROCESS_AUDIO: process_audio,
        names.MAKE_THUMBNAILS: make_thumbnails,
        names.MAKE_DOWNLOAD: make_download,
        names.FETCH_AUDIO: fetch_audio,
        names.SWEEP_MEDIA: sweep_media,
        names.DISPATCH_EVENTS: dispatch_events,
        names.DELIVER_WEBHOOK: deliver_webhook,
    }
    for name, job in jobs.items():
        app.task(name=name, pass_context=True, retry=_RETRY)(job)
    sweeper = app.task(name=names.SWEEP, pass_context=True, queueing_lock=names.SWEEP)(sweep)
    app.periodic(cron="* * * * *")(sweeper)
    sampler = app.task(name=names.SAMPLE_CALLS, pass_context=True, queueing_lock=names.SAMPLE_CALLS)(
        sample_calls
    )
    app.periodic(cron="7 * * * *")(sampler)
