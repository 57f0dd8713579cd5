"""How old a picture is that a browser shows, of a screen that says what time it is (`testing.clock_window`)."""

from __future__ import annotations

from playwright.async_api import Page

from deskreel.testing.clock_window import CLOCK_DECODER_JS

_SAMPLER = """
(selector) => {
  %s
  const video = document.querySelector(selector);
  const canvas = document.createElement('canvas');
  window.behind = [];
  const take = () => {
    canvas.width = video.videoWidth; canvas.height = video.videoHeight;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.drawImage(video, 0, 0);
    const clock = decodeClock(context.getImageData(0, 0, canvas.width, canvas.height));
    if (clock !== null) window.behind.push(Date.now() - clock);
    video.requestVideoFrameCallback(take);
  };
  video.requestVideoFrameCallback(take);
}
"""


async def sample_ages(page: Page, selector: str) -> None:
    """From now on `window.behind` has the age in ms of every frame that the video shows."""
    await page.evaluate(_SAMPLER % CLOCK_DECODER_JS, selector)
