"""Chunk PUT/s of one gateway process beside nginx's WebDAV PUT of the same bodies, and beside the disk alone.

16 recorders with one chunk in flight each. Both store below one temporary directory, under paths of the same
depth, and take turns (gateway, nginx, disk, gateway, …), so that a slow minute of the machine hits all. What
the gateway does and nginx does not: verify the token's signature and the digest, open the seal, check the
fragment, look for a conflicting chunk, and sync file and directory to the disk before it answers. The gateway
is sent sealed chunks, nginx what was sealed in them.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.figures import Figure, median, spread
from bench.gateway import Gateway
from bench.load import Client, Load, Request, put_request, run_load
from bench.material import ORIGIN, Material, make_material
from bench.nginx import Nginx
from bench.processes import cpu_s, temporary_home
from bench.registry import Report
from deskreel.core.chunk import ChunkMeta
from deskreel.core.ids import ScreenRecordingId, make_id
from deskreel.storage import layout
from deskreel.storage.durable import DurableTree
from deskreel.storage.region_key import SECRET_BYTES
from deskreel.storage.sealed import Sealer

IN_FLIGHT = 16
ROUNDS = 5
SIZES = (("60kb", 60_000, 800), ("250kb", 250_000, 640))  # name, bytes of a chunk, chunks per run
_NGINX = "nginx WebDAV PUT"
_DISK = "disk alone"
_DISK_NOTE = f"the store's own durable writes (write, fsync, link, fsync) in {IN_FLIGHT} threads"


@dataclass(slots=True)
class Side:
    """What one of the contestants did, over all rounds."""

    rates: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p95: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)  # of the server per PUT
    generator: list[float] = field(default_factory=list)  # 0 to 1

    def add(self, load: Load, cpu: float) -> None:
        """Count a run in."""
        self.rates.append(load.rate)
        self.p50.append(load.p(50))
        self.p95.append(load.p(95))
        self.cpu_ms.append(cpu * 1000 / len(load.latencies_ms))
        self.generator.append(load.generator_busy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """All that was measured with one size of chunk."""

    size: str
    gateway: Side
    nginx: Side
    disk: list[float]  # chunks per second
    ceiling: list[float]  # PUT/s of the generator into an nginx that throws everything away


def run(report: Report) -> list[Figure]:
    """See the module."""
    with temporary_home() as home, Gateway(home / "gateway") as gateway, Nginx(home / "nginx") as nginx:
        figures = []
        for size, target, count in SIZES:
            report(f"making chunks of {size}")
            material = make_material(target)
            figures += _figures(_contest(size, material, count, gateway=gateway, nginx=nginx, report=report))
        return figures


def _contest(
    size: str, material: Material, count: int, *, gateway: Gateway, nginx: Nginx, report: Report
) -> Contest:
    contest = Contest(size=size, gateway=Side(), nginx=Side(), disk=[], ceiling=[])
    disk = DurableTree(nginx.home.parent / f"disk-{size}")
    for number in range(ROUNDS + 1):  # the first round warms up and does not count
        report(f"{size}, round {number} of {ROUNDS}")
        recordings = _recordings()
        with _cleared(gateway.objects / "recordings", recordings):
            queues = _gateway_queues(gateway, recordings, material, count)
            cpu = cpu_s(gateway.pid)
            load = run_load(gateway.address, queues)
            if number:
                contest.gateway.add(load, cpu_s(gateway.pid) - cpu)
        with _cleared(nginx.dav / "recordings", recordings):
            queues = _nginx_queues("/dav", recordings, material, count)
            cpu = cpu_s(nginx.pid)
            load = run_load(nginx.address, queues)
            if number:
                contest.nginx.add(load, cpu_s(nginx.pid) - cpu)
        with _cleared(nginx.home.parent / f"disk-{size}" / "recordings", recordings):
            rate = _disk_rate(disk, recordings, material, count)
            if number:
                contest.disk.append(rate)
        load = run_load(nginx.address, _nginx_queues("/discard", recordings, material, count))
        if number:
            contest.ceiling.append(load.rate)
    return contest


def _recordings() -> list[ScreenRecordingId]:
    return [ScreenRecordingId(make_id("scr", ORIGIN, secrets.token_bytes(10))) for _ in range(IN_FLIGHT)]


@contextmanager
def _cleared(root: Path, recordings: list[ScreenRecordingId]) -> Iterator[None]:
    """Remove what a run stored, and let the disk come to rest: nobody waits for another's dirty pages."""
    yield
    for scr in recordings:
        shutil.rmtree(root / scr, ignore_errors=True)
    os.sync()


def _gateway_queues(
    gateway: Gateway, recordings: list[ScreenRecordingId], material: Material, count: int
) -> list[list[Request]]:
    """The PUTs of each recorder; its init segment is stored at once."""
    queues: list[list[Request]] = []
    client = Client(gateway.address)
    try:
        for scr in recordings:
            auth = {"Authorization": f"Bearer {gateway.upload_token(scr)}"}
            base = f"/v1/recordings/{scr}"
            sealer = Sealer.for_region(gateway.region, scr, secrets.token_bytes(SECRET_BYTES))
            sealed_init = sealer.init(material.init)
            client.fetch(put_request(f"{base}/inits/{material.init_digest}", sealed_init, auth))
            queues.append([])
            for meta, body in material.chunks(count // IN_FLIGHT):
                sealed = sealer.chunk(body, seq=meta.seq, start=meta.start, init=meta.init)
                headers = {**auth, **chunk_headers(meta, sealed)}
                queues[-1].append(put_request(f"{base}/chunks/{meta.seq}", sealed, headers))
    finally:
        client.close()
    return queues


def chunk_headers(meta: ChunkMeta, body: bytes) -> dict[str, str]:
    return {
        "Content-Type": "video/iso.segment",
        "Content-Digest": f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:",
        "Deskreel-Start": str(meta.start),
        "Deskreel-Duration": str(meta.duration_ms),
        "Deskreel-Keyframe": "?1",
        "Deskreel-Init": meta.init,
    }


def _nginx_queues(
    place: str, recordings: list[ScreenRecordingId], material: Material, count: int
) -> list[list[Request]]:
    return [
        [
            put_request(f"{place}/{layout.chunk_key(scr, meta)}", body, {})
            for meta, body in material.chunks(count // IN_FLIGHT)
        ]
        for scr in recordings
    ]


def _disk_rate(
    disk: DurableTree, recordings: list[ScreenRecordingId], material: Material, count: int
) -> float:
    """Chunks per second of the store's own writing, in as many threads, without HTTP, checks or listing."""

    def record(scr: ScreenRecordingId) -> None:
        for meta, body in material.chunks(count // IN_FLIGHT):
            disk.write(layout.chunk_key(scr, meta), body, if_absent=True)

    with ThreadPoolExecutor(IN_FLIGHT) as threads:
        began = time.perf_counter()
        list(threads.map(record, recordings))
        return count // IN_FLIGHT * IN_FLIGHT / (time.perf_counter() - began)


def _figures(contest: Contest) -> list[Figure]:
    ours, peer, name = contest.gateway, contest.nginx, f"chunk_put_{contest.size}"
    note = (
        f"{IN_FLIGHT} in flight; range {spread(ours.rates)} against {spread(peer.rates)} PUT/s; nginx neither "
        "syncs to the disk nor checks token, digest and fragment nor opens a seal. The load generator used "
        f"{median(ours.generator):.0%} of a core against the gateway and {median(peer.generator):.0%} against "
        f"nginx, and reaches {median(contest.ceiling):.0f} PUT/s into an nginx that throws everything away"
    )
    rows = [
        ("", ours.rates, "PUT/s", _NGINX, peer.rates, note),
        (
            "_disk",
            ours.rates,
            "PUT/s",
            _DISK,
            contest.disk,
            "the store's own durable writes (write, fsync, link, fsync), 16 threads",
        ),
        ("_p50", ours.p50, "ms", _NGINX, peer.p50, ""),
        ("_p95", ours.p95, "ms", _NGINX, peer.p95, ""),
        ("_cpu", ours.cpu_ms, "ms", _NGINX, peer.cpu_ms, "CPU time of the server per PUT, user and system"),
    ]
    return [
        Figure(
            name=name + suffix,
            value=median(values),
            unit=unit,
            runs=len(values),
            peer=peer_name,
            peer_value=median(peer_values),
            note=said,
        )
        for suffix, values, unit, peer_name, peer_values, said in rows
    ]
