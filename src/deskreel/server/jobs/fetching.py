"""Having call audio fetched: what the capabilities call, without the job itself."""

from __future__ import annotations

import contextlib

from procrastinate.exceptions import AlreadyEnqueued

from deskreel.server.context import Context
from deskreel.server.jobs.names import FETCH_AUDIO

STILL_MS = 2_000  # a file that has not changed for so long is whole


async def fetch_soon(context: Context, recording_id: str, region: str, *, in_ms: int = 0) -> None:
    """Have call audio fetched, now or later; harmless when that was asked for before."""
    job = context.media_job(
        FETCH_AUDIO,
        region,
        queueing_lock=f"{FETCH_AUDIO}:{recording_id}",
        schedule_in={"milliseconds": in_ms} if in_ms else None,
    )
    with contextlib.suppress(AlreadyEnqueued):
        await job.defer_async(call_recording_id=recording_id)
