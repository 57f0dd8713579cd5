"""ISO-BMFF boxes (ISO/IEC 14496-12, clause 4.2): reading with bounds checks, writing.

Every size read from the bytes is checked against what is there before it is used; whatever is wrong with the
input, the only error is `BadFragmentError`, and it names the box at fault.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from deskreel.core.errors import BadFragmentError

_HEADER = 8  # bytes: 32-bit size, four characters
_LARGE_HEADER = 16  # bytes: the size 1 announces a 64-bit size after the four characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Where one box lies in its bytes; `start <= payload <= end <= len(data)` always holds."""

    kind: bytes  # four characters, as in b"moof"
    start: int  # offset of the first header byte
    payload: int  # offset of the first byte after the header
    end: int  # offset of the first byte after the box

    @property
    def name(self) -> str:
        """The kind for people; bytes outside ASCII are escaped."""
        return self.kind.decode("ascii", "backslashreplace")


def iter_boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes that lie one after another in `data[start:end]`, without descending.

    Raises:
        BadFragmentError: a box is cut short or claims an impossible size. Size 0 ("to the end of the file")
            is refused too: a truncated file could not be told from a complete one.
    """
    limit = len(data) if end is None else end
    at = start
    while at < limit:
        box = _box_at(data, at, limit)
        yield box
        at = box.end


def _box_at(data: bytes, at: int, limit: int) -> Box:
    if limit - at < _HEADER:
        raise BadFragmentError(
            f"box header at byte {at} is cut short: {limit - at} of {_HEADER} bytes are there"
        )
    size = int.from_bytes(data[at : at + 4], "big")
    kind = data[at + 4 : at + 8]
    header = _HEADER
    if size == 1:
        header = _LARGE_HEADER
        if limit - at < header:
            raise BadFragmentError(f"large box header at byte {at} is cut short")
        size = int.from_bytes(data[at + 8 : at + 16], "big")
    box = Box(kind=kind, start=at, payload=at + header, end=at + size)
    if size < header:
        raise BadFragmentError(f"box {box.name!r} at byte {at} claims {size} bytes, less than its header")
    if box.end > limit:
        missing = box.end - limit
        raise BadFragmentError(
            f"box {box.name!r} at byte {at} is cut short: {missing} of {size} bytes are missing"
        )
    return box


def only_child(data: bytes, parent: Box, kind: bytes, *, skip: int = 0) -> Box:
    """The one box of `kind` directly inside `parent`, whose own fields take the first `skip` payload bytes.

    Raises:
        BadFragmentError: there is none, there are several, or the boxes inside are malformed.
    """
    if parent.payload + skip > parent.end:
        raise BadFragmentError(f"box {parent.name!r} is too short")
    found = [box for box in iter_boxes(data, parent.payload + skip, parent.end) if box.kind == kind]
    if len(found) != 1:
        raise BadFragmentError(
            f"box {parent.name!r} holds {len(found)} boxes {kind.decode()!r}, expected one"
        )
    return found[0]


def descend(data: bytes, parent: Box, *kinds: bytes) -> Box:
    """`only_child` along a path.

    Raises:
        BadFragmentError: a step is missing or ambiguous.
    """
    for kind in kinds:
        parent = only_child(data, parent, kind)
    return parent


class Reader:
    """Reads big-endian fields of one box in order and never past its end."""

    __slots__ = ("_at", "_box", "_data")

    def __init__(self, data: bytes, box: Box) -> None:
        self._data = data
        self._box = box
        self._at = box.payload

    @property
    def left(self) -> int:
        """Bytes of the box not read yet."""
        return self._box.end - self._at

    def take(self, count: int) -> bytes:
        """The next `count` bytes.

        Raises:
            BadFragmentError: the box ends before them.
        """
        if count > self.left:
            raise BadFragmentError(f"box {self._box.name!r} ends {count - self.left} bytes too early")
        self._at += count
        return self._data[self._at - count : self._at]

    def uint(self, count: int) -> int:
        """An unsigned number of `count` bytes.

        Raises:
            BadFragmentError: the box ends before it.
        """
        return int.from_bytes(self.take(count), "big")

    def sint(self, count: int) -> int:
        """A two's-complement number of `count` bytes.

        Raises:
            BadFragmentError: the box ends before it.
        """
        return int.from_bytes(self.take(count), "big", signed=True)

    def version_flags(self) -> tuple[int, int]:
        """Version and flags, with which every "full box" begins.

        Raises:
            BadFragmentError: the box ends before them.
        """
        return self.uint(1), self.uint(3)


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of `kind` around `parts`; 64-bit sizes are written only where they are needed."""
    size = _HEADER + sum(map(len, parts))
    if size > 0xFFFF_FFFF:
        return b"".join((struct.pack(">I4sQ", 1, kind, size + 8), *parts))
    return b"".join((struct.pack(">I4s", size, kind), *parts))


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """A box that begins with version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)
