"""Recorders and viewers of a live view without screens: what they send is encoded already, what they get is counted.

    python -m bench.network.publish ROLE SECONDS    with URL and token of each, one a line, on stdin

ROLE is `publish` or `watch`. Prints "ready" once all are connected, and at the end, one a line, how many pictures
each sent or got. Apart from the gateway's process, so that its CPU time is its own.
"""

from __future__ import annotations

import asyncio
import sys

import httpx2

from bench.network.pictures import FPS, make_pictures
from deskreel.rtc.aiortc_receive import AiortcReceiving
from deskreel.rtc.aiortc_send import AiortcSending
from deskreel.rtc.port import LivePicture
from deskreel.rtc.wire import Unit

KBPS, LOOP_S = 500, 20
CONNECT_S = 60.0
_SDP = {"content-type": "application/sdp"}


class Publisher:
    """Sends the same pictures round and round, a keyframe whenever one is wanted or the round begins anew."""

    def __init__(self, url: str, token: str, pictures: list[LivePicture]) -> None:
        self._url, self._token, self._pictures = url, token, pictures
        self._again = False
        self.connection = AiortcSending(self._wanted)
        self.count = 0

    def _wanted(self) -> None:
        self._again = True  # from the round's begin: what comes then does not depend on what came before

    async def connect(self, client: httpx2.AsyncClient) -> None:
        await _connect(client, self.connection, self._url, self._token)

    async def run(self, seconds: float) -> None:
        loop, number = asyncio.get_running_loop(), 0
        began = loop.time()
        while loop.time() - began < seconds:
            if self._again or number == len(self._pictures):
                self._again, number = False, 0
            picture = self._pictures[number]
            at_ms = self.count * 1000 // FPS
            self.connection.send(LivePicture(data=picture.data, at_ms=at_ms, keyframe=picture.keyframe))
            self.count, number = self.count + 1, number + 1
            await asyncio.sleep(max(0.0, began + self.count / FPS - loop.time()))


class Watcher:
    """Counts pictures."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token
        self.connection = AiortcReceiving(self._take)
        self.count = 0

    def _take(self, _: Unit) -> None:
        self.count += 1

    async def connect(self, client: httpx2.AsyncClient) -> None:
        await _connect(client, self.connection, self._url, self._token)

    async def run(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _connect(
    client: httpx2.AsyncClient, connection: AiortcSending | AiortcReceiving, url: str, token: str
) -> None:
    headers = {**_SDP, "authorization": f"Bearer {token}"}
    answer = await client.post(url, content=await connection.offer(), headers=headers)
    if answer.status_code != 201:
        raise SystemExit(f"{url}: {answer.status_code} {answer.text[:300]}")
    await connection.accept(answer.text)
    await asyncio.wait_for(connection.connected(), CONNECT_S)


async def main(role: str, seconds: float, lines: list[str]) -> None:
    """Connect all, one after the other; run them together."""
    pairs = [line.split() for line in lines]
    pictures = make_pictures(KBPS, LOOP_S) if role == "publish" else []
    ends: list[Publisher | Watcher] = [
        Publisher(url, token, pictures) if role == "publish" else Watcher(url, token) for url, token in pairs
    ]
    async with httpx2.AsyncClient(timeout=30) as client:
        for end in ends:
            await end.connect(client)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)  # all others are, too
    await asyncio.gather(*(end.run(seconds) for end in ends))
    for end in ends:
        print(end.count, flush=True)
        await end.connection.close()


if __name__ == "__main__":
    given: list[str] = []
    while (one := sys.stdin.readline().strip()) != "":
        given.append(one)
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), given))
