"""Sealed chunks: what opens is what was sealed, cut where it was cut, and nothing else opens."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st

from deskreel.core.chunk import sha256
from deskreel.core.errors import BadFragmentError, DeskreelError, SettingsError
from deskreel.core.ids import ScreenRecordingId, make_id
from deskreel.core.time import WallTime
from deskreel.media.fmp4 import EncodedFrame, truncate_fragment, write_fragment
from deskreel.storage.region_key import BadSealError, RegionKeys, RegionPublicKey, UnknownRegionKeyError
from deskreel.storage.sealed import Sealer, open_chunk, open_init, trim_chunk

DATA = Path(__file__).parents[2] / "data" / "sealed"
NOW = WallTime(1_700_000_000_000)
SCR = ScreenRecordingId(make_id("scr", NOW, b"0123456789"))
OTHER = ScreenRecordingId(make_id("scr", NOW, b"9876543210"))
KEYS = RegionKeys.of(X25519PrivateKey.from_private_bytes(bytes(range(32))))
SECRET = bytes(range(100, 132))
INIT = sha256(b"init")

frames = st.lists(
    st.builds(
        EncodedFrame,
        data=st.binary(min_size=1, max_size=60),
        duration_ms=st.integers(1, 900),
        keyframe=st.booleans(),
        offset_ms=st.sampled_from([0, 0, 0, 40, 120, -30]),
    ),
    min_size=1,
    max_size=12,
)


def sealer(recording: ScreenRecordingId = SCR, secret: bytes = SECRET) -> Sealer:
    return Sealer.for_region(KEYS.newest, recording, secret)


def fragment(parts: list[EncodedFrame], decode_time_ms: int = 4000) -> bytes:
    return write_fragment(sequence=7, decode_time_ms=decode_time_ms, frames=parts)


def plain(count: int = 4, duration_ms: int = 500) -> bytes:
    return fragment(
        [
            EncodedFrame(
                data=f"a picture that is number {n}".encode(), duration_ms=duration_ms, keyframe=n == 0
            )
            for n in range(count)
        ]
    )


def seal(data: bytes, *, by: Sealer | None = None, seq: int = 3) -> bytes:
    return (by or sealer()).chunk(data, seq=seq, start=NOW, init=INIT)


# --- what opens ---------------------------------------------------------------------------------------------


@given(frames)
def test_what_opens_is_what_was_sealed(parts: list[EncodedFrame]) -> None:
    data = fragment(parts)
    opened = open_chunk(seal(data), SCR, KEYS)
    assert (opened.fragment, opened.seq, opened.start, opened.init) == (data, 3, NOW, INIT)


@given(frames, st.integers(-5, 12_000))
@example([EncodedFrame(data=b"x", duration_ms=500, keyframe=True)], 500)
def test_a_cut_without_the_key_is_the_cut_of_the_fragment(parts: list[EncodedFrame], keep_ms: int) -> None:
    data = fragment(parts)
    sealed = seal(data)
    cut, expected = trim_chunk(sealed, keep_ms=keep_ms), truncate_fragment(data, keep_ms=keep_ms)
    if cut is None or expected is None:
        assert cut is expected
        return
    assert open_chunk(cut, SCR, KEYS).fragment == expected
    assert (cut == sealed) == (expected == data)


@given(frames, st.integers(1, 12_000), st.integers(1, 12_000))
def test_cutting_twice_is_cutting_once(parts: list[EncodedFrame], first: int, second: int) -> None:
    sealed = seal(fragment(parts))
    once = trim_chunk(sealed, keep_ms=first)
    twice = None if once is None else trim_chunk(once, keep_ms=second)
    assert twice == trim_chunk(sealed, keep_ms=min(first, second))


def test_of_what_was_cut_off_no_byte_is_left() -> None:
    sealed = seal(plain(4))
    cut = trim_chunk(sealed, keep_ms=900)
    assert cut is not None
    records = len(sealed) - 4 * (len(b"a picture that is number 0") + 16)
    for index in (2, 3):
        begin = records + index * (len(b"a picture that is number 0") + 16)
        assert sealed[begin : begin + 16] not in cut


def test_nothing_of_the_pictures_can_be_read() -> None:
    data = plain()
    sealed = seal(data) + sealer().init(data)
    for readable in (b"picture", b"moof", b"mdat", b"trun", data[8:24]):
        assert readable in data
        assert readable not in sealed


def test_an_init_segment() -> None:
    by = sealer()
    one, two = by.init(b"ftyp moov avcC"), by.init(b"ftyp moov avcC")
    assert one[120:] != two[120:]
    assert open_init(one, SCR, KEYS) == open_init(two, SCR, KEYS) == b"ftyp moov avcC"
    with pytest.raises(BadSealError):
        open_chunk(one, SCR, KEYS)
    with pytest.raises(BadSealError):
        open_init(seal(plain()), SCR, KEYS)


# --- what does not ------------------------------------------------------------------------------------------

_GOOD = seal(plain(3))
_COUNTED = 176 - 8  # kept ms and samples: what a cut changes


@given(st.integers(0, len(_GOOD) * 8 - 1))
def test_any_flipped_bit_is_refused(bit: int) -> None:
    changed = bytearray(_GOOD)
    changed[bit // 8] ^= 1 << bit % 8
    try:
        opened = open_chunk(bytes(changed), SCR, KEYS)
    except (BadSealError, UnknownRegionKeyError, BadFragmentError):
        return
    # the one thing that is not authenticated: how long the last picture is shown, within its own time
    assert _COUNTED <= bit // 8 < _COUNTED + 4
    assert opened.fragment == truncate_fragment(plain(3), keep_ms=_kept(bytes(changed)))


def _kept(data: bytes) -> int:
    return int.from_bytes(data[_COUNTED : _COUNTED + 4], "big")


@given(st.integers(0, len(_GOOD) - 1))
def test_any_cut_of_the_bytes_is_refused(end: int) -> None:
    with pytest.raises(BadSealError):
        open_chunk(_GOOD[:end], SCR, KEYS)
    with pytest.raises(BadSealError):
        trim_chunk(_GOOD[:end], keep_ms=1)


@given(st.binary(max_size=400))
def test_rubbish_is_refused(data: bytes) -> None:
    for rubbish in (data, _GOOD[:8] + data, _GOOD[:176] + data):
        with pytest.raises(DeskreelError):
            open_chunk(rubbish, SCR, KEYS)


def test_another_recordings_chunk_is_refused() -> None:
    with pytest.raises(BadSealError):
        open_chunk(seal(plain()), OTHER, KEYS)
    with pytest.raises(BadSealError):
        open_init(sealer().init(b"init"), OTHER, KEYS)


def test_a_key_that_the_region_does_not_have() -> None:
    foreign = RegionKeys.generate()
    with pytest.raises(UnknownRegionKeyError, match=KEYS.newest.key_id.hex()):
        open_chunk(_GOOD, SCR, foreign)


def test_samples_of_two_chunks_do_not_mix() -> None:
    by = sealer()
    one, two = seal(plain(), by=by, seq=1), seal(plain(), by=by, seq=2)
    assert len(one) == len(two)
    at = len(one) - 42
    with pytest.raises(BadSealError):
        open_chunk(one[:at] + two[at:], SCR, KEYS)
    with pytest.raises(BadSealError):
        open_chunk(two[:176] + one[176:], SCR, KEYS)


def test_no_nonce_is_used_twice_under_a_secret() -> None:
    by = sealer()
    heads = [seal(plain(), by=by, seq=1)[104:112] for _ in range(50)] + [by.init(b"i")[104:112]]
    assert len(set(heads)) == 51
    same = [seal(plain(), by=by, seq=1)[-42:] for _ in range(2)]
    assert same[0] != same[1], "the same picture twice is not seen to be the same"


def test_a_fragment_of_another_shape_is_not_sealed() -> None:
    data = plain()
    with pytest.raises(BadFragmentError):
        seal(data[:-1])
    moof = int.from_bytes(data[:4], "big")
    with_free = (moof + 8).to_bytes(4, "big") + data[4:moof] + b"\0\0\0\x08free" + data[moof:]
    with pytest.raises(BadFragmentError):
        seal(with_free)


# --- the format stays ---------------------------------------------------------------------------------------


def golden(name: str) -> bytes:
    return (DATA / name).read_bytes()


def test_chunks_sealed_by_this_format_open_for_ever() -> None:
    assert open_chunk(golden("chunk.bin"), SCR, KEYS).fragment == plain()
    cut = open_chunk(golden("chunk-cut-at-700-ms.bin"), SCR, KEYS)
    assert cut.fragment == truncate_fragment(plain(), keep_ms=700)
    assert open_init(golden("init.bin"), SCR, KEYS) == b"an init segment"


def test_sealing_gives_the_golden_bytes() -> None:
    wrapped = golden("chunk.bin")[24:104]
    by = Sealer(recording=SCR, key_id=KEYS.newest.key_id, wrapped=wrapped, secret=SECRET)
    sealed = seal(plain(), by=by)
    assert sealed == golden("chunk.bin")
    assert trim_chunk(sealed, keep_ms=700) == golden("chunk-cut-at-700-ms.bin")
    assert by.init(b"an init segment") == golden("init.bin")


# --- region keys --------------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    made = RegionKeys.load_or_create(tmp_path / "keys")
    assert RegionKeys.load_or_create(tmp_path / "keys").newest == made.newest
    path = tmp_path / "keys" / "region-key.pem"
    assert path.stat().st_mode & 0o777 == 0o600
    assert RegionPublicKey.parse((tmp_path / "keys" / "region-key.pub").read_text()) == made.newest
    path.chmod(0o640)
    with pytest.raises(SettingsError, match="read by others"):
        RegionKeys.load_or_create(tmp_path / "keys")


def test_rotation_the_old_key_still_opens(tmp_path: Path) -> None:
    old, new = (RegionKeys.load_or_create(tmp_path / name) for name in ("old", "new"))
    both = tmp_path / "both.pem"
    both.write_bytes(b"".join((tmp_path / n / "region-key.pem").read_bytes() for n in ("new", "old")))
    both.chmod(0o600)
    keys = RegionKeys.load(both)
    assert keys.newest == new.newest
    for public in (old.newest, new.newest):
        sealed = Sealer.for_region(public, SCR, SECRET).chunk(plain(), seq=1, start=NOW, init=INIT)
        assert open_chunk(sealed, SCR, keys).fragment == plain()


@pytest.mark.parametrize(
    "content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_a_file_that_holds_no_key(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SettingsError):
        RegionKeys.load(path)
    with pytest.raises(SettingsError):
        RegionKeys.load(tmp_path / "missing.pem")


@pytest.mark.parametrize("text", ["", "abc", "ä" * 43, "A" * 44, "!" * 43])
def test_a_public_key_that_is_none(text: str) -> None:
    with pytest.raises(SettingsError):
        RegionPublicKey.parse(text)


def test_no_key_shows_in_a_text() -> None:
    private = next(iter(KEYS.keys.values())).private_bytes_raw()
    shown = f"{KEYS!r} {sealer()!r} {KEYS.newest!r}"
    for secret in (private, SECRET):
        assert all(form not in shown for form in (secret.hex(), repr(secret), repr(secret)[2:-1]))


def test_every_wrapping_is_another() -> None:
    texts = {KEYS.newest.wrap(SECRET, SCR) for _ in range(5)}
    assert len(texts) == 5
    assert all(a[:32] != b[:32] for a, b in itertools.combinations(texts, 2))
