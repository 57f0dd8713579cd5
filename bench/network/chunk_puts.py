"""One gateway process and 1,000 recorders, each with a connection of its own and a chunk every 2 s.

At the pace of real recorders: how long a PUT takes, how much of a core it costs, and how much memory the gateway
needs for each. nginx's WebDAV PUT takes the same bodies at the same pace; it checks nothing, opens no seal and
does not sync to the disk.
"""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.figures import Figure
from bench.foundation.chunk_put import chunk_headers
from bench.gateway import Gateway
from bench.load import Address, Client, Request, put_request
from bench.material import CHUNK_MS, ORIGIN, Material, make_material
from bench.network.paced import Fleet, Paced
from bench.nginx import Nginx
from bench.processes import cpu_s, temporary_home
from bench.registry import Report
from deskreel.core.ids import ScreenRecordingId, make_id
from deskreel.storage.region_key import SECRET_BYTES
from deskreel.storage.sealed import Sealer

RECORDERS = 1_000
CHUNKS = 8  # of each recorder
CHUNK_BYTES = 60_000  # 240 kbit/s
_NGINX = "nginx WebDAV PUT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one of the two did."""

    paced: Paced
    cores: float  # in use on average
    cpu_ms: float  # per PUT
    kb_each: float  # resident, per recorder, more than before the first connection


def run(report: Report) -> list[Figure]:
    """See the module."""
    report("making chunks")
    material = make_material(CHUNK_BYTES)
    with temporary_home() as home, Gateway(home / "gateway") as gateway, Nginx(home / "nginx") as nginx:
        recordings = [
            ScreenRecordingId(make_id("scr", ORIGIN, secrets.token_bytes(10))) for _ in range(RECORDERS)
        ]
        report(f"sealing {RECORDERS * CHUNKS} chunks")
        before = _resident(gateway.pid)
        queues = _gateway_queues(gateway, recordings, material)
        report(f"{RECORDERS} recorders at the gateway")
        ours = _side(gateway.address, gateway.pid, queues, before)
        _clear(gateway.objects)
        report(f"{RECORDERS} recorders at nginx")
        before = _resident(nginx.pid)
        peer = _side(nginx.address, nginx.pid, _nginx_queues(recordings, material), before)
        return _figures(ours, peer)


def _side(address: Address, pid: int, queues: list[list[Request]], before: int) -> Side:
    fleet = Fleet(address, len(queues))
    try:
        cpu = cpu_s(pid)
        paced = fleet.run(queues, CHUNK_MS / 1000)
        cpu = cpu_s(pid) - cpu
        more = _resident(pid) - before
    finally:
        fleet.close()
    return Side(
        paced=paced,
        cores=cpu / paced.elapsed_s,
        cpu_ms=cpu * 1000 / len(paced.latencies_ms),
        kb_each=max(0.0, more / 1000 / len(queues)),
    )


def _resident(pid: int) -> int:
    """Bytes, of a process and its children."""
    process = psutil.Process(pid)
    return sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))


def _clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.sync()  # so that nginx does not wait for the gateway's dirty pages


def _gateway_queues(
    gateway: Gateway, recordings: list[ScreenRecordingId], material: Material
) -> list[list[Request]]:
    queues, metas = [], list(material.chunks(CHUNKS))
    client = Client(gateway.address)
    try:
        for scr in recordings:
            auth = {"Authorization": f"Bearer {gateway.upload_token(scr)}"}
            base = f"/v1/recordings/{scr}"
            sealer = Sealer.for_region(gateway.region, scr, secrets.token_bytes(SECRET_BYTES))
            init = sealer.init(material.init)
            client.fetch(put_request(f"{base}/inits/{material.init_digest}", init, auth))
            queue = []
            for meta, body in metas:
                sealed = sealer.chunk(body, seq=meta.seq, start=meta.start, init=meta.init)
                headers = {**auth, **chunk_headers(meta, sealed)}
                queue.append(put_request(f"{base}/chunks/{meta.seq}", sealed, headers))
            queues.append(queue)
    finally:
        client.close()
    return queues


def _nginx_queues(recordings: list[ScreenRecordingId], material: Material) -> list[list[Request]]:
    return [
        [put_request(f"/dav/{scr}/{meta.seq}", body, {}) for meta, body in material.chunks(CHUNKS)]
        for scr in recordings
    ]


def _figures(ours: Side, peer: Side) -> list[Figure]:
    offered = RECORDERS / (CHUNK_MS / 1000)
    count = len(ours.paced.latencies_ms)
    note = (
        f"{RECORDERS} recorders, {CHUNK_BYTES // 1000} kB every {CHUNK_MS // 1000} s each: {offered:.0f} PUT/s "
        f"offered, {count / ours.paced.elapsed_s:.0f} answered, with {ours.cores:.2f} cores; nginx {peer.cores:.2f}: "
        "nginx checks nothing, opens no seal and does not sync to the disk; generator "
        f"{ours.paced.generator_busy:.0%} of a core"
    )

    def row(suffix: str, value: float, unit: str, peer_value: float, said: str = "") -> Figure:
        return Figure(
            name=f"chunk_puts_{suffix}",
            value=value,
            unit=unit,
            runs=count,
            peer=_NGINX,
            peer_value=peer_value,
            note=said,
        )

    return [
        row("per_core", 1000 / ours.cpu_ms, "PUT/s", 1000 / peer.cpu_ms, note),
        row("p50", ours.paced.p(50), "ms", peer.paced.p(50), "from when a chunk was due until it was stored"),
        row("p95", ours.paced.p(95), "ms", peer.paced.p(95)),
        row(
            "memory_per_recorder",
            ours.kb_each,
            "kB",
            peer.kb_each,
            f"resident memory after {CHUNKS} chunks of each, more than before the first of them, over {RECORDERS}",
        ),
    ]
