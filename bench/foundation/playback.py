"""How long a player waits for the playlist and the first segment, of short and of long recordings.

Growing recordings (their chunks lie in the store one by one, and each playlist is a listing) and finished ones
(one MP4 and its index), of 10 minutes, 1 hour and 4 hours, from one gateway on a file store. The peer is nginx
with the very bytes that the gateway answered as static files. Each recording is opened once, as reviewers do: the
gateway keeps an index for some seconds, and remembers the chunks of a growing one. Who watches a call polls its
playlist, which has one chunk more each time: those polls are figures of their own.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figure, percentile
from bench.gateway import Gateway
from bench.load import Client, get_request
from bench.material import CHUNK_MS, Material, make_material
from bench.nginx import Nginx
from bench.processes import temporary_home
from bench.registry import Report
from deskreel.core.chunk import ChunkMeta, sha256
from deskreel.core.ids import ScreenRecordingId, make_id
from deskreel.core.time import WallTime, Window
from deskreel.media.assemble import AssemblyPart, index_json, plan_assembly
from deskreel.media.fmp4 import parse_fragment
from deskreel.storage import layout

LENGTHS = (300, 1800, 7200)  # chunks
SEGMENT_CHUNKS = 5  # 10 s
OPENINGS = 40  # of the peer's files
FINISHED, GROWING = 20, 8  # recordings of each length, all of the same bytes
POLLS = 60  # of one that grows
POLL_GOAL_MS = 40
_ORIGIN = WallTime(1_700_000_000_000)
_NOTE = (
    "first opening of each recording; polls: one chunk more each time; "
    "nginx sends the same bytes as static files and knows neither tokens nor pauses"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How long one player waited."""

    playlist_ms: float
    segment_ms: float

    @property
    def both_ms(self) -> float:
        """Until there is something to show, without the init segment."""
        return self.playlist_ms + self.segment_ms


def run(report: Report) -> list[Figure]:
    """See the module."""
    material = make_material(60_000)
    figures = []
    with temporary_home() as home, Gateway(home / "gateway") as gateway, Nginx(home / "nginx") as nginx:
        sources = _Shelf(home / "shelf", material)
        for length in LENGTHS:
            for finished in (False, True):
                state = "finished" if finished else "growing"
                report(f"{length} chunks, {state}")
                make, count = (_finished, FINISHED) if finished else (_growing, GROWING)
                recordings = [make(gateway.objects, sources, length) for _ in range(count)]
                ours = _ours(gateway, recordings, length, finished=finished)
                name = f"{length}-{state}"
                peers = _peers(gateway, nginx, recordings[0], length, name, finished=finished)
                figures += _figures(f"playback_{length}_{state}", ours, peers)
                if not finished:
                    figures.append(_polls(gateway, sources, recordings[0], length))
    return figures


class _Shelf:
    """Files that recordings are made of: stored once, then linked, because only names differ."""

    def __init__(self, root: Path, material: Material) -> None:
        root.mkdir()
        self.root = root
        self.material = material
        self.init = root / "init.mp4"
        self.init.write_bytes(material.init)
        self.chunks = [root / f"{index}.m4s" for index in range(len(material.fragments))]
        for path, data in zip(self.chunks, material.fragments, strict=True):
            path.write_bytes(data)
        self._metas = [(sha256(data), len(data)) for data in material.fragments]

    def meta(self, index: int) -> ChunkMeta:
        """The chunk that stands at `index` in every recording. Each begins with a keyframe in truth."""
        digest, size = self._metas[index % len(self._metas)]
        return ChunkMeta(
            seq=index + 1,
            start=WallTime(_ORIGIN + index * CHUNK_MS),
            duration_ms=CHUNK_MS,
            keyframe=index % SEGMENT_CHUNKS == 0,
            init=self.material.init_digest,
            digest=digest,
            size=size,
        )

    def finished(self, length: int) -> tuple[Path, Path]:
        """The MP4 and the index of a recording of `length` chunks."""
        video, index = self.root / f"{length}.mp4", self.root / f"{length}.json"
        if not video.exists():
            fragments = self.material.fragments
            parsed = [parse_fragment(data) for data in fragments]
            plan = plan_assembly(
                {self.material.init_digest: self.material.init},
                (
                    AssemblyPart(
                        meta=self.meta(at),
                        fragment=parsed[at % len(parsed)],
                        size=len(fragments[at % len(parsed)]),
                    )
                    for at in range(length)
                ),
            )
            with video.open("wb") as out:
                out.write(plan.header)
                for at in range(length):
                    out.write(fragments[at % len(fragments)])
            index.write_text(index_json(plan))
        return video, index


def _new_recording(objects: Path, shelf: _Shelf) -> ScreenRecordingId:
    scr = ScreenRecordingId(make_id("scr", _ORIGIN, secrets.token_bytes(10)))
    _link(shelf.init, objects / layout.init_key(scr, shelf.material.init_digest))
    return scr


def _growing(objects: Path, shelf: _Shelf, length: int) -> ScreenRecordingId:
    scr = _new_recording(objects, shelf)
    for index in range(length):
        source = shelf.chunks[index % len(shelf.chunks)]
        _link(source, objects / layout.chunk_key(scr, shelf.meta(index)))
    return scr


def _finished(objects: Path, shelf: _Shelf, length: int) -> ScreenRecordingId:
    scr = _new_recording(objects, shelf)
    video, index = shelf.finished(length)
    _link(video, objects / layout.final_key(scr, layout.FINAL_VIDEO))
    _link(index, objects / layout.final_key(scr, layout.FINAL_INDEX))
    return scr


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.link(source, target)


def _paths(gateway: Gateway, scr: ScreenRecordingId, length: int, *, finished: bool) -> tuple[str, str]:
    """Of playlist and first segment; of a growing recording the window is still open."""
    end = WallTime(_ORIGIN + length * CHUNK_MS) if finished else None
    base = f"/v1/play/{gateway.play_token(scr, Window(_ORIGIN, end), final=finished)}"
    return f"{base}/screen.m3u8", f"{base}/segments/1-{SEGMENT_CHUNKS}.m4s"


def _ours(
    gateway: Gateway, recordings: Sequence[ScreenRecordingId], length: int, *, finished: bool
) -> list[Opening]:
    """Each recording once; the first is a warm-up."""
    client = Client(gateway.address)
    try:
        openings = [_open(client, *_paths(gateway, scr, length, finished=finished)) for scr in recordings]
    finally:
        client.close()
    return openings[1:]


def _peers(
    gateway: Gateway, nginx: Nginx, scr: ScreenRecordingId, length: int, name: str, *, finished: bool
) -> list[Opening]:
    """The same bytes from nginx."""
    directory = nginx.static / name
    directory.mkdir()
    names = ("screen.m3u8", "first.m4s")
    client = Client(gateway.address)
    try:
        for file, path in zip(names, _paths(gateway, scr, length, finished=finished), strict=True):
            answer, _ = client.fetch(get_request(path), keep=True)
            (directory / file).write_bytes(answer.body)
    finally:
        client.close()
    client = Client(nginx.address)
    try:
        paths = [f"/static/{name}/{file}" for file in names]
        return [_open(client, *paths) for _ in range(OPENINGS + 1)][1:]
    finally:
        client.close()


def _polls(gateway: Gateway, shelf: _Shelf, scr: ScreenRecordingId, length: int) -> Figure:
    """How long each poll of a playlist takes whose recording has one chunk more each time."""
    path, _ = _paths(gateway, scr, length, finished=False)
    client = Client(gateway.address)
    times: list[float] = []
    try:
        for index in range(length, length + POLLS):
            source = shelf.chunks[index % len(shelf.chunks)]
            _link(source, gateway.objects / layout.chunk_key(scr, shelf.meta(index)))
            answer, took_ms = client.fetch(get_request(path), keep=True)
            times.append(took_ms)
            if answer.body.count(b"#EXTINF") != index + 1:
                raise RuntimeError(f"{index + 1} chunks are stored, and the playlist does not list them")
    finally:
        client.close()
    return Figure(
        name=f"playback_{length}_poll_p95",
        value=percentile(times, 95),
        unit="ms",
        runs=len(times),
        goal=f"<= {POLL_GOAL_MS}",
        note="a growing playlist of so many chunks, polled as each new one comes",
    )


def _open(client: Client, playlist: str, segment: str) -> Opening:
    _, playlist_ms = client.fetch(get_request(playlist))
    _, segment_ms = client.fetch(get_request(segment))
    return Opening(playlist_ms=playlist_ms, segment_ms=segment_ms)


def _figures(name: str, ours: list[Opening], peers: list[Opening]) -> list[Figure]:
    def figure(suffix: str, part: str, percent: float) -> Figure:
        values, peer_values = ([getattr(one, part) for one in side] for side in (ours, peers))
        return Figure(
            name=f"{name}_{suffix}",
            value=percentile(values, percent),
            unit="ms",
            runs=len(values),
            peer="nginx, static",
            peer_value=percentile(peer_values, percent),
            note=_NOTE,
        )

    return [
        figure("p50", "both_ms", 50),
        figure("p95", "both_ms", 95),
        figure("playlist", "playlist_ms", 50),
    ]
