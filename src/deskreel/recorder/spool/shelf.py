"""The spool of one recording: its directory, and every change to it in an order that survives a crash.

The order of steps is the point of this module. A chunk is sealed, written aside, synced, then named; a fate
(acknowledged, given up, cut) is in the ledger or in a new name before the old file goes. `recover` puts right
whatever a crash left half done, and costs at most the chunk that was being written. Nothing that shows a picture
reaches the disk unsealed, and the key stays in memory.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from deskreel.core.chunk import ChunkMeta, Incident, sha256
from deskreel.core.errors import SettingsError
from deskreel.core.ids import Digest
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime, Window
from deskreel.recorder.capture.chunker import FinishedChunk
from deskreel.recorder.files import Filesystem, make_dir, write_atomic
from deskreel.recorder.spool import names
from deskreel.recorder.spool.info import RecordingInfo, read_info
from deskreel.recorder.spool.ledger import Ledger
from deskreel.recorder.spool.spooled import SpooledChunk
from deskreel.storage.region_key import SECRET_BYTES, RegionPublicKey
from deskreel.storage.sealed import Sealer

log = structlog.get_logger(__name__)
SetAside = Callable[[Path, str], None]  # moves a file into quarantine, with the reason


@dataclass(slots=True, kw_only=True)
class _Outage:
    """A stretch that could not be spooled, not yet in the ledger."""

    start: int
    end: int
    reason: ReasonCode
    detail: str

    def incident(self) -> Incident:
        window = Window(WallTime(self.start), WallTime(self.end))
        return Incident(window=window, reason=self.reason, detail=self.detail)


class Shelf:
    """One recording's directory. Not for several threads at once; every change may raise OSError."""

    def __init__(
        self,
        directory: Path,
        info: RecordingInfo,
        fs: Filesystem,
        *,
        set_aside: SetAside,
        relief: Callable[[], bool],
    ) -> None:
        self.directory = directory
        self.info = info
        self._fs = fs
        self._set_aside = set_aside
        self.ledger = Ledger(directory / names.LEDGER, fs, relief)
        self.chunks: dict[int, SpooledChunk] = {}  # what waits, in the order of its numbers
        self.bytes = 0  # of the chunks
        self._inits: dict[Digest, Digest] = {}  # by the init's digest that of its sealed bytes
        self._sealer: tuple[str, Sealer] | None = None  # with the region key that it seals for
        self._next_seq = self.ledger.account.last_seq + 1
        self.open_since: WallTime | None = None  # capture is on
        self._killed_since: WallTime | None = None  # died while capture was on; until the next chunk
        self._outage: _Outage | None = None
        self._named = False  # recording.json is on the disk

    # --- beginning and end of capture -----------------------------------------------------------------------

    def open(self, at: WallTime) -> None:
        """Capture begins, or goes on after a crash."""
        if self.open_since is None:
            self.open_since = at
        self._write_down()

    def _write_down(self) -> None:
        if not self._named:
            make_dir(self._fs, self.directory)
            write_atomic(self._fs, self.directory / names.RECORDING, self.info.document())
            self._named = True
        if self.open_since is not None and not (self.directory / names.OPEN).exists():
            mark = json.dumps({"since": self.open_since}).encode()
            write_atomic(self._fs, self.directory / names.OPEN, mark)

    def close(self, at: WallTime) -> None:
        """Capture is over, everything it made was added; what a crash cost lasts until `at` at most."""
        self._settle_losses(at)
        self.open_since = None
        self._sealer = None  # nothing that was sealed needs it again
        self._fs.remove(self.directory / names.OPEN)
        if self.directory.exists():
            self._fs.sync_dir(self.directory)

    # --- chunks ---------------------------------------------------------------------------------------------

    @property
    def sealer(self) -> Sealer | None:
        """What seals for the region of this recording, with a secret of its own; None without a region key."""
        key = self.info.region_key
        if self._sealer is None or self._sealer[0] != key:
            try:
                region = RegionPublicKey.parse(key)
            except SettingsError:
                return None
            secret = os.urandom(SECRET_BYTES)
            self._sealer = key, Sealer.for_region(region, self.info.screen_recording_id, secret)
        return self._sealer[1]

    def add(self, finished: FinishedChunk, sealer: Sealer) -> SpooledChunk:
        """Take a chunk in, sealed: on return it survives everything."""
        init = sha256(finished.init)
        sealed = sealer.chunk(finished.data, seq=self._next_seq, start=finished.start_ms, init=init)
        chunk = SpooledChunk(
            seq=self._next_seq,
            start=finished.start_ms,
            duration_ms=finished.duration_ms,
            keyframe=finished.keyframe,
            init=init,
            digest=sha256(sealed),
            size=len(sealed),
            opened_digest=sha256(finished.data),
        )
        self._write_down()
        if init not in self._inits:
            sealed_init = sealer.init(finished.init)
            digest = sha256(sealed_init)
            write_atomic(self._fs, self.directory / names.init_name(init, digest), sealed_init)
            self._inits[init] = digest
        staged = self.directory / f"{chunk.seq:08d}{names.PART_SUFFIX}"
        try:
            self._fs.write(staged, sealed)
            self._settle_losses(chunk.start)  # before the chunk is there, or a crash would forget them
            self._fs.rename(staged, self.directory / names.chunk_name(chunk))
        except OSError:
            with contextlib.suppress(OSError):  # a disk that takes nothing at all: recovery removes it
                self._fs.remove(staged)
            raise
        self._next_seq += 1  # from here on the number may be on the disk
        self._count(chunk)
        self._fs.sync_dir(self.directory)
        return chunk

    def init_path(self, init: Digest) -> tuple[Path, Digest] | None:
        """File and digest of a sealed init segment; None when there is none."""
        sealed = self._inits.get(init)
        return None if sealed is None else (self.directory / names.init_name(init, sealed), sealed)

    def miss(self, finished: FinishedChunk, reason: ReasonCode, detail: str) -> None:
        """A chunk that could not be spooled: noted as soon as the disk takes one again."""
        window = finished.window
        if self._outage is None:
            self._outage = _Outage(start=window.start, end=window.limit, reason=reason, detail=detail)
        self._outage.end = max(self._outage.end, window.limit)

    @property
    def broken(self) -> bool:
        """A chunk is missing right before the next one, which must be a keyframe to be of use."""
        return self._outage is not None

    def _settle_losses(self, until: WallTime) -> None:
        if (since := self._killed_since) is not None:
            if until > since:
                self.ledger.miss(Incident(window=Window(since, until), reason=ReasonCode.RECORDER_KILLED))
            self._killed_since = None
        if self._outage is not None:
            self.ledger.miss(self._outage.incident())
            self._outage = None

    def replace(self, old: SpooledChunk, data: bytes, duration_ms: int) -> SpooledChunk:
        """The privacy cut: the chunk's sealed bytes become `data`, under the same number."""
        new = old.cut(duration_ms=duration_ms, digest=sha256(data), size=len(data))
        staged = self.directory / f"{new.seq:08d}{names.PART_SUFFIX}"
        self._fs.write(staged, data)
        self._fs.rename(staged, self.directory / names.chunk_name(new))
        self._fs.sync_dir(self.directory)
        self._fs.remove(self.directory / names.chunk_name(old))
        self._fs.sync_dir(self.directory)
        self._discount(old)
        self._count(new)
        return new

    def acknowledge(self, chunk: SpooledChunk, stored: ChunkMeta) -> None:
        """The gateway has it, as `stored`."""
        self.ledger.acknowledge(stored)
        self._forget(chunk)

    def drop(self, meta: SpooledChunk) -> None:
        """Delete a chunk that must not leave."""
        self.ledger.give_up(meta.seq, "dropped")
        self._forget(meta)

    def expire(self, meta: SpooledChunk, detail: str) -> None:
        """Delete a chunk that has waited too long."""
        incident = Incident(window=meta.window, reason=ReasonCode.SPOOL_EXPIRED, detail=detail)
        self.ledger.give_up(meta.seq, "expired", incident)
        self._forget(meta)

    def quarantine(self, meta: SpooledChunk, reason: str) -> None:
        """Put a chunk aside that is damaged or that the gateway refuses for good."""
        incident = Incident(window=meta.window, reason=ReasonCode.CHUNK_QUARANTINED, detail=reason[:500])
        self.ledger.give_up(meta.seq, "quarantined", incident)
        self._set_aside(self.directory / names.chunk_name(meta), reason)
        self._discount(meta)

    def _forget(self, meta: SpooledChunk) -> None:
        self._fs.remove(self.directory / names.chunk_name(meta))
        self._fs.sync_dir(self.directory)
        self._discount(meta)

    def _count(self, meta: SpooledChunk) -> None:
        in_order = not self.chunks or meta.seq > next(reversed(self.chunks))
        self.chunks[meta.seq] = meta
        self.bytes += meta.size
        if not in_order:
            self.chunks = dict(sorted(self.chunks.items()))

    def _discount(self, meta: SpooledChunk) -> None:
        if self.chunks.pop(meta.seq, None) is not None:
            self.bytes -= meta.size

    # --- after a crash --------------------------------------------------------------------------------------

    def recover(self) -> None:
        """Take stock of the directory and put right what a crash left half done."""
        self._named = read_info(self.directory, self.info.screen_recording_id) is not None
        for path in sorted(self.directory.iterdir()):
            if path.suffix == names.PART_SUFFIX:
                self._fs.remove(path)
            elif (init := names.parse_init_name(path.name)) is not None:
                self._inits[init[0]] = init[1]
            elif path.name not in (names.RECORDING, names.OPEN, names.LEDGER):
                self._recover_chunk(path)
        account = self.ledger.account
        self._next_seq = max(account.last_seq, *self.chunks, 0) + 1
        self.open_since = self._read_open()
        if self.open_since is not None:
            ends = (chunk.window.limit for chunk in self.chunks.values())
            self._killed_since = WallTime(max(self.open_since, account.last_end, *ends))
        if account.damaged:
            log.warning("spool.ledger_damaged", recording=self.directory.name, lines=account.damaged)

    def _recover_chunk(self, path: Path) -> None:
        meta = names.parse_chunk_name(path.name, path.stat().st_size)
        account = self.ledger.account
        if meta is None:
            self._set_aside(path, "the name is not that of a chunk")
        elif meta.seq in account.acknowledged or account.given_up.get(meta.seq) in ("dropped", "expired"):
            self._fs.remove(path)
        elif meta.seq in account.given_up:
            self._set_aside(path, "put aside before, when the recorder was ended")
        elif (twin := self.chunks.get(meta.seq)) is None:
            self._count(meta)
        else:  # a crash in `replace`: the shorter one is what may leave
            shorter, longer = sorted((meta, twin), key=lambda chunk: chunk.duration_ms)
            self._fs.remove(self.directory / names.chunk_name(longer))
            self._discount(twin)
            self._count(shorter)

    def _read_open(self) -> WallTime | None:
        path = self.directory / names.OPEN
        if not path.exists():
            return None
        try:
            return WallTime(int(json.loads(path.read_bytes())["since"]))
        except (ValueError, KeyError, TypeError):
            return self.info.origin
