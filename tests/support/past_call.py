"""Calls that are over, made in seconds: events, chunks and audio go the real way, with times of the past."""

from __future__ import annotations

import asyncio
import secrets
import wave
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from deskreel.core.chunk import ChunkMeta, Mark, sha256
from deskreel.core.ids import Digest, ScreenRecordingId
from deskreel.core.time import WallTime
from deskreel.storage.region_key import RegionPublicKey
from deskreel.storage.sealed import Sealer
from deskreel.telephony.sender import EventSender
from support.clock_media import SIZE, ClockCamera, ClockChunk
from support.server import Deskreel, FakeRecorder, Telephony, digest_of, wall_ms
from support.waiting import eventually

AUDIO_RATE = 8000
BEEP_HZ, BEEP_S = 1000, 0.03
PARALLEL = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCall:
    """What is to have happened; seconds from the answer."""

    call_id: str = "c1"
    agent: str = "1001"  # calls of one agent must not overlap
    seconds: float = 60.0  # of talk
    acw: float = 0.0
    pause: tuple[float, float] | None = None
    lost: tuple[float, float] | None = None  # no chunk begins in it
    silence: tuple[float, float] | None = None  # no beeps in it
    heard_from: float = 0.0  # the call audio begins here, a whole second; encoding hours of it takes minutes
    drift: float = 0.0  # of the recorder's clock
    shown: tuple[tuple[float, float], ...] = ((0, float("inf")),)  # elsewhere the picture is empty
    frame_ms: int = 100
    size: tuple[int, int] = SIZE
    ago_s: float = 0.0  # how long after its end this is


@dataclass(slots=True, kw_only=True)
class Office:
    """Agents, each with a recorder, and a telephony."""

    deskreel: Deskreel
    pbx: Telephony
    folder: Path
    recorders: dict[str, FakeRecorder] = field(default_factory=dict[str, FakeRecorder])

    @classmethod
    async def open(cls, deskreel: Deskreel, folder: Path) -> Office:
        return cls(deskreel=deskreel, pbx=await deskreel.telephony(), folder=folder)

    async def hold(self, call: PastCall) -> dict[str, Any]:
        """Let it have happened; gives the interaction's details when all of it can be played."""
        start = wall_ms() - round((call.seconds + call.acw + call.ago_s) * 1000)
        start -= start % 1000
        camera = ClockCamera(frame_ms=call.frame_ms, size=call.size)
        if call.agent not in self.recorders:
            self.recorders[call.agent] = await self.deskreel.recorder(call.agent)
        recorder = self.recorders[call.agent]
        recorder.init = camera.init
        recorder.sent.clear()
        say = partial(self.pbx.say, agent=call.agent)
        try:
            async with recorder.control() as socket:
                await say(
                    "call.answered", start, call=call.call_id, caller="+4930123456", callee="+4989654321"
                )
                await say("recording.started", start, call=call.call_id)
                desired = await recorder.desired(socket, lambda d: d.order is not None)
                for kind, at in zip(
                    ("recording.paused", "recording.resumed"), call.pause or (), strict=False
                ):
                    await say(kind, start + round(at * 1000), call=call.call_id)
                await self._upload(recorder, desired.order, camera, start, call)
                end = start + round(call.seconds * 1000)
                if call.acw:
                    await say("agent.status", end, call=None, status="after_call_work")
                await say("call.ended", end, call=call.call_id)
                # else the agent would be taken to be in After Call Work until that times out
                free = end + max(1, round(call.acw * 1000))
                await say("agent.status", free, call=None, status="available")
                ended = await recorder.desired(socket, lambda d: d.order is None)
        finally:
            camera.close()
        answer = await recorder.finish(
            ScreenRecordingId(ended.keep[-1].screen_recording_id),
            marks=(
                Mark(at=WallTime(start + 5000), kind="monitor", detail={"name": "DP-2", "cause": "click"}),
            ),
        )
        assert answer.is_success, answer.text
        await self._deliver_audio(start, call)
        return await self._complete(call.call_id, call.seconds)

    async def _upload(
        self, recorder: FakeRecorder, order: Any, camera: ClockCamera, start: int, call: PastCall
    ) -> None:
        region = RegionPublicKey.parse(order.region_key)
        sealer = Sealer.for_region(region, order.screen_recording_id, secrets.token_bytes(32))
        base = f"{order.gateway_url}/v1/recordings/{order.screen_recording_id}"
        headers = {"authorization": f"Bearer {order.upload_token}"}
        init = sealer.init(camera.init)
        digest = sha256(camera.init)
        answer = await recorder.client.put(
            f"{base}/inits/{digest}", content=init, headers={**headers, **digest_of(init)}
        )
        assert answer.is_success, answer.text

        async def put(chunk: ClockChunk) -> None:
            sealed = sealer.chunk(chunk.data, seq=chunk.seq, start=WallTime(chunk.start), init=digest)
            stored = await recorder.client.put(
                f"{base}/chunks/{chunk.seq}",
                content=sealed,
                headers={
                    **headers,
                    **digest_of(sealed),
                    "deskreel-start": str(chunk.start),
                    "deskreel-duration": str(chunk.duration_ms),
                    "deskreel-keyframe": "?1" if chunk.keyframe else "?0",
                    "deskreel-init": digest,
                },
            )
            assert stored.status_code == 201, stored.text
            recorder.sent.append(_meta(chunk, digest))

        pending: set[asyncio.Task[None]] = set()
        for chunk in self._chunks(camera, start, call):
            pending.add(asyncio.create_task(put(chunk)))
            if len(pending) >= PARALLEL:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        await asyncio.gather(*pending)
        recorder.sent.sort(key=lambda meta: meta.seq)

    def _chunks(self, camera: ClockCamera, start: int, call: PastCall) -> list[ClockChunk]:
        """A recorder begins a chunk anew where a pause ends, and makes none in it."""
        total = call.seconds + call.acw
        stretches = [(0.0, total)] if call.pause is None else [(0.0, call.pause[0]), (call.pause[1], total)]
        made: list[ClockChunk] = []
        for begin, end in stretches:
            at = start + round(begin * 1000)
            shown = tuple((a - begin, b - begin) for a, b in call.shown)
            made += camera.chunks(
                at, end - begin, first_seq=len(made) + 1, origin=start, drift=call.drift, shown=shown
            )
        if call.lost is None:
            return made
        a, b = (start + at * 1000 for at in call.lost)
        return [chunk for chunk in made if not a <= chunk.start < b]

    async def _deliver_audio(self, start: int, call: PastCall) -> None:
        path = self.folder / f"{call.call_id}.wav"
        await asyncio.to_thread(write_beeps, path, start, call)
        sender = EventSender(self.deskreel.settings.base_url, self.pbx.name, self.pbx.secret)
        try:
            await sender.upload_audio(call.call_id, start + round(call.heard_from * 1000), path)
        finally:
            await sender.close()
            path.unlink()

    async def _complete(self, call_id: str, seconds: float) -> dict[str, Any]:
        async def probe() -> dict[str, Any] | None:
            details = await self.deskreel.interaction(call_id)
            audio = details["call_recording"]
            ready = audio is not None and audio["state"] == "ready"
            done = all(r["state"] == "available" for r in details["screen_recordings"])
            return details if ready and done and details["screen_recordings"] else None

        return await eventually(f"the finished call {call_id}", probe, timeout_s=60 + seconds / 20)


def _meta(chunk: ClockChunk, init: Digest) -> ChunkMeta:
    return ChunkMeta(
        seq=chunk.seq,
        start=WallTime(chunk.start),
        duration_ms=chunk.duration_ms,
        keyframe=chunk.keyframe,
        init=init,
        digest=sha256(chunk.data),
        size=len(chunk.data),
    )


def write_beeps(path: Path, start: int, call: PastCall) -> None:
    """A beep at each whole wall second, in turn on the agent's channel and the caller's."""
    second = np.zeros(AUDIO_RATE)
    tone = np.arange(round(BEEP_S * AUDIO_RATE))
    second[: len(tone)] = 0.6 * np.sin(2 * np.pi * BEEP_HZ * tone / AUDIO_RATE)
    beep = np.round(second * 32767).astype("<i2")
    quiet = np.zeros(AUDIO_RATE, "<i2")
    holes = [hole for hole in (call.pause, call.silence) if hole is not None]
    assert start % 1000 == 0, "beeps stand on whole seconds"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(AUDIO_RATE)
        for number in range(round(call.heard_from), round(call.seconds)):
            heard = not any(a <= number < b for a, b in holes)
            left = beep if heard and number % 2 == 0 else quiet
            right = beep if heard and number % 2 == 1 else quiet
            out.writeframes(np.column_stack((left, right)).tobytes())
