"""The init segment: ftyp and a moov without samples, what a player needs before the first fragment.

Deterministic: the same picture size and avcC give the same bytes, so that its digest names it.
Source: ISO/IEC 14496-12, 8; the sample entry after ISO/IEC 14496-15, 5.4.2.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from deskreel.core.errors import BadFragmentError
from deskreel.media.boxes import Box, Reader, box, descend, full_box, iter_boxes, only_child
from deskreel.media.h264 import codec_string

TIMESCALE = 1000  # units per second: all media times are ms
TRACK_ID = 1
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000)  # no rotation
_VISUAL_ENTRY = 78  # bytes of fields before the boxes inside an avc1 sample entry


@dataclass(frozen=True, slots=True, kw_only=True)
class InitInfo:
    """What an init segment says."""

    width: int  # pixels
    height: int  # pixels
    codec: str  # RFC 6381, "avc1.64002a"
    avcc: bytes  # AVCDecoderConfigurationRecord


def video_init(*, width: int, height: int, avcc: bytes) -> bytes:
    """ftyp and moov of one H.264 track, to be followed by fragments; `width` and `height` in pixels.

    Raises:
        BadFragmentError: the size does not fit into 16 bits or `avcc` is no avcC record.
    """
    codec_string(avcc)
    if not (0 < width <= 0xFFFF and 0 < height <= 0xFFFF):
        raise BadFragmentError(f"a picture of {width}x{height} is out of range")
    empty = struct.pack(">I", 0)
    stbl = box(
        b"stbl",
        stsd(avc1(width=width, height=height, avcc=avcc)),
        full_box(b"stts", 0, 0, empty),
        full_box(b"stsc", 0, 0, empty),
        full_box(b"stsz", 0, 0, empty, empty),
        full_box(b"stco", 0, 0, empty),
    )
    trex = full_box(b"trex", 0, 0, struct.pack(">5I", TRACK_ID, 1, 0, 0, 0))
    return ftyp(b"iso6", b"iso6", b"cmfc", b"mp41") + moov(
        width=width, height=height, duration_ms=0, stbl=stbl, extra=box(b"mvex", trex)
    )


def ftyp(major: bytes, *compatible: bytes) -> bytes:
    """The file type box; brands are four characters each."""
    return box(b"ftyp", major, struct.pack(">I", 0), *compatible)


def stsd(*entries: bytes) -> bytes:
    """The sample description box with its sample entries."""
    return full_box(b"stsd", 0, 0, struct.pack(">I", len(entries)), *entries)


def avc1(*, width: int, height: int, avcc: bytes) -> bytes:
    """An H.264 sample entry: square pixels, BT.709, limited range."""
    return box(
        b"avc1",
        bytes(6),
        struct.pack(">H", 1),  # data reference
        bytes(16),
        struct.pack(">HH", width, height),
        struct.pack(">IIIH", 0x48_0000, 0x48_0000, 0, 1),  # 72 dpi; one frame per sample
        bytes(32),  # compressor name
        struct.pack(">Hh", 24, -1),  # depth; no colour table
        box(b"avcC", avcc),
        box(b"colr", b"nclx", struct.pack(">HHHB", 1, 1, 1, 0)),
        box(b"pasp", struct.pack(">II", 1, 1)),
    )


def moov(*, width: int, height: int, duration_ms: int, stbl: bytes, extra: bytes = b"") -> bytes:
    """The movie box of one video track around its sample tables; `extra` boxes stand at its end."""
    dref = full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1))
    media = box(
        b"mdia",
        # language "und" packed as three 5-bit letters
        full_box(b"mdhd", 1, 0, struct.pack(">QQIQHH", 0, 0, TIMESCALE, duration_ms, 0x55C4, 0)),
        full_box(b"hdlr", 0, 0, bytes(4), b"vide", bytes(12), b"Deskreel\0"),
        box(b"minf", full_box(b"vmhd", 0, 1, bytes(8)), box(b"dinf", dref), stbl),
    )
    track = struct.pack(">QQIIQ", 0, 0, TRACK_ID, 0, duration_ms)
    tkhd = full_box(
        b"tkhd", 1, 3, track, bytes(16), _MATRIX, struct.pack(">II", width << 16, height << 16)
    )  # flags 3: enabled, in movie
    mvhd = full_box(
        b"mvhd",
        1,
        0,
        struct.pack(">QQIQIH", 0, 0, TIMESCALE, duration_ms, 0x10000, 0x100),
        bytes(10),
        _MATRIX,
        bytes(24),
        struct.pack(">I", TRACK_ID + 1),
    )
    return box(b"moov", mvhd, box(b"trak", tkhd, media), extra)


def parse_init(data: bytes) -> InitInfo:
    """Check `data` to be an init segment of one H.264 track in ms and say what is in it.

    Raises:
        BadFragmentError: it is not.
    """
    found = list(iter_boxes(data))
    if [item.kind for item in found] != [b"ftyp", b"moov"]:
        names = " ".join(item.name for item in found[:8]) or "nothing"
        raise BadFragmentError(f"expected one ftyp and one moov, found {names}")
    trak = only_child(data, found[1], b"trak")
    descend(data, found[1], b"mvex", b"trex")
    _check_timescale(data, descend(data, trak, b"mdia", b"mdhd"))
    entries = only_child(data, descend(data, trak, b"mdia", b"minf", b"stbl"), b"stsd")
    entry = only_child(data, entries, b"avc1", skip=8)
    fields = Reader(data, entry)
    fields.take(24)
    width, height = fields.uint(2), fields.uint(2)
    config = only_child(data, entry, b"avcC", skip=_VISUAL_ENTRY)
    avcc = data[config.payload : config.end]
    if not width or not height:
        raise BadFragmentError(f"the init segment declares a picture of {width}x{height}")
    return InitInfo(width=width, height=height, codec=codec_string(avcc), avcc=avcc)


def _check_timescale(data: bytes, mdhd: Box) -> None:
    reader = Reader(data, mdhd)
    version, _ = reader.version_flags()
    reader.take(16 if version == 1 else 8)
    timescale = reader.uint(4)
    if timescale != TIMESCALE:
        raise BadFragmentError(f"media times are in 1/{timescale} s, expected ms")
