"""The spool: every recording that has not reached the gateway in full, on the desktop's disk.

Owns the directory (one recorder at a time), the size limit, the quarantine, and the recordings' shelves. Used
from one thread (`SpoolThread`); blocking. Chunks flow in from the capture and out by the uploader.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import structlog

from deskreel.core.chunk import ChunkMeta, Incident, Manifest, Mark
from deskreel.core.errors import (
    InvalidInputError,
    SettingsError,
    SpoolFullError,
)
from deskreel.core.ids import Digest, ScreenRecordingId, check_id
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime
from deskreel.recorder.capture.chunker import FinishedChunk
from deskreel.recorder.files import Filesystem, OsFilesystem, make_dir
from deskreel.recorder.spool import names
from deskreel.recorder.spool.ballast import Ballast
from deskreel.recorder.spool.checked import DamagedChunkError, read_checked
from deskreel.recorder.spool.info import RecordingInfo, read_info
from deskreel.recorder.spool.ledger import merged_incidents
from deskreel.recorder.spool.lock import lock
from deskreel.recorder.spool.marks import thinned
from deskreel.recorder.spool.quarantine import Quarantine
from deskreel.recorder.spool.shelf import Shelf
from deskreel.recorder.spool.spooled import SpooledChunk

log = structlog.get_logger(__name__)
_LOCK = ".lock"
_BALLAST = ".ballast"


class NoRegionKeyError(SpoolFullError):
    """Nothing can be sealed, and nothing is spooled unsealed."""

    code = "no_region_key"
    title = "The server gave no key to seal chunks for"
    hint = "Check DESKREEL_REGION_PUBLIC_KEY at the server; until it is right, nothing is kept of what is captured."


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What the spool holds of one recording."""

    info: RecordingInfo
    open: bool  # capture is on, or was when the program died
    chunks: tuple[SpooledChunk, ...]  # what waits, the oldest ones
    count: int  # of all that wait
    bytes: int  # of all that wait


class Spool:
    """The recordings under `root`; what must not be sent goes to `quarantine`.

    Raises:
        SpoolLockedError: another recorder uses it.
        SettingsError: it cannot be made or written.
    """

    def __init__(self, root: Path, quarantine: Path, *, max_bytes: int, fs: Filesystem | None = None) -> None:
        self._root = root
        self._max_bytes = max_bytes
        self._fs = fs or OsFilesystem()
        self._quarantine = Quarantine(quarantine, self._fs)
        self._ballast = Ballast(root / _BALLAST, self._fs)
        self._shelves: dict[ScreenRecordingId, Shelf] = {}
        try:
            make_dir(self._fs, root)
            make_dir(self._fs, quarantine)
            self._lock = lock(root / _LOCK)
        except OSError as error:
            raise SettingsError(f"{root}: {error.strerror}") from error
        try:
            self._recover()
            self._ballast.fill()
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Let another recorder use it."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    # --- capture --------------------------------------------------------------------------------------------

    def open(self, info: RecordingInfo, at: WallTime) -> None:
        """Capture of a recording begins or goes on; a full disk does not prevent it."""
        shelf = self._shelves.get(info.screen_recording_id)
        if shelf is None:
            shelf = self._shelves[info.screen_recording_id] = self._shelf(info)
        shelf.info = info
        try:
            shelf.open(at)
        except OSError as error:
            log.warning("spool.open_failed", recording=info.screen_recording_id, error=str(error))

    def add(self, recording: ScreenRecordingId, finished: FinishedChunk) -> SpooledChunk:
        """Seal the next chunk of a recording that was opened, and take it in.

        Raises:
            SpoolFullError: the disk cannot take it; it is gone, and so is what cannot be decoded without it.
            NoRegionKeyError: it cannot be sealed; it is gone.
        """
        shelf = self._shelves[recording]
        if shelf.broken and not finished.keyframe:
            shelf.miss(finished, ReasonCode.DISK_FULL, "")
            detail = "the chunk depends on one that the disk could not take"
            raise SpoolFullError(detail, undecodable=True)
        if (sealer := shelf.sealer) is None:
            error = NoRegionKeyError(f"{shelf.info.region_key[:60]!r} is no region key")
            shelf.miss(finished, ReasonCode.NOT_SEALED, error.detail)
            raise error
        if self.bytes + len(finished.data) > self._max_bytes:
            detail = f"the spool holds {self.bytes} bytes, the limit is {self._max_bytes}"
            shelf.miss(finished, ReasonCode.DISK_FULL, detail)
            raise SpoolFullError(detail)
        try:
            chunk = shelf.add(finished, sealer)
            self._ballast.fill()
        except OSError as error:
            shelf.miss(finished, ReasonCode.DISK_FULL, str(error.strerror))
            raise SpoolFullError(str(error.strerror)) from error
        return chunk

    def mark(self, recording: ScreenRecordingId, mark: Mark) -> None:
        """Note something that happened on the desktop while a recording was captured."""
        self._shelves[recording].ledger.mark(mark)

    def missing(self, recording: ScreenRecordingId, incident: Incident) -> None:
        """Note a stretch that was not captured."""
        self._shelves[recording].ledger.miss(incident)

    def close(self, recording: ScreenRecordingId, at: WallTime) -> None:
        """Capture of a recording is over, and all its chunks were added."""
        if (shelf := self._shelves.get(recording)) is not None:
            shelf.close(at)

    # --- upload ---------------------------------------------------------------------------------------------

    @property
    def bytes(self) -> int:
        """Of all chunks that wait."""
        return sum(shelf.bytes for shelf in self._shelves.values())

    def holdings(self, limit: int) -> tuple[Holding, ...]:
        """What is there; of each recording at most the oldest `limit` chunks."""
        return tuple(
            Holding(
                info=shelf.info,
                open=shelf.open_since is not None,
                chunks=tuple(meta for meta, _ in zip(shelf.chunks.values(), range(limit), strict=False)),
                count=len(shelf.chunks),
                bytes=shelf.bytes,
            )
            for shelf in self._shelves.values()
        )

    def read(self, recording: ScreenRecordingId, meta: SpooledChunk) -> bytes:
        """A chunk's sealed bytes.

        Raises:
            DamagedChunkError: they are not what was written.
        """
        return read_checked(self._shelves[recording].directory / names.chunk_name(meta), meta.digest)

    def read_init(self, recording: ScreenRecordingId, digest: Digest) -> bytes:
        """The sealed bytes of an init segment.

        Raises:
            DamagedChunkError: they are not what was written, or not there.
        """
        found = self._shelves[recording].init_path(digest)
        if found is None:
            raise DamagedChunkError(f"there is no init segment {digest}")
        return read_checked(*found)

    def replace(
        self, recording: ScreenRecordingId, meta: SpooledChunk, data: bytes, duration_ms: int
    ) -> SpooledChunk:
        """The privacy cut: other sealed bytes under the same number."""
        return self._shelves[recording].replace(meta, data, duration_ms)

    def acknowledge(self, recording: ScreenRecordingId, chunk: SpooledChunk, stored: ChunkMeta) -> None:
        """The gateway has it, as `stored`."""
        self._shelves[recording].acknowledge(chunk, stored)

    def expire(self, before: WallTime, spared: Collection[tuple[ScreenRecordingId, int]]) -> int:
        """Give up the chunks that ended before a moment, but for those on their way; each is noted as missing."""
        old = [
            (shelf, chunk)
            for recording, shelf in self._shelves.items()
            for chunk in takewhile(lambda c: c.window.limit < before, shelf.chunks.values())
            if (recording, chunk.seq) not in spared
        ]
        for shelf, chunk in old:
            shelf.expire(chunk, "it waited longer than the spool's age limit")
            log.warning("spool.chunk_expired", recording=shelf.info.screen_recording_id, seq=chunk.seq)
        return len(old)

    def drop(self, recording: ScreenRecordingId, meta: SpooledChunk) -> None:
        """Delete a chunk that must not leave."""
        self._shelves[recording].drop(meta)

    def quarantine(self, recording: ScreenRecordingId, meta: SpooledChunk, reason: str) -> None:
        """Put a chunk aside that can never be sent; it is noted as missing."""
        self._shelves[recording].quarantine(meta, reason)
        log.warning("spool.chunk_quarantined", recording=recording, seq=meta.seq, reason=reason)

    def manifest(self, recording: ScreenRecordingId) -> Manifest | None:
        """All that was acknowledged and all that is missing; None when nothing is known of the recording."""
        shelf = self._shelves.get(recording)
        if shelf is None:
            return None
        account = shelf.ledger.account
        return Manifest(
            screen_recording_id=recording,
            chunks=tuple(chunk for _, chunk in sorted(account.acknowledged.items())),
            incidents=merged_incidents(account.incidents),
            marks=thinned(account.marks),
        )

    # --- the end of a recording -----------------------------------------------------------------------------

    def remove(self, recording: ScreenRecordingId) -> None:
        """Forget a recording that reached the server in full."""
        shelf = self._shelves.pop(recording, None)
        if shelf is not None and shelf.directory.exists():
            gone = shelf.directory.with_name(recording + names.GONE_SUFFIX)
            self._fs.rename(shelf.directory, gone)
            self._fs.sync_dir(self._root)
            self._remove_tree(gone)

    def quarantine_recording(self, recording: ScreenRecordingId, reason: str) -> None:
        """Put a whole recording aside that the server does not want."""
        shelf = self._shelves.pop(recording, None)
        if shelf is not None and shelf.directory.exists():
            self._quarantine.take(shelf.directory, reason)
            log.warning("spool.recording_quarantined", recording=recording, reason=reason)

    # --- inside ---------------------------------------------------------------------------------------------

    def _recover(self) -> None:
        for directory in sorted(path for path in self._root.iterdir() if path.is_dir()):
            if directory.suffix == names.GONE_SUFFIX:
                self._remove_tree(directory)
                continue
            try:
                recording = ScreenRecordingId(check_id("scr", directory.name))
            except InvalidInputError:
                self._quarantine.take(directory, "the name is not that of a screen recording")
                continue
            unknown = RecordingInfo(
                screen_recording_id=recording, origin=WallTime(0), gateway_url="", region_key=""
            )
            shelf = self._shelf(read_info(directory, recording) or unknown)
            shelf.recover()
            self._shelves[recording] = shelf

    def _shelf(self, info: RecordingInfo) -> Shelf:
        recording = info.screen_recording_id
        return Shelf(
            self._root / recording,
            info,
            self._fs,
            set_aside=lambda path, reason: self._quarantine.take(path, reason, of=recording),
            relief=self._ballast.drop,
        )

    def _remove_tree(self, directory: Path) -> None:
        for path in directory.iterdir():
            self._fs.remove(path)
        self._fs.remove(directory)
