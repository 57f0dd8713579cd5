"""`sync` at the begin, in the middle and at the end of a call of four hours whose recorder's clock drifts.

The screen recording is one of four hours. Its sound would take minutes to encode, so it is delivered three times, a
minute of it each, as a telephony may that corrects itself: the latest one counts.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from playwright.async_api import Page

from bench.figures import Figure
from bench.processes import temporary_home
from bench.registry import Report
from bench.review.scene import Scene, scene, until
from bench.review.sync import watched
from deskreel.telephony.sender import EventSender
from support.past_call import PastCall, write_beeps
from support.waiting import eventually

DRIFT = 100e-6  # how much faster the server's clock runs than the recorder's: 1.4 s in four hours
FOUR_HOURS = 4 * 3600 - 20  # the most that one screen recording may last is just longer
MINUTE = 60
BEGINS = {"4h_begin": 0, "4h_middle": FOUR_HOURS // 2, "4h_end": FOUR_HOURS - MINUTE}  # second of each
LONG = PastCall(
    call_id="long",
    seconds=FOUR_HOURS,
    drift=DRIFT,
    shown=tuple((at, at + MINUTE) for at in BEGINS.values()),
    frame_ms=200,
    heard_from=BEGINS["4h_end"],
)


def run(report: Report) -> list[Figure]:
    """See the module."""
    return asyncio.run(_run(report))


async def _run(report: Report) -> list[Figure]:
    figures: list[Figure] = []
    with temporary_home() as home:
        async with scene(report, home, (LONG,)) as set_up:
            for name, second in BEGINS.items():
                report(f"watching: {name}")
                await _deliver(set_up, second)
                figures += await watched(
                    set_up,
                    LONG.call_id,
                    name,
                    lambda page, to=second + 18: _play(page, to),
                    f"?t={second + 10}",
                )
    return figures


async def _play(page: Page, to_second: int) -> None:
    await page.get_by_test_id("play").click()
    await until(page, f"at > {to_second * 1000}", timeout_s=60)


async def _deliver(set_up: Scene, second: int) -> None:
    """A minute of sound from there on; waits until it is what the call sounds like."""
    starts_at = set_up.calls[LONG.call_id]["started_at"] + second * 1000
    office = set_up.office
    assert office is not None
    path = set_up.folder / "minute.wav"
    await asyncio.to_thread(write_beeps, path, starts_at, replace(LONG, heard_from=0, seconds=MINUTE))
    sender = EventSender(set_up.deskreel.settings.base_url, office.pbx.name, office.pbx.secret)
    try:
        await sender.upload_audio(LONG.call_id, starts_at, path)
    finally:
        await sender.close()

    async def heard() -> dict[str, Any] | None:
        details = await set_up.deskreel.interaction(LONG.call_id)
        audio = details["call_recording"]
        return details if audio["state"] == "ready" and audio["starts_at"] == starts_at else None

    set_up.calls[LONG.call_id] = await eventually("the sound", heard)
