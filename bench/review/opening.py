"""From the click to the first frame, and from a press on the timeline to the frame there, of a call of one hour.

The peer is the browser by itself: a plain <video> of the finished MP4 from nginx, in the same run and browser.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Sequence

from playwright.async_api import Page

from bench.figures import Figure, percentile
from bench.nginx import Nginx
from bench.processes import temporary_home
from bench.registry import Report
from bench.review.scene import READY, Scene, scene, seek
from deskreel.core.ids import ScreenRecordingId
from deskreel.storage.layout import FINAL_VIDEO, final_key
from support.past_call import PastCall

HOUR = PastCall(call_id="hour", seconds=3600, shown=(), frame_ms=200, size=(1280, 720))
OPENINGS = 8
SEEKS = 25
PATIENCE_S = 20
PEER_PAGE = "peer.txt"  # an empty page
_START_NOTE = (
    "click in the list until the first frame; the peer begins with the element alone, no page and no sound"
)
_SEEK_NOTE = "press until the first frame of the new place is shown, while standing; the sound is sought too"

_FIRST_FRAME = """
() => { window.firstFrame = new Promise((resolve) => {
  let began = null;
  document.addEventListener('click', () => { began ??= performance.now(); }, { capture: true, once: true });
  const watch = () => {
    const video = document.querySelector('[data-testid=screen-video]');
    if (video === null) { requestAnimationFrame(watch); return; }
    video.requestVideoFrameCallback((_now, frame) => resolve(frame.presentationTime - began));
  };
  watch();
}); }
"""
_PEER_FIRST_FRAME = """
(url) => new Promise((resolve, reject) => {
  const began = performance.now();
  const video = document.createElement('video');
  video.onerror = () => reject(new Error(video.error.message));
  video.muted = true; video.preload = 'auto'; video.id = 'peer'; video.style.width = '800px';
  video.requestVideoFrameCallback((_now, frame) => resolve(frame.presentationTime - began));
  video.src = url;
  document.body.replaceChildren(video);
})
"""
# The press comes first, then seeking begins: a frame of the old place that is still on its way does not count.
_NEXT_SEEK = """
() => { window.sought = new Promise((resolve) => {
  const video = document.querySelector('[data-testid=screen-video]');
  let began = null;
  document.addEventListener('pointerdown', () => { began = performance.now(); }, { capture: true, once: true });
  const from = video.currentTime;
  const onFrame = (_now, frame) => {
    if (began !== null && Math.abs(frame.mediaTime - from) > 5) resolve(frame.presentationTime - began);
    else video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);
}); }
"""
_PEER_SEEK = """
(seconds) => new Promise((resolve) => {
  const video = document.getElementById('peer');
  const from = video.currentTime;
  const began = performance.now();
  const onFrame = (_now, frame) => {
    if (Math.abs(frame.mediaTime - from) > 5) resolve(frame.presentationTime - began);
    else video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);
  video.currentTime = seconds;
})
"""


def run(report: Report) -> list[Figure]:
    """See the module."""
    return asyncio.run(_run(report))


async def _run(report: Report) -> list[Figure]:
    with temporary_home() as home, Nginx(home / "nginx") as nginx:
        async with scene(report, home, (HOUR,)) as set_up:
            address = await _plain_file(set_up, nginx)
            page = await set_up.context.new_page()
            report("opening")
            starts, peer_starts = await _openings(set_up, page, address)
            report("seeking")
            seeks, peer_seeks = await _seeks(set_up, page, address)
    return [
        _figure("first_frame_p50", 50, starts, peer_starts, goal="<= 1000", note=_START_NOTE),
        _figure("first_frame_p95", 95, starts, peer_starts, goal="<= 1000", note=_START_NOTE),
        _figure("seek_p95", 95, seeks, peer_seeks, goal="<= 500", note=_SEEK_NOTE),
    ]


def _figure(
    name: str, rank: int, ours: Sequence[float], peer: Sequence[float], *, goal: str, note: str
) -> Figure:
    return Figure(
        name=f"opening_{name}",
        value=percentile(ours, rank),
        unit="ms",
        runs=len(ours),
        peer="plain <video>",
        peer_value=percentile(peer, rank),
        goal=goal,
        note=note,
    )


async def _plain_file(set_up: Scene, nginx: Nginx) -> str:
    recording = ScreenRecordingId(set_up.calls["hour"]["screen_recordings"][0]["id"])
    data = await set_up.deskreel.store.get(final_key(recording, FINAL_VIDEO))
    await asyncio.to_thread((nginx.static / "hour.mp4").write_bytes, data)
    (nginx.static / PEER_PAGE).write_text("")
    host, port = nginx.address
    return f"http://{host}:{port}/static/hour.mp4"


async def _peer_page(page: Page, address: str) -> None:
    """Beside the file: from about:blank the browser would not let it load from loopback."""
    await page.goto(address.rpartition("/")[0] + "/" + PEER_PAGE)


async def _measured(answer: Awaitable[float], what: str) -> float:
    """Milliseconds as the page measured them."""
    try:
        return await asyncio.wait_for(answer, PATIENCE_S)
    except TimeoutError:
        raise RuntimeError(f"{what} did not come within {PATIENCE_S} s") from None


async def _openings(set_up: Scene, page: Page, address: str) -> tuple[list[float], list[float]]:
    starts, peers = [], []
    for _ in range(OPENINGS + 1):
        await page.goto(f"{set_up.deskreel.settings.base_url}/activities")
        row = page.get_by_test_id("activity-row").first
        await row.wait_for()
        await page.evaluate(_FIRST_FRAME)
        await row.click()
        starts.append(await _measured(page.evaluate("() => window.firstFrame"), "the first frame"))
        await _peer_page(page, address)
        peers.append(await _measured(page.evaluate(_PEER_FIRST_FRAME, address), "the peer's first frame"))
    return starts[1:], peers[1:]  # the first one warms both up


async def _seeks(set_up: Scene, page: Page, address: str) -> tuple[list[float], list[float]]:
    rng = random.Random(3)
    places: list[int] = []
    while len(places) < SEEKS:
        place = rng.randrange(60, 3590)
        if not places or abs(place - places[-1]) > 60:  # it must be another place, to know its frame
            places.append(place)
    await page.goto(set_up.address("hour"))
    await page.wait_for_function(READY, timeout=60_000)
    ours = []
    for place in places:
        await page.evaluate(_NEXT_SEEK)
        await seek(page, place * 1000)
        ours.append(await _measured(page.evaluate("() => window.sought"), f"the frame at {place} s"))
    peer_page = await set_up.context.new_page()
    await _peer_page(peer_page, address)
    await _measured(peer_page.evaluate(_PEER_FIRST_FRAME, address), "the peer's first frame")
    peers = [
        await _measured(peer_page.evaluate(_PEER_SEEK, place), f"the peer's frame at {place} s")
        for place in places
    ]
    await peer_page.close()
    return ours, peers
