"""Sealed chunks and init segments: what lies in a recorder's spool, travels, and is opened by the gateway. Pure.

A recorder has one secret per screen recording and program run, kept in memory and wrapped for the region's public
key (`region_key`). Every sealed thing carries the wrapped secret, so that each can be opened by itself, and none by
who sealed it once the program has ended. A chunk is sealed sample by sample: the privacy cut drops records at the end
and needs no key.

    chunk:  magic "DRSEALC1" · key id 16 · wrapped secret 80 · number u64          the envelope
            seq u32 · start u64 · decode time u64 · sequence u32 · init digest 32  the place
            kept ms u32 · samples u32                                              what the privacy cut left
            duration u32 · size u32 · offset i32 · flags u8                        per sample, flags bit 0: keyframe
            ciphertext and tag                                                     per sample
    init:   magic "DRSEALI1" · key id 16 · wrapped secret 80 · number u64 · ciphertext and tag

Big-endian, times in ms, AES-256-GCM. The nonce is the number, counted up with everything that is sealed under one
secret, and the sample's place in the chunk (u32); an init has place 0. Associated data are the screen recording's id,
envelope, place and the sample's own row: no sample opens in another recording, chunk, place or time. Only how many
samples are left and how long the last one is shown are not authenticated, for whoever holds a chunk may cut it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import accumulate
from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from deskreel.core.chunk import MAX_CHUNK_BYTES, MAX_CHUNK_MS, MAX_INIT_BYTES
from deskreel.core.errors import BadFragmentError
from deskreel.core.ids import Digest, ScreenRecordingId
from deskreel.core.time import WallTime
from deskreel.media.fmp4 import EncodedFrame, parse_fragment, write_fragment
from deskreel.storage.region_key import (
    KEY_ID_BYTES,
    WRAPPED_BYTES,
    BadSealError,
    RegionKeys,
    RegionPublicKey,
)

_CHUNK_MAGIC = b"DRSEALC1"
_INIT_MAGIC = b"DRSEALI1"
_ENVELOPE = struct.Struct(f">8s{KEY_ID_BYTES}s{WRAPPED_BYTES}sQ")
_PLACE = struct.Struct(">IQQI32s")
_CUT = struct.Struct(">II")
_ROW = struct.Struct(">IIiB")
_NONCE = struct.Struct(">QI")
_TAG_BYTES = 16
_KEYFRAME = 1
_ROWS_AT = _ENVELOPE.size + _PLACE.size + _CUT.size

# a sample has at least a byte and a millisecond, and a row of the fragment's own table that is left out here
MAX_SEALED_CHUNK_BYTES = MAX_CHUNK_BYTES + 64 * 1024
MAX_SEALED_INIT_BYTES = MAX_INIT_BYTES + _ENVELOPE.size + _TAG_BYTES


class Sealer:
    """Seals what one program run captures of one screen recording. One thread at a time.

    `wrapped` is `secret` (32 random bytes, used for nothing else) wrapped for the region key of `key_id`.
    """

    def __init__(self, *, recording: ScreenRecordingId, key_id: bytes, wrapped: bytes, secret: bytes) -> None:
        self._recording = recording.encode()
        self._key_id = key_id
        self._wrapped = wrapped
        self._cipher = AESGCM(secret)
        self._number = 0

    @staticmethod
    def for_region(region: RegionPublicKey, recording: ScreenRecordingId, secret: bytes) -> Sealer:
        """One whose sealed things the holder of the region's private key can open."""
        wrapped = region.wrap(secret, recording)
        return Sealer(recording=recording, key_id=region.key_id, wrapped=wrapped, secret=secret)

    def chunk(self, fragment: bytes, *, seq: int, start: WallTime, init: Digest) -> bytes:
        """A fragment, sealed.

        Raises:
            BadFragmentError: it is no fragment, or not one that `write_fragment` writes.
        """
        parsed = parse_fragment(fragment)
        begins = accumulate((s.size for s in parsed.samples[:-1]), initial=parsed.payload_offset)
        frames = [
            EncodedFrame(
                data=fragment[begin : begin + sample.size],
                duration_ms=sample.duration_ms,
                keyframe=sample.keyframe,
                offset_ms=sample.offset_ms,
            )
            for begin, sample in zip(begins, parsed.samples, strict=True)
        ]
        again = write_fragment(sequence=parsed.sequence, decode_time_ms=parsed.decode_time_ms, frames=frames)
        if again != fragment:
            raise BadFragmentError("the fragment cannot be made again from its samples")
        envelope = self._envelope(_CHUNK_MAGIC)
        place = _PLACE.pack(seq, start, parsed.decode_time_ms, parsed.sequence, bytes.fromhex(init))
        rows = [
            _ROW.pack(f.duration_ms, len(f.data), f.offset_ms, _KEYFRAME if f.keyframe else 0) for f in frames
        ]
        bound = self._recording + envelope + place
        records = [
            self._cipher.encrypt(_nonce(envelope, index), frame.data, bound + row)
            for index, (frame, row) in enumerate(zip(frames, rows, strict=True))
        ]
        cut = _CUT.pack(parsed.duration_ms, len(frames))
        return b"".join([envelope, place, cut, *rows, *records])

    def init(self, data: bytes) -> bytes:
        """An init segment, sealed."""
        envelope = self._envelope(_INIT_MAGIC)
        return envelope + self._cipher.encrypt(_nonce(envelope, 0), data, self._recording + envelope)

    def _envelope(self, magic: bytes) -> bytes:
        number, self._number = self._number, self._number + 1
        return _ENVELOPE.pack(magic, self._key_id, self._wrapped, number)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedChunk:
    """What was in a sealed chunk."""

    seq: int
    start: WallTime
    init: Digest  # of the init segment that decodes it
    fragment: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One sample as the clear table says."""

    duration_ms: int
    size: int  # bytes without the tag
    offset_ms: int
    keyframe: bool
    packed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """A sealed chunk's clear parts, checked against its length."""

    envelope: bytes
    place: bytes
    kept_ms: int  # what is left of the samples' time
    rows: tuple[_Row, ...]
    records_at: int  # offset of the first ciphertext

    @property
    def starts_ms(self) -> list[int]:
        """When each sample starts in decode time, from the chunk's start."""
        return list(accumulate((row.duration_ms for row in self.rows[:-1]), initial=0))


def open_chunk(data: bytes, recording: ScreenRecordingId, keys: RegionKeys) -> OpenedChunk:
    """Open a sealed chunk of `recording`, whole or cut.

    Raises:
        UnknownRegionKeyError: it is sealed for a key that is not among `keys`.
        BadSealError: it is none, was changed, or belongs to another recording.
        BadFragmentError: what was sealed cannot be a fragment.
    """
    layout = _parse(data)
    cipher = _cipher(layout.envelope, recording, keys)
    seq, start, decode_time_ms, sequence, init = _PLACE.unpack(layout.place)
    bound = recording.encode() + layout.envelope + layout.place
    left_ms = layout.kept_ms - layout.starts_ms[-1]  # of the last sample
    frames: list[EncodedFrame] = []
    at = layout.records_at
    for index, row in enumerate(layout.rows):
        end = at + row.size + _TAG_BYTES
        frames.append(
            EncodedFrame(
                data=_decrypt(cipher, _nonce(layout.envelope, index), data[at:end], bound + row.packed),
                duration_ms=row.duration_ms if index + 1 < len(layout.rows) else left_ms,
                keyframe=row.keyframe,
                offset_ms=row.offset_ms,
            )
        )
        at = end
    fragment = write_fragment(sequence=sequence, decode_time_ms=decode_time_ms, frames=frames)
    return OpenedChunk(seq=seq, start=WallTime(start), init=Digest(init.hex()), fragment=fragment)


def open_init(data: bytes, recording: ScreenRecordingId, keys: RegionKeys) -> bytes:
    """Open a sealed init segment; raises as `open_chunk`."""
    if len(data) < _ENVELOPE.size + _TAG_BYTES or not data.startswith(_INIT_MAGIC):
        _refuse("not a sealed init segment")
    envelope = data[: _ENVELOPE.size]
    cipher = _cipher(envelope, recording, keys)
    return _decrypt(cipher, _nonce(envelope, 0), data[_ENVELOPE.size :], recording.encode() + envelope)


def trim_chunk(data: bytes, *, keep_ms: int) -> bytes | None:
    """The privacy cut without the key: the chunk's first `keep_ms`, of whose other samples no byte is left.

    Opened, it is what `truncate_fragment` makes of the whole one. None when nothing is left, `data` itself when
    nothing is to be cut.

    Raises:
        BadSealError: `data` is no sealed chunk.
    """
    layout = _parse(data)
    if keep_ms <= 0:
        return None
    shown_ms = [
        start + max(0, row.offset_ms) for start, row in zip(layout.starts_ms, layout.rows, strict=True)
    ]
    if keep_ms >= layout.kept_ms and max(shown_ms) < keep_ms:
        return data
    count = next((index for index, shown in enumerate(shown_ms) if shown >= keep_ms), len(layout.rows))
    if count == 0:
        return None
    rows = layout.rows[:count]
    kept_ms = min(keep_ms, layout.kept_ms, sum(row.duration_ms for row in rows))
    end = layout.records_at + sum(row.size + _TAG_BYTES for row in rows)
    return b"".join(
        [
            layout.envelope,
            layout.place,
            _CUT.pack(kept_ms, count),
            *(row.packed for row in rows),
            data[layout.records_at : end],
        ]
    )


def _parse(data: bytes) -> _Layout:
    if len(data) < _ROWS_AT or not data.startswith(_CHUNK_MAGIC):
        _refuse("not a sealed chunk")
    kept_ms, count = _CUT.unpack_from(data, _ROWS_AT - _CUT.size)
    records_at = _ROWS_AT + count * _ROW.size
    if not 0 < count <= MAX_CHUNK_MS or records_at > len(data):
        _refuse(f"{count} samples in {len(data)} bytes")
    rows = tuple(_row(data[at : at + _ROW.size]) for at in range(_ROWS_AT, records_at, _ROW.size))
    expected = records_at + sum(row.size + _TAG_BYTES for row in rows)
    if expected != len(data):
        _refuse(f"the samples end at byte {expected}, the data at {len(data)}")
    total_ms = sum(row.duration_ms for row in rows)
    if not total_ms - rows[-1].duration_ms < kept_ms <= total_ms:
        _refuse(f"{kept_ms} ms are kept of {count} samples of {total_ms} ms")
    return _Layout(
        envelope=data[: _ENVELOPE.size],
        place=data[_ENVELOPE.size : _ENVELOPE.size + _PLACE.size],
        kept_ms=kept_ms,
        rows=rows,
        records_at=records_at,
    )


def _row(packed: bytes) -> _Row:
    duration_ms, size, offset_ms, flags = _ROW.unpack(packed)
    return _Row(
        duration_ms=duration_ms,
        size=size,
        offset_ms=offset_ms,
        keyframe=bool(flags & _KEYFRAME),
        packed=packed,
    )


def _cipher(envelope: bytes, recording: ScreenRecordingId, keys: RegionKeys) -> AESGCM:
    _, key_id, wrapped, _ = _ENVELOPE.unpack(envelope)
    return AESGCM(keys.unwrap(key_id, wrapped, recording))


def _decrypt(cipher: AESGCM, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
    try:
        return cipher.decrypt(nonce, sealed, bound)
    except InvalidTag as error:
        raise BadSealError("the bytes were changed, or stand in another place") from error


def _nonce(envelope: bytes, place: int) -> bytes:
    (number,) = struct.unpack_from(">Q", envelope, _ENVELOPE.size - 8)
    return _NONCE.pack(number, place)


def _refuse(detail: str) -> NoReturn:
    raise BadSealError(detail)
