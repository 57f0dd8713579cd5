from __future__ import annotations

import contextlib
import io
import os
import random
import struct
from fractions import Fraction

import av
import pytest
from av.video.reformatter import ColorRange
from hypothesis import given, settings
from hypothesis import strategies as st
from x264_samples import encode, picture, read_number

from deskreel.core.errors import BadFragmentError
from deskreel.media import boxes, fmp4
from deskreel.media.fmp4 import EncodedFrame

FUZZ = int(os.environ.get("DESKREEL_FUZZ", "300"))
DURATIONS = [40, 33, 100, 1, 250, 40, 7, 500, 33, 33, 60, 2000]


@pytest.fixture(scope="module")
def real():
    return encode(DURATIONS, keyframes={0, 6})


frames_strategy = st.lists(
    st.builds(
        EncodedFrame,
        data=st.binary(min_size=1, max_size=60),
        duration_ms=st.integers(1, 5000),
        keyframe=st.booleans(),
        offset_ms=st.sampled_from([0, 0, 0, 40, -20]),
    ),
    min_size=1,
    max_size=20,
)


# --- Annex B ------------------------------------------------------------------------------------------------


def test_packets_lose_start_codes_parameter_sets_and_x264_options(real):
    assert b"x264" in b"".join(real.packets)
    for frame in real.frames:
        assert b"x264" not in frame.data
        at, kinds = 0, []
        while at < len(frame.data):
            size = int.from_bytes(frame.data[at : at + 4], "big")
            kinds.append(frame.data[at + 4] & 0x1F)
            at += 4 + size
        assert at == len(frame.data)
        assert set(kinds) <= {1, 5}


def test_three_and_four_byte_start_codes_and_trailing_zeros():
    packet = b"\0\0\0\1\x09\xf0" + b"\0\0\1\x67\x42" + b"\0\0\0\1\x65ab\0\0\1\x65cd\0\0"
    assert fmp4.to_length_prefixed(packet) == b"\0\0\0\3\x65ab\0\0\0\3\x65cd"


def test_a_recovery_point_stays_and_user_data_goes():
    recovery, user_data = b"\0\0\1\x06\x06\x01\x84\x80", b"\0\0\1\x06\x05\x10x264"
    sample = fmp4.to_length_prefixed(user_data + recovery + b"\0\0\1\x41z")
    assert sample == b"\0\0\0\5\x06\x06\x01\x84\x80\0\0\0\2\x41z"


@pytest.mark.parametrize("packet", [b"", b"\0\0\1", b"\0\0\1\x67\x42", b"\0\0\0\5\x65abc"])
def test_a_packet_without_a_slice_is_refused(packet):
    with pytest.raises(BadFragmentError, match="slice"):
        fmp4.to_length_prefixed(packet)


def test_avcc_names_profile_and_level(real):
    assert fmp4.codec_string(real.avcc) == "avc1." + real.avcc[1:4].hex()
    assert real.avcc[0] == 1
    with pytest.raises(BadFragmentError):
        fmp4.codec_string(b"\2" * 9)
    with pytest.raises(BadFragmentError, match="0 SPS"):
        fmp4.avc_config(b"\0\0\1\x68\xce")


def test_avcc_of_a_high_profile_is_ffmpegs_own():
    """FFmpeg's muxer wrote the reference: same record, byte for byte."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=25, options={"preset": "medium"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        frame = av.VideoFrame.from_ndarray(picture(1, 320, 240), format="rgb24")
        packets = stream.encode(frame) + stream.encode(None)
        out.mux(packets)
        assert stream.codec_context.extradata is not None
        extradata = bytes(stream.codec_context.extradata)
    written = file.getvalue()
    at = written.index(b"avcC")
    theirs = written[at + 4 : at - 4 + int.from_bytes(written[at - 4 : at], "big")]
    assert fmp4.avc_config(extradata) == theirs
    assert theirs[1] == 100


# --- init ---------------------------------------------------------------------------------------------------


def test_init_round_trip_and_same_bytes_each_time(real):
    info = fmp4.parse_init(real.init)
    assert (info.width, info.height, info.avcc) == (192, 96, real.avcc)
    assert info.codec == fmp4.codec_string(real.avcc)
    assert fmp4.video_init(width=192, height=96, avcc=real.avcc) == real.init


def test_a_fragment_is_no_init_and_the_other_way_round(real):
    fragment = fmp4.write_fragment(sequence=1, decode_time_ms=0, frames=real.frames)
    with pytest.raises(BadFragmentError, match="found moof mdat"):
        fmp4.parse_init(fragment)
    with pytest.raises(BadFragmentError, match="found ftyp moov"):
        fmp4.parse_fragment(real.init)


def test_init_in_another_timescale_is_refused(real):
    at = real.init.index(b"mdhd") + 4 + 4 + 16
    other = real.init[:at] + struct.pack(">I", 90000) + real.init[at + 4 :]
    with pytest.raises(BadFragmentError, match="90000"):
        fmp4.parse_init(other)


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (70000, 10)])
def test_impossible_pictures_are_refused(real, size):
    with pytest.raises(BadFragmentError, match="out of range"):
        fmp4.video_init(width=size[0], height=size[1], avcc=real.avcc)


# --- fragments ----------------------------------------------------------------------------------------------


@given(frames=frames_strategy, sequence=st.integers(0, 2**32 - 1), at=st.integers(0, 2**63))
def test_fragment_round_trip(frames, sequence, at):
    data = fmp4.write_fragment(sequence=sequence, decode_time_ms=at, frames=frames)
    fragment = fmp4.parse_fragment(data)
    assert (fragment.sequence, fragment.decode_time_ms) == (sequence, at)
    assert fragment.keyframe == frames[0].keyframe
    assert fragment.duration_ms == sum(frame.duration_ms for frame in frames)
    assert [(s.duration_ms, s.size, s.keyframe, s.offset_ms) for s in fragment.samples] == [
        (f.duration_ms, len(f.data), f.keyframe, f.offset_ms) for f in frames
    ]
    assert data[fragment.payload_offset :] == b"".join(frame.data for frame in frames)


def test_ffmpeg_plays_init_and_fragments_at_their_times(real):
    data = real.init
    at = 5000
    for seq, part in enumerate((real.frames[:6], real.frames[6:]), start=1):
        data += fmp4.write_fragment(sequence=seq, decode_time_ms=at, frames=part)
        at += sum(frame.duration_ms for frame in part)
    with av.open(io.BytesIO(data), "r") as file:
        stream = file.streams.video[0]
        assert (stream.width, stream.height, stream.time_base) == (192, 96, Fraction(1, 1000))
        assert stream.codec_context.color_range == ColorRange.MPEG
        decoded = [(f.pts, read_number(f.to_ndarray(format="gray"))) for f in file.decode(video=0)]
    assert decoded == [(5000 + sum(DURATIONS[:n]), n) for n in range(len(DURATIONS))]


@pytest.mark.parametrize(
    "kwargs",
    [
        {"frames": []},
        {"frames": [EncodedFrame(data=b"", duration_ms=1, keyframe=True)]},
        {"frames": [EncodedFrame(data=b"a", duration_ms=0, keyframe=True)]},
        {"frames": [EncodedFrame(data=b"a", duration_ms=2**32, keyframe=True)]},
        {"sequence": 2**32},
        {"decode_time_ms": -1},
    ],
)
def test_what_cannot_be_written_is_refused(kwargs):
    good = {
        "sequence": 1,
        "decode_time_ms": 0,
        "frames": [EncodedFrame(data=b"a", duration_ms=1, keyframe=True)],
    }
    with pytest.raises(BadFragmentError):
        fmp4.write_fragment(**(good | kwargs))


def test_every_truncation_is_refused_and_says_so(real):
    data = fmp4.write_fragment(sequence=1, decode_time_ms=0, frames=real.frames)
    moof = int.from_bytes(data[:4], "big")
    with pytest.raises(BadFragmentError, match="mdat is missing"):
        fmp4.parse_fragment(data[:moof])
    with pytest.raises(BadFragmentError, match=r"7 of .* bytes are missing"):
        fmp4.parse_fragment(data[:-7])
    for end in range(len(data)):
        with pytest.raises(BadFragmentError):
            fmp4.parse_fragment(data[:end])


def _patched(data: bytes, at: int, value: int) -> bytes:
    return data[:at] + struct.pack(">I", value) + data[at + 4 :]


def test_contradictions_are_named():
    frames = [EncodedFrame(data=b"abcd", duration_ms=5, keyframe=True)] * 2
    data = fmp4.write_fragment(sequence=1, decode_time_ms=0, frames=frames)
    run = data.index(b"trun") + 4
    cases = {
        r"contain|samples": _patched(data, run + 4, 3),
        r"does not point": _patched(data, run + 8, 1),
        r"no duration": _patched(data, run + 12, 0),
        r"take 9 bytes, the mdat holds 8": _patched(data, run + 16, 5),
        r"track 2": _patched(data, data.index(b"tfhd") + 8, 2),
        r"found moof mdat moof mdat": data + data,
        r"found mdat": data[int.from_bytes(data[:4], "big") :],
        r"found nothing": b"",
    }
    for message, broken in cases.items():
        with pytest.raises(BadFragmentError, match=message):
            fmp4.parse_fragment(broken)


def test_a_table_without_rows_cannot_ask_for_millions_of_samples():
    """trun with 4 million samples, all by default: the count is bounded before the loop."""
    count = 4_000_000
    tfhd = boxes.full_box(b"tfhd", 0, 0x020000 | 0x38, struct.pack(">IIII", 1, 1, 1, 0))
    trun = boxes.full_box(b"trun", 0, 1, struct.pack(">Ii", count, 0))
    moof = boxes.box(
        b"moof",
        boxes.full_box(b"mfhd", 0, 0, bytes(4)),
        boxes.box(b"traf", tfhd, boxes.full_box(b"tfdt", 0, 0, bytes(4)), trun),
    )
    with pytest.raises(BadFragmentError, match="4000000 samples"):
        fmp4.parse_fragment(moof + boxes.box(b"mdat", bytes(count)))


def test_defaults_of_the_header_and_first_sample_flags_are_read():
    tfhd = boxes.full_box(b"tfhd", 0, 0x020000 | 0x38, struct.pack(">IIII", 1, 40, 2, 0x0101_0000))
    size = 8 + 16 + 8 + len(tfhd) + 16 + 24
    trun = boxes.full_box(b"trun", 0, 5, struct.pack(">IiI", 3, size + 8, 0x0200_0000))
    traf = boxes.box(b"traf", tfhd, boxes.full_box(b"tfdt", 0, 0, struct.pack(">I", 77)), trun)
    moof = boxes.box(b"moof", boxes.full_box(b"mfhd", 0, 0, struct.pack(">I", 9)), traf)
    assert len(moof) == size
    fragment = fmp4.parse_fragment(moof + boxes.box(b"mdat", b"aabbcc"))
    assert (fragment.sequence, fragment.decode_time_ms, fragment.duration_ms) == (9, 77, 120)
    assert [sample.keyframe for sample in fragment.samples] == [True, False, False]


# --- the privacy cut ----------------------------------------------------------------------------------------


@given(
    durations=st.lists(st.integers(1, 500), min_size=1, max_size=30),
    keep=st.integers(-10, 4000),
    seed=st.integers(0, 2**32),
)
def test_no_byte_of_a_dropped_frame_survives_the_cut(durations, keep, seed):
    rng = random.Random(seed)
    frames = [
        EncodedFrame(data=rng.randbytes(rng.randint(24, 60)), duration_ms=d, keyframe=i == 0)
        for i, d in enumerate(durations)
    ]
    data = fmp4.write_fragment(sequence=3, decode_time_ms=1234, frames=frames)
    cut = fmp4.truncate_fragment(data, keep_ms=keep)
    if keep <= 0:
        assert cut is None
        return
    assert cut is not None
    if keep >= sum(durations):
        assert cut == data
        return
    kept = [i for i in range(len(frames)) if sum(durations[:i]) < keep]
    fragment = fmp4.parse_fragment(cut)
    assert (fragment.sequence, fragment.decode_time_ms, fragment.duration_ms) == (3, 1234, keep)
    # the whole payload is the kept frames, and no 8 bytes of a dropped one are anywhere
    assert cut[fragment.payload_offset :] == b"".join(frames[i].data for i in kept)
    for frame in frames[len(kept) :]:
        assert not any(frame.data[at : at + 8] in cut for at in range(len(frame.data) - 7))


def test_the_cut_looks_at_presentation_times_too():
    frames = [
        EncodedFrame(data=b"key", duration_ms=40, keyframe=True, offset_ms=40),
        EncodedFrame(data=b"late", duration_ms=40, keyframe=False, offset_ms=120),
        EncodedFrame(data=b"b", duration_ms=40, keyframe=False, offset_ms=0),
    ]
    data = fmp4.write_fragment(sequence=1, decode_time_ms=0, frames=frames)
    for keep in (100, 120, 160):
        cut = fmp4.truncate_fragment(data, keep_ms=keep)
        assert cut is not None
        assert b"late" not in cut
        assert b"key" in cut
    assert fmp4.truncate_fragment(data, keep_ms=161) == data
    assert fmp4.truncate_fragment(data, keep_ms=40) is None


def test_a_cut_fragment_decodes(real):
    data = fmp4.write_fragment(sequence=1, decode_time_ms=0, frames=real.frames)
    cut = fmp4.truncate_fragment(data, keep_ms=425)
    assert cut is not None
    with av.open(io.BytesIO(real.init + cut), "r") as file:
        numbers = [read_number(f.to_ndarray(format="gray")) for f in file.decode(video=0)]
    assert numbers == list(range(6))


# --- fuzz: one error and no other ---------------------------------------------------------------------------


def _only_bad_fragment(data: bytes) -> None:
    for parse in (
        lambda: list(boxes.iter_boxes(data)),
        lambda: fmp4.parse_fragment(data),
        lambda: fmp4.parse_init(data),
        lambda: fmp4.truncate_fragment(data, keep_ms=50),
        lambda: fmp4.avc_config(data),
        lambda: fmp4.to_length_prefixed(data),
        lambda: fmp4.codec_string(data),
    ):
        with contextlib.suppress(BadFragmentError):
            parse()


@settings(max_examples=FUZZ, deadline=None)
@given(data=st.binary(max_size=300))
def test_fuzz_noise(data):
    _only_bad_fragment(data)


mutations = st.lists(
    st.tuples(
        st.sampled_from(["set", "cut", "insert", "word"]), st.integers(0, 2**16), st.integers(0, 2**32 - 1)
    ),
    min_size=1,
    max_size=6,
)


def _mutate(data: bytes, steps: list[tuple[str, int, int]]) -> bytes:
    out = bytearray(data)
    for how, place, value in steps:
        at = place % (len(out) + 1)
        if how == "set" and at < len(out):
            out[at] = value & 0xFF
        elif how == "cut":
            del out[at : at + value % 40]
        elif how == "insert":
            out[at:at] = value.to_bytes(4, "big")
        elif how == "word":
            out[at : at + 4] = value.to_bytes(4, "big")
    return bytes(out)


@settings(max_examples=FUZZ, deadline=None)
@given(frames=frames_strategy, steps=mutations)
def test_fuzz_damaged_fragments(frames, steps):
    good = fmp4.write_fragment(sequence=1, decode_time_ms=10, frames=frames)
    _only_bad_fragment(_mutate(good, steps))


@settings(max_examples=FUZZ, deadline=None)
@given(steps=mutations)
def test_fuzz_damaged_inits_and_parameter_sets(steps):
    sps = bytes.fromhex("6764001facd9405005bb016a02020280000003008000001e478c18cb")
    extradata = b"\0\0\0\1" + sps + b"\0\0\0\1\x68\xeb\xe3\xcb\x22\xc0"
    init = fmp4.video_init(width=1280, height=720, avcc=fmp4.avc_config(extradata))
    _only_bad_fragment(_mutate(init, steps))
    _only_bad_fragment(_mutate(extradata, steps))


def test_64_bit_box_sizes_are_read_and_checked():
    large = struct.pack(">I4sQ", 1, b"free", 20) + b"abcd"
    assert [box.end - box.payload for box in boxes.iter_boxes(large)] == [4]
    for broken in (
        struct.pack(">I4sQ", 1, b"free", 2**64 - 1),
        struct.pack(">I4sQ", 1, b"free", 15),
        struct.pack(">I4sI", 1, b"free", 0),
        struct.pack(">I4s", 0, b"mdat"),
        struct.pack(">I4s", 7, b"mdat"),
    ):
        with pytest.raises(BadFragmentError):
            list(boxes.iter_boxes(broken))
