"""Frames through an encoder that holds pictures back; time is moved by hand."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.time import WallTime
from deskreel.media.fmp4 import parse_fragment
from deskreel.recorder.capture.chunker import ChunkRules, FinishedChunk
from deskreel.recorder.capture.reel import Reel
from deskreel.recorder.encode import EncodedPicture, EncoderError, EncoderSettings, Profile

ORIGIN = WallTime(1_700_000_000_000)
FRAME = av.VideoFrame(2, 2, "yuv420p")
SLOT_MS = 200
RULES = ChunkRules()


class HoldingEncoder:
    """Holds `depth` pictures back. A picture's bytes are its number, counted from 0."""

    config = b"init"

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.settings = EncoderSettings()
        self.inside: list[EncodedPicture] = []
        self.taken = 0
        self.broken = False
        self.fresh = True  # the next one must be a keyframe

    @property
    def held(self) -> int:
        return len(self.inside)

    def encode(self, frame: av.VideoFrame, pts_ms: int, keyframe: bool) -> list[EncodedPicture]:
        if self.broken:
            raise EncoderError("broken by the test")
        assert keyframe or not self.fresh
        self.fresh = False
        self.inside.append(EncodedPicture(data=self.taken.to_bytes(4, "big"), keyframe=keyframe))
        self.taken += 1
        ready = max(0, len(self.inside) - self.depth)
        out, self.inside = self.inside[:ready], self.inside[ready:]
        return out

    def drain(self, settings: EncoderSettings | None = None) -> list[EncodedPicture]:
        if self.broken:
            raise EncoderError("broken by the test")
        self.settings = settings or self.settings
        out, self.inside = self.inside, []
        self.fresh = True
        return out

    def close(self) -> None:
        self.inside = []


@dataclass
class Shown:
    """A frame in a delivered chunk."""

    number: int
    at: int
    end: int
    keyframe: bool


class Rig:
    """A reel, and what `run` does with it."""

    def __init__(self, depth: int, rules: ChunkRules = RULES) -> None:
        self.encoder = HoldingEncoder(depth)
        self.chunks: list[FinishedChunk] = []
        self.reel = Reel(origin=ORIGIN, encoder=self.encoder, rules=rules, deliver=self.chunks.append)
        self.now = 0
        self.content: list[tuple[int, int]] = []  # (number, time in ms after the origin)
        self.worst_lag = 0  # between the capture of something new and its delivery

    def slot(self, changed: bool, share: float = 0.0) -> None:
        """One look at the screen, as a run looks."""
        at = WallTime(ORIGIN + self.now)
        if changed or self.reel.ms_left(at) == 0:
            boundary, number = self.encoder.fresh or not self.content, self.encoder.taken
            got = self.reel.take(FRAME, at, changed=changed, share=share)
            if changed or boundary:
                self.content.append((number, got - ORIGIN))
        delivered = self.reel.covered_until or ORIGIN
        waiting = [at for _, at in self.content if ORIGIN + at >= delivered]
        self.worst_lag = max(self.worst_lag, self.now - min(waiting, default=self.now))

    def still(self, ms: int) -> None:
        """Nothing changes."""
        until = self.now + ms
        while self.now < until:
            self.now += min(SLOT_MS, until - self.now)
            self.slot(changed=False)

    def shown(self) -> list[Shown]:
        out = []
        for chunk in self.chunks:
            fragment = parse_fragment(chunk.data)
            at, place = fragment.decode_time_ms, len(chunk.data) - 4 * len(fragment.samples)
            for n, sample in enumerate(fragment.samples):
                number = int.from_bytes(chunk.data[place + 4 * n : place + 4 * n + 4], "big")
                out.append(Shown(number, at, at + sample.duration_ms, sample.keyframe))
                at += sample.duration_ms
        return out

    def segments(self) -> list[int]:
        """Lengths in ms of the complete ones."""
        starts = [chunk.start_ms for chunk in self.chunks if chunk.keyframe]
        return [b - a for a, b in pairwise(starts)]


def test_without_lookahead_frames_keep_their_times_and_a_still_screen_gets_few():
    rig = Rig(0)
    for _ in range(20):  # 4 s
        rig.slot(changed=True)
        rig.now += SLOT_MS
    rig.still(26_000)
    rig.reel.cut(ORIGIN + rig.now)
    assert [s.at for s in rig.shown()][:20] == list(range(0, 4000, SLOT_MS))
    assert [c.start_ms - ORIGIN for c in rig.chunks] == [0, 600, 2600, 4600, 9600, 14600, 19600, 24600, 29600]
    assert sum(c.duration_ms for c in rig.chunks) == 30_000


@pytest.mark.parametrize("depth", [1, 5, 10])
def test_what_is_new_is_delivered_soon_after_the_screen_goes_still(depth: int):
    rig = Rig(depth)
    for _ in range(20):
        rig.slot(changed=True)
        rig.now += SLOT_MS
    last = rig.content[-1][1]
    rig.still(RULES.hold_ms + 2 * SLOT_MS)
    assert rig.reel.covered_until is not None
    assert rig.reel.covered_until - ORIGIN > last


def test_a_still_screen_costs_one_picture_per_chunk_whatever_is_held():
    rig = Rig(8)
    rig.slot(changed=True)
    rig.still(10_000)
    before = rig.encoder.taken
    rig.still(40_000)
    assert rig.encoder.taken - before == 40_000 // RULES.still_ms
    rig.reel.cut(ORIGIN + rig.now)
    assert [b.start_ms - a.start_ms for a, b in pairwise(rig.chunks[3:])] == [5000] * (len(rig.chunks) - 4)


def test_a_still_screen_gets_a_keyframe_at_the_limit_at_once():
    rig = Rig(8)
    rig.slot(changed=True)
    rig.still(120_000)
    assert len(rig.segments()) == 2
    assert all(abs(length - RULES.keyframe_max_ms) <= SLOT_MS for length in rig.segments())


def test_a_change_of_most_of_the_canvas_brings_a_keyframe_but_not_too_often():
    rig = Rig(0, ChunkRules(keyframe_min_ms=10_000))
    for n in range(100):
        rig.slot(changed=True, share=0.9 if n % 10 == 0 else 0.1)
        rig.now += SLOT_MS
    rig.reel.cut(ORIGIN + rig.now)
    assert [c.start_ms - ORIGIN for c in rig.chunks if c.keyframe] == [0, 10_000]


def test_a_seek_never_has_more_frames_to_decode_than_the_rules_say():
    rig = Rig(5, ChunkRules(keyframe_frames=30))
    for _ in range(200):
        rig.slot(changed=True)
        rig.now += SLOT_MS
    rig.reel.cut(ORIGIN + rig.now)
    keys = [n for n, s in enumerate(rig.shown()) if s.keyframe]
    assert max(b - a for a, b in pairwise(keys)) == 30


def test_a_boundary_lets_everything_out_and_begins_a_short_chunk_with_a_keyframe():
    rig = Rig(5)
    for _ in range(8):
        rig.slot(changed=True)
        rig.now += SLOT_MS
    rig.reel.force_boundary()
    assert rig.reel.ms_left(ORIGIN + rig.now) == 0
    boundary = rig.now
    rig.slot(changed=False)
    assert rig.reel.covered_until == ORIGIN + boundary
    assert rig.encoder.held == 1
    rig.still(1000)  # what came before it is soon a complete segment
    after = [c for c in rig.chunks if c.start_ms >= ORIGIN + boundary]
    assert (after[0].start_ms, after[0].keyframe) == (ORIGIN + boundary, True)
    assert after[0].duration_ms <= RULES.first_ms + SLOT_MS


def test_other_settings_are_used_from_the_next_frame_without_a_hole():
    rig = Rig(5)
    for _ in range(8):
        rig.slot(changed=True)
        rig.now += SLOT_MS
    live = EncoderSettings(profile=Profile.LIVE)
    rig.reel.apply(live)
    assert rig.encoder.settings != live
    number = rig.encoder.taken
    rig.slot(changed=False)
    assert rig.encoder.settings == live
    rig.reel.apply(live)
    assert rig.reel.ms_left(ORIGIN + rig.now) > 0
    rig.still(3000)
    rig.reel.cut(ORIGIN + rig.now)
    assert [s.number for s in rig.shown() if s.keyframe] == [0, number]
    for before, after in pairwise(rig.chunks):
        assert before.window.limit == after.start_ms


def test_an_encoder_that_failed_ends_the_run_where_the_first_picture_was_lost():
    rig = Rig(3)
    for _ in range(6):
        rig.slot(changed=True)
        rig.now += SLOT_MS
    rig.encoder.broken = True
    with pytest.raises(EncoderError):
        rig.slot(changed=True)
    rig.reel.cut(ORIGIN + rig.now)
    assert rig.reel.covered_until == ORIGIN + 600  # three came out, three are lost
    assert [s.number for s in rig.shown()] == [0, 1, 2]


def test_what_a_failed_run_left_in_the_encoder_is_not_in_the_next():
    encoder = HoldingEncoder(3)
    chunks: list[FinishedChunk] = []
    first = Reel(origin=ORIGIN, encoder=encoder, rules=RULES, deliver=chunks.append)
    first.take(FRAME, ORIGIN, changed=True)
    second = Reel(origin=ORIGIN, encoder=encoder, rules=RULES, deliver=chunks.append)
    second.take(FRAME, WallTime(ORIGIN + 1000), changed=True)
    second.cut(ORIGIN + 2000)
    assert [(c.start_ms, c.duration_ms, c.keyframe) for c in chunks] == [(ORIGIN + 1000, 1000, True)]
    assert chunks[0].data.endswith((1).to_bytes(4, "big"))


def test_an_encoder_that_never_gives_anything_is_an_error():
    rig = Rig(10_000)
    rig.slot(changed=True)
    rig.now = 60_000
    with pytest.raises(EncoderError, match="holds more"):
        rig.slot(changed=False)


steps = st.lists(
    st.tuples(
        st.sampled_from(["change", "change", "change", "page", "still", "wait", "boundary", "settings"]),
        st.integers(0, 900),
    ),
    max_size=80,
)


@given(depth=st.integers(0, 12), steps=steps, back=st.one_of(st.just(0), st.integers(0, 4000)))
def test_no_time_and_no_picture_is_lost_doubled_or_moved(depth: int, steps: list[tuple[str, int]], back: int):
    rig = Rig(depth)
    rig.slot(changed=True)
    for number, (what, ms) in enumerate(steps):
        if what in ("change", "page"):
            rig.now += ms  # also twice in one millisecond
            rig.slot(changed=True, share=1.0 if what == "page" else 0.05)
        elif what == "still":
            rig.still(ms * 40)
        elif what == "wait":  # the desktop was busy: nobody looked
            rig.now += ms * 4
        elif what == "boundary":
            rig.reel.force_boundary()
        else:
            rig.reel.apply(EncoderSettings(max_kbps=number + 1))
    before_cut = rig.reel.covered_until or ORIGIN
    delivered = len(rig.chunks)
    cut = ORIGIN + max(0, rig.now + 1 - back)
    rig.reel.cut(cut)

    assert rig.encoder.held == 0
    for before, after in pairwise(rig.chunks):
        assert before.window.limit == after.start_ms
    shown = rig.shown()
    for one, other in pairwise(shown):  # what a drain leaves out is not missed: a keyframe follows
        assert other.number == one.number + 1 or (other.number > one.number and other.keyframe)
    if shown:
        assert (shown[0].number, shown[0].at, shown[0].keyframe) == (0, 0, True)
    # nothing at or after the cut, but what had been delivered before it
    assert all(chunk.window.limit <= cut for chunk in rig.chunks[delivered:])
    if cut > ORIGIN:
        assert rig.reel.covered_until == max(cut, before_cut)
    end = max(cut, before_cut) - ORIGIN
    # each new picture is there at its time, but for those that fell in one millisecond with another
    times = {s.number: s.at for s in shown}
    for number, at in rig.content:
        if number in times:
            assert at <= times[number] <= at + depth + 12
        else:
            assert at + depth + 12 >= end
    for chunk in rig.chunks:
        assert all(not sample.keyframe for sample in parse_fragment(chunk.data).samples[1:])


@given(depth=st.integers(0, 12), gaps=st.lists(st.integers(SLOT_MS, 8000), max_size=60))
def test_new_pictures_are_delivered_in_time_whatever_the_pace(depth: int, gaps: list[int]):
    rig = Rig(depth)
    rig.slot(changed=True)
    for gap in gaps:
        rig.still(gap - 1)
        rig.now += 1
        rig.slot(changed=True)
    rig.still(8000)
    # inside the encoder, then in a chunk that the next picture ends
    assert rig.worst_lag <= 2 * RULES.hold_ms + RULES.chunk_ms
    assert max(rig.segments(), default=0) <= RULES.keyframe_max_ms + RULES.hold_ms + RULES.still_ms
    times = [s.at for s in rig.shown()]
    assert set(times) >= {at for _, at in rig.content if at <= times[-1]}
