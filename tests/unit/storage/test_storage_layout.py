"""Object keys: what goes in comes out, and nothing else is taken for a chunk."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.chunk import MAX_CHUNK_MS, ChunkMeta
from deskreel.core.errors import InvalidInputError
from deskreel.core.ids import CallRecordingId, Digest, ScreenRecordingId, make_id
from deskreel.core.time import WallTime
from deskreel.storage import layout

SCR = ScreenRecordingId(make_id("scr", WallTime(1_700_000_000_000), bytes(10)))
AUD = CallRecordingId(make_id("aud", WallTime(1_700_000_000_000), bytes(10)))

digests = st.binary(min_size=32, max_size=32).map(lambda raw: Digest(raw.hex()))
metas = st.builds(
    ChunkMeta,
    seq=st.integers(1, 10**10),
    start=st.integers(0, 2**53).map(WallTime),
    duration_ms=st.integers(1, MAX_CHUNK_MS),
    keyframe=st.booleans(),
    init=digests,
    digest=digests,
    size=st.integers(0, 2**40),
)
META = ChunkMeta(
    seq=123,
    start=WallTime(1_700_000_000_123),
    duration_ms=2000,
    keyframe=True,
    init=Digest("ab" * 32),
    digest=Digest("cd" * 32),
    size=250_000,
)


@given(meta=metas)
def test_a_key_says_all_of_its_chunk(meta: ChunkMeta) -> None:
    key = layout.chunk_key(SCR, meta)
    assert layout.parse_chunk_key(key) == meta
    assert layout.check_key(key) == key
    assert key.startswith(layout.shard_prefix(SCR, meta.seq) + "/")
    assert max(map(len, key.split("/"))) < 255  # a file name on every file system


@given(meta=metas, at=st.integers(0, 400), junk=st.text(min_size=1, max_size=3))
def test_a_damaged_key_is_refused_or_another_chunk_never_a_crash(meta: ChunkMeta, at: int, junk: str) -> None:
    key = layout.chunk_key(SCR, meta)
    damaged = key[:at] + junk + key[at + 1 :]
    try:
        parsed = layout.parse_chunk_key(damaged)
    except InvalidInputError:
        return
    assert damaged.endswith(layout.chunk_key(SCR, parsed).removeprefix(layout.recording_prefix(SCR)))


def test_keys_of_one_recording_sort_by_sequence_number() -> None:
    keys = [layout.chunk_key(SCR, _with_seq(seq)) for seq in (1, 2, 99, 100, 101, 9_999, 123_456)]
    assert keys == sorted(keys)


def test_the_documented_shape() -> None:
    name = f"00000123-1700000000123-2000-k-250000-{'ab' * 32}-{'cd' * 32}.m4s"
    assert layout.chunk_key(SCR, META) == f"recordings/{SCR}/chunks/000001/{name}"
    assert layout.init_key(SCR, META.init) == f"recordings/{SCR}/init/{'ab' * 32}.mp4"
    assert layout.final_key(SCR, layout.FINAL_INDEX) == f"recordings/{SCR}/final/index.json"
    assert layout.audio_key(AUD, "source") == f"call-recordings/{AUD}/source"


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("/000001/", "/000002/"),
        ("/00000123-", "/000000123-"),
        ("-2000-", "-02000-"),
        ("-2000-", "-0-"),
        ("-2000-", "-60001-"),
        ("-k-", "-x-"),
        (".m4s", ".m4s.part"),
        ("cd" * 32, "cd" * 31),
        ("cd" * 32, "CD" * 32),
        ("scr_", "aud_"),
        ("-250000-", "-٢٥٠٠٠٠-"),
    ],
)
def test_keys_that_are_never_made(part: str, other: str) -> None:
    key = layout.chunk_key(SCR, META).replace(part, other, 1)
    with pytest.raises(InvalidInputError):
        layout.parse_chunk_key(key)


@pytest.mark.parametrize(
    "key",
    ["", "/a", "a/", "a//b", "../a", "a/../b", "a/.b", ".staging/x", "a\\b", "a b", "a\n", "ä", "a" * 901],
)
def test_keys_that_no_store_takes(key: str) -> None:
    with pytest.raises(InvalidInputError):
        layout.check_key(key)


@pytest.mark.parametrize("bad", ["scr_../../etc", "scr_", "", "aud_" + "0" * 26, "scr_" + "0" * 26 + "/x"])
def test_ids_that_are_none_make_no_key(bad: str) -> None:
    with pytest.raises(InvalidInputError):
        layout.chunks_prefix(ScreenRecordingId(bad))


@pytest.mark.parametrize("name", ["", "a/b", "..", ".x", "a b"])
def test_names_of_finished_files_are_plain(name: str) -> None:
    with pytest.raises(InvalidInputError):
        layout.final_key(SCR, name)


def _with_seq(seq: int) -> ChunkMeta:
    return ChunkMeta(
        seq=seq,
        start=META.start,
        duration_ms=2000,
        keyframe=False,
        init=META.init,
        digest=META.digest,
        size=1,
    )
