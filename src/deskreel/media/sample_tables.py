"""The sample tables of an ordinary MP4, from fragments in order (ISO/IEC 14496-12, 8.6 and 8.7)."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Mapping

from deskreel.core.errors import BadFragmentError
from deskreel.core.ids import Digest
from deskreel.core.time import WallTime
from deskreel.media.boxes import box, full_box
from deskreel.media.fmp4 import Fragment
from deskreel.media.init_segment import InitInfo, avc1, ftyp, moov, parse_init, stsd

_MAX_32 = 0xFFFF_FFFF
_FTYP = ftyp(b"isom", b"isom", b"iso2", b"avc1", b"mp41")


class SampleTables:
    """The sample tables in the making; numbers in arrays, as there are some 100 000 frames in four hours."""

    def __init__(self, inits: Mapping[Digest, bytes]) -> None:
        self._inits = inits
        self._infos: dict[Digest, InitInfo] = {}  # in order of first use: the sample entries
        self._durations = _Runs()
        self._offsets = _Runs()  # presentation minus decode time
        self._sizes = array("I")
        self._sync = array("I")  # numbers of keyframes, from 1
        self._chunk_starts = array("Q")  # of the first sample byte, from the first chunk
        self._chunk_runs = array("I")  # stsc rows: first chunk, samples per chunk, sample entry
        self._last = 0  # wall time of the last frame
        self.starts_at = 0  # wall time
        self.end = 0  # wall time

    def add(self, fragment: Fragment, *, start: WallTime, init: Digest, at: int) -> None:
        """Enter a chunk that starts at wall time `start` and whose bytes begin `at` bytes after the header.

        Raises:
            BadFragmentError: its init is missing or is none.
        """
        entry = self._entry(init)
        self._chunk_starts.append(at + fragment.payload_offset)
        row = (len(fragment.samples), entry)
        if tuple(self._chunk_runs[-2:]) != row:
            self._chunk_runs.extend((len(self._chunk_starts), *row))
        wall = int(start)
        for sample in fragment.samples:
            self._frame(wall)
            wall += sample.duration_ms
            self._offsets.add(sample.offset_ms)
            self._sizes.append(sample.size)
            if sample.keyframe:
                self._sync.append(len(self._sizes))
        self.end = max(wall, self._last + 1)

    def _entry(self, digest: Digest) -> int:
        if digest not in self._infos:
            if digest not in self._inits:
                raise BadFragmentError(f"the init segment {digest} is missing")
            self._infos[digest] = parse_init(self._inits[digest])
        return list(self._infos).index(digest) + 1

    def _frame(self, wall: int) -> None:
        """A frame begins: now the length of the one before it is known."""
        if not self._sizes:
            self.starts_at = wall
        else:
            wall = max(wall, self._last + 1)
            self._durations.add(wall - self._last)
        self._last = wall

    def header(self, *, payload: int) -> bytes:
        """Everything before the first chunk; `payload` is the number of bytes of all chunks."""
        self._durations.add(self.end - self._last)
        wide = payload > _MAX_32 // 2
        mdat = (
            struct.pack(">I4sQ", 1, b"mdat", payload + 16)
            if wide
            else struct.pack(">I4s", payload + 8, b"mdat")
        )
        # the tables' length does not depend on the offsets in them: learn it with zeros first
        length = len(_FTYP) + len(self._moov(0, wide=wide)) + len(mdat)
        return _FTYP + self._moov(length, wide=wide) + mdat

    def _moov(self, header: int, *, wide: bool) -> bytes:
        infos = list(self._infos.values())
        starts = array("Q" if wide else "I", (start + header for start in self._chunk_starts))
        tables = [
            stsd(*(avc1(width=info.width, height=info.height, avcc=info.avcc) for info in infos)),
            _table(b"stts", self._durations.rows),
            *([_table(b"ctts", self._offsets.rows, version=1)] if self._offsets.varied else []),
            _table(b"stss", self._sync, columns=1),
            _table(b"stsc", self._chunk_runs, columns=3),
            full_box(b"stsz", 0, 0, struct.pack(">II", 0, len(self._sizes)), _big_endian(self._sizes)),
            _table(b"co64" if wide else b"stco", starts, columns=1),
        ]
        return moov(
            width=max(info.width for info in infos),
            height=max(info.height for info in infos),
            duration_ms=self.end - self.starts_at,
            stbl=box(b"stbl", *tables),
        )


class _Runs:
    """Run-length coding: rows of count and value, as stts and ctts have them."""

    def __init__(self) -> None:
        self.rows = array("I")

    def add(self, value: int) -> None:
        """One more sample with `value`; negative ones as two's complement."""
        value &= _MAX_32
        if self.rows and self.rows[-1] == value:
            self.rows[-2] += 1
        else:
            self.rows.extend((1, value))

    @property
    def varied(self) -> bool:
        """Whether any value is not 0."""
        return len(self.rows) > 2 or bool(self.rows and self.rows[-1])


def _table(kind: bytes, rows: array[int], *, columns: int = 2, version: int = 0) -> bytes:
    """A full box with a row count and rows."""
    return full_box(kind, version, 0, struct.pack(">I", len(rows) // columns), _big_endian(rows))


def _big_endian(numbers: array[int]) -> bytes:
    if sys.byteorder == "little":
        numbers = array(numbers.typecode, numbers)
        numbers.byteswap()
    return numbers.tobytes()
