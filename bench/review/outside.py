"""How far picture and sound are apart for an eye and an ear: pixels on the screen against samples at the sound card.

`sync` reads the browser's own clocks. Here the browser is on an X screen and plays to a sound card, both virtual, and
a program beside it watches both (`outside_capture.py`). The chain has an offset of its own: what the browser does not
know about the way to the screen and to the card, and what is doubtful about when a sample came out. The peer, a plain
<video> with the same picture and sound, has gone the same way in the same run.

The goal is what a person can notice, after ITU-R BT.1359-1: sound 45 ms before the picture, or 125 ms after it. The
stricter one is asked of both directions.
"""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.async_api import Page

from bench.figures import Figure, median, percentile
from bench.nginx import Nginx
from bench.processes import temporary_home
from bench.registry import Report
from bench.review.outside_figures import bent, lateness, read, runs_of
from bench.review.outside_stage import SCREEN, Desk, Hand, OnPlayer, OnVideo, write_pitched_beeps
from bench.review.scene import READY, Scene, scene
from deskreel.core.ids import ScreenRecordingId
from deskreel.demo.xvfb import XvfbDisplay
from deskreel.storage.layout import FINAL_VIDEO, final_key
from deskreel.telephony.sender import EventSender
from support.past_call import PastCall
from support.sound_card import sound_card
from support.waiting import eventually

SECONDS = 100
# its own beeps come at the end only: the sound with two pitches is delivered after it, from the begin on
CALL = PastCall(call_id="outside", seconds=SECONDS, heard_from=SECONDS - 2)
GOAL_MS, PITCH_PERCENT = 45, 3
LEAST_LOOKS = 60  # per second: what a screen shows
PATIENCE_S = 20
REST_MS = 700  # of a pause: the distance of two beeps must show it
PEER = "plain <video>"
_FILE, _PAGE = "outside.mp4", "outside.txt"
_PEER_VIDEO = """
async (file) => {
  const video = document.createElement('video');
  video.preload = 'auto'; video.src = file; video.style = 'width: 800px; height: 450px';
  document.body.replaceChildren(video);
  await new Promise((resolve, reject) => {
    video.oncanplaythrough = resolve;
    video.onerror = () => reject(new Error(video.error.message));
  });
}
"""

Story = Callable[[Hand], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of one story."""

    late: list[float]  # ms, each picture against its sound
    bent: list[float]  # per cent, each beep's pitch
    doubt: list[float]  # ms: each picture came at most so much before or after it is said to
    wander: float  # ms: so far apart were the soonest pieces of sound
    looks_per_s: float  # at the screen


def run(report: Report) -> list[Figure]:
    """See the module."""
    return asyncio.run(_run(report))


async def _run(report: Report) -> list[Figure]:
    figures: list[Figure] = []
    takes: list[Taken] = []
    with (
        temporary_home() as home,
        XvfbDisplay("{}x{}".format(*SCREEN)) as display,
        Nginx(home / "nginx") as nginx,
    ):
        async with sound_card(home / "sound") as sound:
            desk = Desk(display=display.name, sound=sound, folder=home)
            async with scene(report, home, (CALL,), desktop=desk.environ) as set_up:
                address = await _prepared(set_up, nginx)
                for name, speed, story in STORIES:
                    report(f"watching and listening: {name}")
                    ours = await _taken(await _our_page(set_up), desk, speed, story, ours=True)
                    page = await _peer_page(set_up, address)
                    peer = await _taken(page, desk, speed, story, ours=False)
                    figures += figures_of(name, ours, peer, pitch=speed != 1)
                    takes += (ours, peer)
    return [*figures, *exactness(takes)]


async def _our_page(set_up: Scene) -> Page:
    page = await set_up.context.new_page()
    await page.goto(set_up.address(CALL.call_id, "?t=0"))
    await page.wait_for_function(READY, timeout=60_000)
    return page


async def _peer_page(set_up: Scene, address: str) -> Page:
    page = await set_up.context.new_page()
    await page.goto(address)
    await asyncio.wait_for(page.evaluate(_PEER_VIDEO, _FILE), PATIENCE_S)
    return page


async def _taken(page: Page, desk: Desk, speed: float, story: Story, *, ours: bool) -> Taken:
    hand = OnPlayer(page) if ours else OnVideo(page)
    into = desk.folder / "taken.npz"
    await hand.speed(speed)
    async with desk.watched(page, "[data-testid=screen-video]" if ours else "video", into):
        await story(hand)
    await page.close()
    with np.load(into) as taken:
        frames, beeps, clock = read(taken)
        looks_per_s = float(taken["looks_per_s"])
    return Taken(
        late=lateness(frames, runs_of(beeps, frames, speed), speed),
        bent=bent(beeps),
        doubt=[frame.doubt_ms for frame in frames],
        wander=clock.wander_ms,
        looks_per_s=looks_per_s,
    )


async def _prepared(set_up: Scene, nginx: Nginx) -> str:
    """Deliver the sound; gives the address of the peer's page, with the same sound without a loss in its file."""
    office = set_up.office
    assert office is not None
    details = set_up.calls[CALL.call_id]
    sound, video = set_up.folder / "pitched.wav", set_up.folder / "video.mp4"
    write_pitched_beeps(sound, SECONDS)
    sender = EventSender(set_up.deskreel.settings.base_url, office.pbx.name, office.pbx.secret)
    try:
        await sender.upload_audio(CALL.call_id, details["started_at"], sound)
    finally:
        await sender.close()

    async def heard() -> bool:
        audio = (await set_up.deskreel.interaction(CALL.call_id))["call_recording"]
        return audio["state"] == "ready" and audio["starts_at"] == details["started_at"]

    await eventually("the sound", heard, timeout_s=60)
    recording = ScreenRecordingId(details["screen_recordings"][0]["id"])
    video.write_bytes(await set_up.deskreel.store.get(final_key(recording, FINAL_VIDEO)))
    await asyncio.to_thread(_joined, video, sound, nginx.static / _FILE)
    (nginx.static / _PAGE).write_text("")
    host, port = nginx.address
    return f"http://{host}:{port}/static/{_PAGE}"


def _joined(video: Path, sound: Path, into: Path) -> None:
    """Picture and sound in one file; FLAC, because an encoder that puts something before the sound would shift it."""
    inputs = ["-i", video, "-i", sound, "-map", "0:v", "-map", "1:a"]
    kinds = ["-c:v", "copy", "-c:a", "flac", "-ar", "48000", "-strict", "-2"]
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", *inputs, *kinds, "-movflags", "+faststart", into],
        stdin=subprocess.DEVNULL,
        check=True,
        timeout=60,
    )


def figures_of(name: str, ours: Taken, peer: Taken, *, pitch: bool) -> list[Figure]:
    """The rows of a story."""
    if not ours.late or not peer.late:
        raise RuntimeError(f"{name}: nothing was measured ({len(ours.late)} and {len(peer.late)} pictures)")

    def row(what: str, of: Callable[[list[float]], float], goal: str | None, note: str) -> Figure:
        return Figure(
            name=f"outside_{name}_{what}",
            value=of(ours.late),
            unit="ms",
            runs=len(ours.late),
            peer=PEER,
            peer_value=of(peer.late),
            goal=goal,
            note=note,
        )

    apart = "pixels of the screen against samples of the sound card, every picture that was played to"
    rows = [
        row("shift", median, None, "median with its sign: positive where the picture is late for its sound"),
        row("p50", lambda late: percentile(_size(late), 50), None, apart),
        row("p95", lambda late: percentile(_size(late), 95), f"<= {GOAL_MS}", apart),
        row("max", lambda late: max(_size(late)), None, apart),
    ]
    if pitch:
        rows.append(
            Figure(
                name=f"outside_{name}_pitch",
                value=median(ours.bent),
                unit="%",
                runs=len(ours.bent),
                peer=PEER,
                peer_value=median(peer.bent),
                goal=f"<= {PITCH_PERCENT}",
                note="how far the beeps are from the pitch that they were made with, median",
            )
        )
    return rows


def exactness(takes: Sequence[Taken]) -> list[Figure]:
    """How far the watcher itself may be wrong: a busy machine keeps it from looking."""
    doubt = [value for take in takes for value in take.doubt]
    wander = [take.wander for take in takes]
    per_s = [take.looks_per_s for take in takes]
    looks = "half the time between the looks at the screen that a picture came between, 95 % of them"
    return [
        Figure(
            name="outside_looks",
            value=min(per_s),
            unit="/s",
            runs=len(per_s),
            goal=f">= {LEAST_LOOKS}",
            note="at the screen, worst take",
        ),
        Figure(
            name="outside_screen_doubt_p95",
            value=percentile(doubt, 95),
            unit="ms",
            runs=len(doubt),
            note=looks,
        ),
        Figure(
            name="outside_sound_doubt",
            value=max(wander),
            unit="ms",
            runs=len(wander),
            note="how far the clock of the samples moved against the monotonic one, worst take",
        ),
    ]


def _size(values: Iterable[float]) -> list[float]:
    return [abs(value) for value in values]


async def _play(hand: Hand) -> None:
    await hand.play()
    await hand.reach(30_000, 40_000)


async def _seek(hand: Hand) -> None:
    await hand.play()
    await hand.reach(1000, 5000)
    for target in (62_300, 21_700, 48_100, 80_900, 5400):
        await hand.seek(target)
        await hand.reach(target + 3000, target + 6000)


async def _pause(hand: Hand) -> None:
    for at in (2500, 5000, 7500, 10_000):
        await hand.play()
        await hand.reach(at, at + 3000)
        await hand.pause()
        await hand.rest(REST_MS)


def _at_speed(seconds: float, speed: float) -> Story:
    async def story(hand: Hand) -> None:
        await hand.play()
        end = round(seconds * speed * 1000)
        await hand.reach(end, end + 10_000)

    return story


STORIES: tuple[tuple[str, float, Story], ...] = (
    ("play", 1, _play),
    ("seek", 1, _seek),
    ("pause", 1, _pause),
    ("half_speed", 0.5, _at_speed(12, 0.5)),
    ("speed_1.5", 1.5, _at_speed(8, 1.5)),
    ("speed_2", 2, _at_speed(8, 2)),
)
