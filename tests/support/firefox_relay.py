"""Firefox as Playwright starts it, with one WebDriver BiDi command answered here: Firefox ESR lacks it.

A program, started in Firefox's place with Firefox's arguments (`support.firefox`). It starts the browser, says where
it listens itself, passes every message on both ways, and ends with the browser.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
from functools import partial

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

FIREFOX = "firefox-esr"
LACKING = "emulation.setMediaFeaturesOverride"
LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


def answer_to(message: str | bytes) -> str | None:
    """The answer to a command that Firefox does not know; None for the others."""
    command = json.loads(message)
    if command.get("method") != LACKING:
        return None
    return json.dumps({"type": "success", "id": command["id"], "result": {}})


async def relay(playwright: ServerConnection, firefox: str) -> None:
    """Messages of one connection until either side ends it."""
    path = playwright.request.path if playwright.request else "/session"
    async with connect(firefox + path, max_size=None, compression=None) as browser:

        async def down() -> None:
            async for message in playwright:
                answer = answer_to(message)
                await (browser.send(message) if answer is None else playwright.send(answer))
            await browser.close()

        async def up() -> None:
            async for message in browser:
                await playwright.send(message)
            await playwright.close()

        await asyncio.gather(down(), up(), return_exceptions=True)


async def main(arguments: list[str]) -> int:
    """Until the browser ends; its exit code."""
    process = await asyncio.create_subprocess_exec(FIREFOX, *arguments, stderr=asyncio.subprocess.PIPE)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, process.terminate)
    assert process.stderr is not None
    async for line in process.stderr:
        said = line.decode(errors="replace").rstrip()
        found = LISTENING.search(said)
        if found is None:
            print(said, file=sys.stderr, flush=True)
            continue
        to_firefox = partial(relay, firefox=found[1])
        server = await serve(to_firefox, "127.0.0.1", 0, max_size=None, compression=None)
        port = server.sockets[0].getsockname()[1]
        print(f"WebDriver BiDi listening on ws://127.0.0.1:{port}", file=sys.stderr, flush=True)
    return await process.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
