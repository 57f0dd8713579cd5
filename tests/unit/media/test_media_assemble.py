from __future__ import annotations

import io
import json
import time
import tracemalloc
from dataclasses import replace
from fractions import Fraction

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from x264_samples import chunked, encode, read_number

from deskreel.core.chunk import MAX_CHUNK_MS, ChunkMeta, sha256
from deskreel.core.errors import BadFragmentError, InvalidInputError
from deskreel.core.time import WallTime
from deskreel.media import fmp4
from deskreel.media.assemble import AssemblyPart, index_json, parse_index, plan_assembly
from deskreel.media.boxes import iter_boxes
from deskreel.media.fmp4 import Fragment, Sample

ORIGIN = 1_700_000_000_000


def varied(count: int) -> list[int]:
    return [(37 * index * index) % 190 + 1 for index in range(count)]


@pytest.fixture(scope="module")
def recording():
    """Two inits, a pause of 5 s before chunk 6, a hole before chunk 12, 1 ms of rounding at chunk 3."""
    one = encode(varied(120), keyframes={0, 40, 80})
    two = encode(varied(96), keyframes={0, 48}, width=256, height=160, first=120)
    chunks = chunked(one, start=ORIGIN + 700, origin=ORIGIN, per_chunk=10)
    chunks = chunks[:2] + _moved(chunks[2:], 1)
    chunks = chunks[:5] + _moved(chunks[5:], 5000)
    end = chunks[-1][0].window.limit
    chunks += chunked(two, start=end + 1234, origin=ORIGIN, per_chunk=12, first_seq=17)
    inits = {sha256(one.init): one.init, sha256(two.init): two.init}
    return inits, chunks


def _moved(chunks, by_ms):
    return [(replace(meta, start=WallTime(meta.start + by_ms)), data) for meta, data in chunks]


def parts_of(chunks):
    return [
        AssemblyPart(meta=meta, fragment=fmp4.parse_fragment(data), size=len(data)) for meta, data in chunks
    ]


def test_an_ordinary_player_sees_every_frame_at_its_wall_time(recording):
    inits, chunks = recording
    assembly = plan_assembly(inits, iter(parts_of(chunks)))
    data = assembly.header + b"".join(data for _, data in chunks)
    assert assembly.size == len(data)
    assert [box.kind for box in iter_boxes(data)] == [b"ftyp", b"moov", b"mdat"]
    assert assembly.starts_at == ORIGIN + 700
    assert assembly.duration_ms == chunks[-1][0].window.limit - assembly.starts_at
    expected = []
    for meta, chunk in chunks:
        at = meta.start - assembly.starts_at
        for sample in fmp4.parse_fragment(chunk).samples:
            expected.append((at, len(expected)))
            at += sample.duration_ms
    with av.open(io.BytesIO(data), "r") as file:
        stream = file.streams.video[0]
        assert stream.frames == len(expected) == 216
        assert stream.time_base == Fraction(1, 1000)
        assert stream.duration == assembly.duration_ms
        seen, sizes = [], set()
        for packet in file.demux(stream):
            for frame in packet.decode():
                sizes.add((frame.width, frame.height))
                seen.append((frame.pts, read_number(frame.to_ndarray(format="gray"))))
    assert seen == expected
    assert sizes == {(192, 96), (256, 160)}


def test_seeking_lands_on_the_keyframe(recording):
    inits, chunks = recording
    assembly = plan_assembly(inits, parts_of(chunks))
    with av.open(io.BytesIO(assembly.header + b"".join(data for _, data in chunks)), "r") as file:
        stream = file.streams.video[0]
        for seq, number in ((9, 80), (21, 120 + 48)):
            meta = next(meta for meta, _ in chunks if meta.seq == seq)
            target = meta.start - assembly.starts_at
            file.seek(target + 5, stream=stream)
            frame = next(file.decode(stream))
            assert (frame.pts, read_number(frame.to_ndarray(format="gray"))) == (target, number)


def test_each_segment_plays_from_init_and_byte_range(recording):
    inits, chunks = recording
    assembly = plan_assembly(inits, parts_of(chunks))
    data = assembly.header + b"".join(data for _, data in chunks)
    entries = parse_index(index_json(assembly))
    assert entries == assembly.entries
    keys = [index for index, entry in enumerate(entries) if entry.meta.keyframe]
    shown = 0
    for first, after in zip(keys, [*keys[1:], len(entries)], strict=True):
        segment = entries[first:after]
        begin, end = segment[0].offset, segment[-1].offset + segment[-1].size
        with av.open(io.BytesIO(inits[segment[0].meta.init] + data[begin:end]), "r") as file:
            frames = list(file.decode(video=0))
        assert [read_number(frame.to_ndarray(format="gray")) for frame in frames] == list(
            range(shown, shown + len(frames))
        )
        shown += len(frames)
    assert shown == 216


def test_overlapping_chunks_keep_order_and_catch_up():
    encoded = encode([20] * 12, keyframes={0})
    chunks = chunked(encoded, start=ORIGIN, origin=ORIGIN, per_chunk=4)
    chunks = chunks[:1] + _moved(chunks[1:], -50)  # the clock was set back by 50 ms
    assembly = plan_assembly({sha256(encoded.init): encoded.init}, parts_of(chunks))
    with av.open(io.BytesIO(assembly.header + b"".join(data for _, data in chunks)), "r") as file:
        times = [frame.pts for frame in file.decode(video=0)]
    assert times == [0, 20, 40, 60, 61, 62, 70, 90, 110, 130, 150, 170]


def test_composition_offsets_are_carried_over(recording):
    inits, _ = recording
    digest = next(iter(inits))
    frames = [
        fmp4.EncodedFrame(data=b"\0\0\0\1e", duration_ms=40, keyframe=index == 0, offset_ms=offset)
        for index, offset in enumerate((40, 120, 0, 0))
    ]
    data = fmp4.write_fragment(sequence=1, decode_time_ms=0, frames=frames)
    meta = meta_of(1, 0, 160, digest, len(data))
    assembly = plan_assembly(inits, parts_of([(meta, data)]))
    with av.open(io.BytesIO(assembly.header + data), "r") as file:
        times = [(packet.pts, packet.dts) for packet in file.demux(video=0) if packet.size]
    assert [pts - dts for pts, dts in times if pts is not None and dts is not None] == [40, 120, 0, 0]


def meta_of(seq, start, duration, init, size):
    return ChunkMeta(
        seq=seq,
        start=WallTime(ORIGIN + start),
        duration_ms=duration,
        keyframe=True,
        init=init,
        digest=sha256(b""),
        size=size,
    )


def test_what_does_not_fit_together_is_refused(recording):
    inits, chunks = recording
    parts = parts_of(chunks)
    with pytest.raises(BadFragmentError, match="no chunks"):
        plan_assembly(inits, [])
    with pytest.raises(BadFragmentError, match="chunk 1 comes after chunk 2"):
        plan_assembly(inits, [parts[1], parts[0]])
    with pytest.raises(BadFragmentError, match="missing"):
        plan_assembly({}, parts)
    with pytest.raises(BadFragmentError, match="size of its fragment"):
        plan_assembly(inits, [replace(parts[0], size=parts[0].size + 1)])


def long_parts(count, init, *, frames, payload):
    samples = tuple(
        Sample(duration_ms=80 + index % 9, size=payload // frames, keyframe=index == 0)
        for index in range(frames)
    )
    duration = sum(sample.duration_ms for sample in samples)
    for index in range(count):
        fragment = Fragment(
            sequence=index,
            decode_time_ms=index * duration,
            samples=samples,
            duration_ms=duration,
            keyframe=True,
            payload_offset=700,
        )
        size = 700 + sum(sample.size for sample in samples)
        yield AssemblyPart(
            meta=meta_of(index + 1, index * duration, duration, init, size), fragment=fragment, size=size
        )


def test_ten_thousand_chunks_are_planned_in_little_memory(recording):
    inits, _ = recording
    init = next(iter(inits))
    began = time.perf_counter()
    assembly = plan_assembly(inits, long_parts(10_000, init, frames=25, payload=100_000))
    took = time.perf_counter() - began
    text = index_json(assembly)
    assert parse_index(text) == assembly.entries
    tracemalloc.start()
    plan_assembly(inits, long_parts(10_000, init, frames=25, payload=100_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(
        f"plan {took:.2f} s, peak {peak / 1e6:.1f} MB, header {len(assembly.header)}, index {len(text)} bytes"
    )
    assert peak < 40e6


def test_files_over_4_gib_use_64_bit_offsets(recording, tmp_path):
    inits, chunks = recording
    meta, data = chunks[0]
    big = list(long_parts(5, meta.init, frames=1, payload=10**9))
    last = replace(meta, seq=9, start=WallTime(ORIGIN + 10_000))
    assembly = plan_assembly(inits, [*big, *parts_of([(last, data)])])
    path = tmp_path / "big.mp4"
    with path.open("wb") as file:  # sparse
        file.write(assembly.header)
        file.seek(assembly.entries[-1].offset)
        file.write(data)
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        file.seek(10_001, stream=stream)
        frame = next(file.decode(stream))
        assert (frame.pts, read_number(frame.to_ndarray(format="gray"))) == (10_000, 0)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["version", "columns", "inits", "chunks"]), inner, max_size=4)
        ),
        max_leaves=10,
    )
)
def test_no_other_error_for_what_is_no_index(value):
    for text in (json.dumps(value), "{", "[1"):
        with pytest.raises(InvalidInputError):
            parse_index(text)


def test_damaged_rows_of_an_index_are_refused(recording):
    inits, chunks = recording
    text = index_json(plan_assembly(inits, parts_of(chunks)))
    for before, after in (('"version":1', '"version":2'), ("[1,", "[0,"), ('"columns":[', '"columns":["x",')):
        assert before in text
        with pytest.raises(InvalidInputError):
            parse_index(text.replace(before, after, 1))
    assert MAX_CHUNK_MS == 60_000
