"""A supervisor without a browser: opens a live view by the API, plays it over WHEP, and reads the screen's clock.

Times are of the machine's wall clock, which screen and viewer share. A picture counts as shown once it is decoded: a
browser adds its own wait until it paints.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import pairwise
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

import av
import httpx2
import numpy as np
from av.error import FFmpegError

from deskreel.rtc.aiortc_receive import AiortcReceiving
from deskreel.rtc.wire import Unit, unpack
from deskreel.testing.clock_window import decode_clock
from support.server import wall_ms
from support.waiting import eventually

RENEW_S = 20.0
CONNECT_S = 10.0
FIRST_S, BACK_S = 15.0, 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """One picture that was shown."""

    drawn_ms: int  # what the clock in it says
    shown_ms: int  # when it was decoded

    @property
    def delay_ms(self) -> int:
        """Glass to glass."""
        return self.shown_ms - self.drawn_ms


@dataclass(kw_only=True)
class Viewer:
    """One live view; use as an asynchronous context manager."""

    client: httpx2.AsyncClient  # signed in
    recording: str
    glances: list[Glance] = field(default_factory=list[Glance])
    unreadable: int = 0  # pictures whose clock cannot be read
    asked_ms: int = 0  # when the view was asked for
    view: dict[str, Any] = field(default_factory=dict[str, Any])  # as the API last said

    async def __aenter__(self) -> Self:
        self._decoder = av.CodecContext.create("h264", "r")
        self._connection = AiortcReceiving(self._take)
        self.asked_ms = wall_ms()
        csrf = (await self.client.get("/api/v1/session")).json()["csrf_token"]
        self.client.headers["x-csrf-token"] = csrf
        answer = await self.client.post(f"/api/v1/screen-recordings/{self.recording}/live")
        assert answer.status_code == 201, answer.text
        self.view = answer.json()
        self._renewing = asyncio.create_task(self._renew())
        try:
            offer = await self._connection.offer()
            played = await self.client.post(
                self.view["whep_url"],
                content=offer,
                headers={"content-type": "application/sdp", **self._bearer},
            )
            assert played.status_code == 201, played.text
            self._session = urljoin(self.view["whep_url"], played.headers["location"])
            await self._connection.accept(played.text)
            await asyncio.wait_for(self._connection.connected(), CONNECT_S)
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    @property
    def first_ms(self) -> int | None:
        """From asking until the first picture; None: there was none."""
        return self.glances[0].shown_ms - self.asked_ms if self.glances else None

    async def first_picture(self) -> None:
        """Wait for it."""

        async def probe() -> bool:
            return bool(self.glances)

        await eventually("the first live picture", probe, timeout_s=FIRST_S)

    async def back_after(self, cut_ms: int) -> int:
        """Wait for a picture that was drawn after a cut; ms from then."""

        async def probe() -> int | None:
            return self.back_ms(cut_ms)

        return await eventually("a live picture after the cut", probe, timeout_s=BACK_S)

    def back_ms(self, cut_ms: int) -> int | None:
        """From a cut until the first picture that was drawn after it; None: there is none yet."""
        return next((g.shown_ms - cut_ms for g in self.glances if g.drawn_ms > cut_ms), None)

    def longest_still_ms(self, begin_ms: int, end_ms: int) -> int:
        """The longest time in which nothing new was shown, of the time from begin to end."""
        shown, newest = [begin_ms], 0
        for glance in self.glances:
            if glance.drawn_ms > newest:
                newest = glance.drawn_ms
                if begin_ms <= glance.shown_ms <= end_ms:
                    shown.append(glance.shown_ms)
        return max(later - earlier for earlier, later in pairwise([*shown, end_ms]))

    @property
    def given_up(self) -> int:
        """Packets that never came."""
        return self._connection.stats().given_up

    async def report(self) -> dict[str, Any]:
        """What the recorder says of its leg; empty: nothing yet."""
        await self._put()
        return dict(self.view["recorder"] or {})

    @property
    def _bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.view['token']}"}

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            await self._put()
            await self.client.put(f"{self._session}/token", headers=self._bearer)

    async def _put(self) -> None:
        answer = await self.client.put(f"/api/v1/live-views/{self.view['id']}")
        assert answer.status_code == 200, answer.text
        self.view = answer.json()

    async def _close(self) -> None:
        self._renewing.cancel()
        await asyncio.gather(self._renewing, return_exceptions=True)
        await self.client.delete(f"/api/v1/live-views/{self.view['id']}")
        await self._connection.close()

    def _take(self, unit: Unit) -> None:
        try:
            frames = self._decoder.decode(av.Packet(unpack(unit.payloads)))
        except FFmpegError:
            self.unreadable += 1
            return
        for frame in frames:
            shown = wall_ms()
            drawn = decode_clock(np.asarray(frame.to_ndarray(format="gray"), np.uint8))
            if drawn is None:
                self.unreadable += 1
            else:
                self.glances.append(Glance(drawn_ms=drawn, shown_ms=shown))
