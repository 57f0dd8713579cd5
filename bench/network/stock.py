"""The peer of the gateway's live routes: aiortc as it comes, which decodes all that it receives.

    python -m bench.network.stock HOST:PORT

POST /whip takes an SDP offer and gives the answer; every stream is read to its end, as aiortc's own examples do.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

import uvicorn
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_connections: set[RTCPeerConnection] = set()
_reading: set[asyncio.Task[None]] = set()


async def health(_: Request) -> Response:
    """It is up."""
    return PlainTextResponse("ok")


async def whip(request: Request) -> Response:
    """A new stream."""
    connection = RTCPeerConnection()
    _connections.add(connection)

    @connection.on("track")
    def on_track(track: MediaStreamTrack) -> None:
        task = asyncio.ensure_future(read(track))
        _reading.add(task)
        task.add_done_callback(_reading.discard)

    offer = (await request.body()).decode()
    await connection.setRemoteDescription(RTCSessionDescription(sdp=offer, type="offer"))
    await connection.setLocalDescription(await connection.createAnswer())
    return Response(connection.localDescription.sdp, 201, {"Location": "/none"}, "application/sdp")


async def read(track: MediaStreamTrack) -> None:
    """Every decoded frame."""
    with suppress(MediaStreamError):
        while True:
            await track.recv()


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    app = Starlette(
        routes=[Route("/health", health), Route("/whip", whip, methods=["POST"])],
    )
    uvicorn.run(app, host=host, port=int(port), log_level="warning")
