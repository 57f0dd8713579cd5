"""A gateway as a process of its own, to be killed: `python gateway_child.py PORT KEY_DIRECTORY`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from live_rig import WatchedServer
from recorder_rig import serving

from deskreel.storage.signing import load_or_create_keypair


async def main(port: int, keys: Path) -> None:
    async with serving(WatchedServer(key=load_or_create_keypair(keys)), port=port):
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
