"""Fragments: the chunk's bytes. One moof and one mdat, one H.264 track, times in ms.

The recorder writes them, the gateway checks them and makes the privacy cut, `assemble` reads them. What
decodes them is the init segment, see `init_segment`; its functions are reachable from here too.
Source: ISO/IEC 14496-12, 8.8 (movie fragments).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from deskreel.core.chunk import MAX_CHUNK_MS
from deskreel.core.errors import BadFragmentError
from deskreel.media.boxes import Box, Reader, box, full_box, iter_boxes, only_child
from deskreel.media.h264 import avc_config, codec_string, to_length_prefixed
from deskreel.media.init_segment import TIMESCALE, TRACK_ID, InitInfo, parse_init, video_init

__all__ = [
    "TIMESCALE",
    "EncodedFrame",
    "Fragment",
    "InitInfo",
    "Sample",
    "avc_config",
    "codec_string",
    "parse_fragment",
    "parse_init",
    "to_length_prefixed",
    "truncate_fragment",
    "video_init",
    "write_fragment",
]

# sample flags (8.8.3.1): depends on no other sample / depends on others and is not a sync sample
_SYNC_FLAGS = 0x0200_0000
_DELTA_FLAGS = 0x0101_0000
_NON_SYNC = 0x0001_0000

_TFHD_BASE_OFFSET, _TFHD_DESCRIPTION = 0x01, 0x02
_TFHD_DURATION, _TFHD_SIZE, _TFHD_FLAGS = 0x08, 0x10, 0x20
_TFHD_DEFAULT_BASE_IS_MOOF = 0x02_0000
_TRUN_DATA_OFFSET, _TRUN_FIRST_FLAGS = 0x001, 0x004
_TRUN_DURATION, _TRUN_SIZE, _TRUN_FLAGS, _TRUN_OFFSET = 0x100, 0x200, 0x400, 0x800


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedFrame:
    """One frame on its way into a fragment."""

    data: bytes  # NAL units, each after its 32-bit length
    duration_ms: int  # until the next frame, above 0
    keyframe: bool  # decodes by itself
    offset_ms: int = 0  # presentation minus decode time; our encoder has no B-frames, so 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One frame as a fragment declares it."""

    duration_ms: int  # above 0
    size: int  # bytes, above 0
    keyframe: bool  # a sync sample
    offset_ms: int = 0  # presentation minus decode time


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A checked fragment: the sample bytes follow each other from `payload_offset` to the end of the data."""

    sequence: int  # of the mfhd
    decode_time_ms: int  # of the first sample, on the media timeline
    samples: tuple[Sample, ...]  # at least one
    duration_ms: int  # of all samples
    keyframe: bool  # the first sample is a sync sample
    payload_offset: int  # of the first sample byte in the data


def write_fragment(*, sequence: int, decode_time_ms: int, frames: Sequence[EncodedFrame]) -> bytes:
    """One moof and one mdat with `frames` in decode order; `sequence` is 32 bits, the time 64.

    Raises:
        BadFragmentError: no frames, an empty frame, a duration below 1 ms, or a number out of range.
    """
    if not frames:
        raise BadFragmentError("a fragment needs at least one frame")
    if any(frame.duration_ms < 1 or not frame.data for frame in frames):
        raise BadFragmentError("a frame has no data or a duration below 1 ms")
    payload = sum(len(frame.data) for frame in frames)
    with_offsets = any(frame.offset_ms for frame in frames)
    mdat_header = 8 if payload + 8 <= 0xFFFF_FFFF else 16
    try:
        # the moof's size does not depend on the offset's value, so write it twice: first to learn the size
        size = len(_moof(sequence, decode_time_ms, frames, data_offset=0, with_offsets=with_offsets))
        offset = size + mdat_header
        moof = _moof(sequence, decode_time_ms, frames, data_offset=offset, with_offsets=with_offsets)
    except struct.error as error:
        raise BadFragmentError(f"a number does not fit into its field: {error}") from error
    return moof + box(b"mdat", *(frame.data for frame in frames))


def _moof(
    sequence: int,
    decode_time_ms: int,
    frames: Sequence[EncodedFrame],
    *,
    data_offset: int,
    with_offsets: bool,
) -> bytes:
    flags = _TRUN_DATA_OFFSET | _TRUN_DURATION | _TRUN_SIZE | _TRUN_FLAGS
    if with_offsets:
        flags |= _TRUN_OFFSET
    rows = [struct.pack(">Ii", len(frames), data_offset)]
    for frame in frames:
        sample_flags = _SYNC_FLAGS if frame.keyframe else _DELTA_FLAGS
        rows.append(struct.pack(">III", frame.duration_ms, len(frame.data), sample_flags))
        if with_offsets:
            rows.append(struct.pack(">i", frame.offset_ms))
    return box(
        b"moof",
        full_box(b"mfhd", 0, 0, struct.pack(">I", sequence)),
        box(
            b"traf",
            full_box(b"tfhd", 0, _TFHD_DEFAULT_BASE_IS_MOOF, struct.pack(">I", TRACK_ID)),
            full_box(b"tfdt", 1, 0, struct.pack(">Q", decode_time_ms)),
            full_box(b"trun", 1 if with_offsets else 0, flags, *rows),
        ),
    )


def parse_fragment(data: bytes) -> Fragment:
    """Check `data` to be one complete fragment and say what is in it.

    Raises:
        BadFragmentError: it is not exactly one moof and one mdat, is truncated, or contradicts itself; the
            detail says where.
    """
    moof, mdat = _moof_and_mdat(data)
    mfhd = Reader(data, only_child(data, moof, b"mfhd"))
    mfhd.version_flags()
    sequence = mfhd.uint(4)
    traf = only_child(data, moof, b"traf")
    defaults = _read_tfhd(data, only_child(data, traf, b"tfhd"))
    tfdt = Reader(data, only_child(data, traf, b"tfdt"))
    version, _ = tfdt.version_flags()
    decode_time_ms = tfdt.uint(8 if version == 1 else 4)
    payload = mdat.end - mdat.payload
    run = only_child(data, traf, b"trun")
    samples = _read_trun(data, run, defaults, data_offset=mdat.payload - moof.start, payload=payload)
    total = sum(sample.size for sample in samples)
    if total != payload:
        raise BadFragmentError(f"the samples take {total} bytes, the mdat holds {payload}")
    return Fragment(
        sequence=sequence,
        decode_time_ms=decode_time_ms,
        samples=samples,
        duration_ms=sum(sample.duration_ms for sample in samples),
        keyframe=samples[0].keyframe,
        payload_offset=mdat.payload,
    )


def _moof_and_mdat(data: bytes) -> tuple[Box, Box]:
    found = list(iter_boxes(data))
    kinds = [item.kind for item in found]
    if kinds == [b"moof"]:
        raise BadFragmentError("the fragment is cut short: the mdat is missing")
    if kinds != [b"moof", b"mdat"]:
        names = " ".join(item.name for item in found[:8]) or "nothing"
        raise BadFragmentError(f"expected one moof and one mdat, found {names}")
    return found[0], found[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Defaults:
    """What the tfhd says for samples whose row leaves it out; None: it does not say."""

    duration_ms: int | None
    size: int | None
    flags: int | None


def _read_tfhd(data: bytes, tfhd: Box) -> _Defaults:
    reader = Reader(data, tfhd)
    _, flags = reader.version_flags()
    track = reader.uint(4)
    if track != TRACK_ID:
        raise BadFragmentError(f"the fragment is for track {track}, expected {TRACK_ID}")
    if flags & _TFHD_BASE_OFFSET or not flags & _TFHD_DEFAULT_BASE_IS_MOOF:
        raise BadFragmentError("data offsets must count from the moof (default-base-is-moof)")
    if flags & _TFHD_DESCRIPTION and reader.uint(4) != 1:
        raise BadFragmentError("the fragment uses another sample description than the first")
    return _Defaults(
        duration_ms=reader.uint(4) if flags & _TFHD_DURATION else None,
        size=reader.uint(4) if flags & _TFHD_SIZE else None,
        flags=reader.uint(4) if flags & _TFHD_FLAGS else None,
    )


def _read_trun(
    data: bytes, trun: Box, defaults: _Defaults, *, data_offset: int, payload: int
) -> tuple[Sample, ...]:
    reader = Reader(data, trun)
    version, flags = reader.version_flags()
    count = reader.uint(4)
    # a sample takes at least a byte and a millisecond: bounds the loop below for tables without rows
    if not 0 < count <= min(payload, MAX_CHUNK_MS):
        raise BadFragmentError(f"trun declares {count} samples in {payload} bytes")
    if not flags & _TRUN_DATA_OFFSET or reader.sint(4) != data_offset:
        raise BadFragmentError("trun does not point to the first byte of the mdat")
    first_flags = reader.uint(4) if flags & _TRUN_FIRST_FLAGS else None
    per_sample = 4 * (flags & 0xF00).bit_count()
    if reader.left != count * per_sample:
        raise BadFragmentError(f"trun declares {count} samples, its table has another length")
    samples: list[Sample] = []
    for index in range(count):
        duration_ms = reader.uint(4) if flags & _TRUN_DURATION else defaults.duration_ms
        size = reader.uint(4) if flags & _TRUN_SIZE else defaults.size
        bits = reader.uint(4) if flags & _TRUN_FLAGS else defaults.flags
        offset_ms = 0
        if flags & _TRUN_OFFSET:
            offset_ms = reader.sint(4) if version else reader.uint(4)
        if index == 0 and first_flags is not None:
            bits = first_flags
        if not duration_ms or not size or bits is None:
            raise BadFragmentError(f"sample {index} has no duration, no size or no flags")
        keyframe = not bits & _NON_SYNC
        samples.append(Sample(duration_ms=duration_ms, size=size, keyframe=keyframe, offset_ms=offset_ms))
    return tuple(samples)


def truncate_fragment(data: bytes, *, keep_ms: int) -> bytes | None:
    """The privacy cut: the fragment's first `keep_ms`, of whose other frames no byte is left.

    Kept are the leading frames that start (in decode and in presentation time) before `keep_ms`, counted from
    the fragment's start; the last one is shortened to end there. None when nothing is left, `data` itself
    when nothing is to be cut.

    Raises:
        BadFragmentError: `data` is not a fragment.
    """
    fragment = parse_fragment(data)
    if keep_ms <= 0:
        return None
    latest_ms = max(
        start + max(0, sample.offset_ms)
        for start, sample in zip(_starts_ms(fragment), fragment.samples, strict=True)
    )
    if keep_ms >= fragment.duration_ms and latest_ms < keep_ms:
        return data
    frames: list[EncodedFrame] = []
    at = fragment.payload_offset
    for start, sample in zip(_starts_ms(fragment), fragment.samples, strict=True):
        if start + max(0, sample.offset_ms) >= keep_ms:
            break
        frames.append(
            EncodedFrame(
                data=data[at : at + sample.size],
                duration_ms=min(sample.duration_ms, keep_ms - start),
                keyframe=sample.keyframe,
                offset_ms=sample.offset_ms,
            )
        )
        at += sample.size
    if not frames:
        return None
    return write_fragment(sequence=fragment.sequence, decode_time_ms=fragment.decode_time_ms, frames=frames)


def _starts_ms(fragment: Fragment) -> list[int]:
    """When each sample starts in decode time, from the fragment's start."""
    return list(accumulate((sample.duration_ms for sample in fragment.samples[:-1]), initial=0))
