"""A real browser plays the gateway's WHEP: it decodes the pictures, and soon after they were made."""

from __future__ import annotations

import statistics

import pytest
from live_gateway import BITS, BLOCK, live_gateway, publish
from playwright.async_api import async_playwright

from support.browser import CHROMIUM, listen
from support.waiting import until

_PLAY = """
async ({ url, token, bits, block }) => {
  const began = performance.now();
  const pc = new RTCPeerConnection();
  const receiver = pc.addTransceiver('video', { direction: 'recvonly' }).receiver;
  receiver.jitterBufferTarget = 0;
  const video = document.querySelector('video');
  pc.ontrack = ({ track }) => { video.srcObject = new MediaStream([track]); };
  window.seen = { behind: [], first: null };
  const canvas = document.createElement('canvas');
  const take = () => {
    window.seen.first ??= performance.now() - began;
    canvas.width = video.videoWidth; canvas.height = block;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.drawImage(video, 0, 0);
    const row = context.getImageData(0, block / 2, bits * block, 1).data;
    let code = 0;
    for (let bit = 0; bit < bits; bit++) if (row[(bit * block + block / 2) * 4] > 125) code += 2 ** bit;
    const range = 2 ** bits;
    window.seen.behind.push((Date.now() - code) % range % range);
    video.requestVideoFrameCallback(take);
  };
  video.requestVideoFrameCallback(take);
  await pc.setLocalDescription();
  if (pc.iceGatheringState !== 'complete')
    await new Promise((done) => pc.addEventListener('icegatheringstatechange', () => {
      if (pc.iceGatheringState === 'complete') done();
    }));
  const answer = await fetch(url, {
    method: 'POST', body: pc.localDescription.sdp,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/sdp' },
  });
  if (answer.status !== 201) throw new Error(await answer.text());
  await pc.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
  window.pc = pc;
  return new URL(answer.headers.get('Location'), url).href;
}
"""
_STATS = """
async () => {
  for (const one of (await window.pc.getStats()).values())
    if (one.type === 'inbound-rtp') return {
      decoded: one.framesDecoded, dropped: one.framesDropped, pli: one.pliCount, nack: one.nackCount,
      freezes: one.freezeCount, codec: one.codecId,
    };
}
"""


@pytest.mark.measures
async def test_chromium_shows_the_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    async with live_gateway() as gateway, async_playwright() as playwright:
        desktop = await publish(gateway)
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=[*CHROMIUM, "--allow-loopback-in-peer-connection"]
        )
        page = await browser.new_page()
        noise = listen(page)
        await page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        await page.goto(f"{gateway.origin}/gateway/health")  # any page of an origin that may fetch
        await page.set_content("<video autoplay muted playsinline></video>")
        where = await page.evaluate(
            _PLAY,
            {
                "url": f"{gateway.url}/whep",
                "token": gateway.token("live_watch"),
                "bits": BITS,
                "block": BLOCK,
            },
        )
        await page.wait_for_function("() => window.seen.behind.length >= 40")
        seen = await page.evaluate("() => window.seen")
        stats = await page.evaluate(_STATS)
        time_1 = await page.evaluate("() => document.querySelector('video').currentTime")
        await page.wait_for_function("from => document.querySelector('video').currentTime > from", arg=time_1)
        behind = seen["behind"][5:]
        with capsys.disabled():
            print(
                f"\nChromium: first picture {seen['first']:.0f} ms after the click, behind "
                f"p50 {statistics.median(behind):.0f} ms, max {max(behind)} ms, {stats}"
            )
        assert seen["first"] < 1500
        assert statistics.median(behind) < 300
        assert stats["decoded"] >= 40
        ended = await page.evaluate(
            "async ([url, token]) => (await fetch(url, "
            "{ method: 'DELETE', headers: { Authorization: `Bearer ${token}` } })).status",
            [where, gateway.token("live_watch")],
        )
        assert ended == 200

        async def gone() -> bool:
            return (await gateway.report())["viewers"] == 0

        await until(gone, "the viewer gone")
        assert noise == []
        await browser.close()
        await desktop.end()
