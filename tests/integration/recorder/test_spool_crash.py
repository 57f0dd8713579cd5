"""Every instant at which a recorder can die, and what the next one finds."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from crash_fs import Crashed, CrashingFilesystem
from power_fs import PowerFilesystem, Tree, plant
from recorder_rig import NOW, REGION, opened, opened_init, recording_id, sealed, stored_as

from deskreel.core.chunk import ChunkMeta, sha256
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime
from deskreel.media.fmp4 import truncate_fragment
from deskreel.recorder.capture.chunker import FinishedChunk
from deskreel.recorder.files import Filesystem
from deskreel.recorder.spool.info import RecordingInfo
from deskreel.recorder.spool.spool import Spool
from deskreel.recorder.spool.spooled import SpooledChunk
from deskreel.storage.sealed import trim_chunk

SCR = recording_id(1)
INFO = RecordingInfo(
    screen_recording_id=SCR, origin=NOW, gateway_url="http://gateway", region_key=REGION.newest.text
)


@dataclass
class Story:
    """What happened until the crash, by what the spool answered: its promises."""

    added: dict[int, FinishedChunk] = field(default_factory=dict)
    adding: FinishedChunk | None = None  # the chunk being written
    acknowledged: dict[int, ChunkMeta] = field(default_factory=dict)  # the gateway has these bytes
    dropped: set[int] = field(default_factory=set)
    dropping: set[int] = field(default_factory=set)
    quarantining: set[int] = field(default_factory=set)
    trimming: set[int] = field(default_factory=set)
    closed: bool = False

    def copy(self) -> Story:
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return Story(**{name: copy(value) for name, value in fields.items()})

    def add(self, spool: Spool, index: int) -> SpooledChunk:
        self.adding = sealed(index)
        meta = spool.add(SCR, self.adding)
        self.added[meta.seq], self.adding = self.adding, None
        return meta

    def acknowledge(self, spool: Spool, chunk: SpooledChunk) -> None:
        stored = stored_as(chunk, spool.read(SCR, chunk), SCR)
        self.acknowledged[chunk.seq] = stored  # the answer came, whatever happens next
        spool.acknowledge(SCR, chunk, stored)

    def play(self, spool: Spool) -> None:
        spool.open(INFO, NOW)
        one, two, three = self.add(spool, 0), self.add(spool, 1), self.add(spool, 2)
        self.acknowledge(spool, one)
        self.trimming.add(two.seq)
        kept = trim_chunk(spool.read(SCR, two), keep_ms=700)
        assert kept is not None
        two = spool.replace(SCR, two, kept, 700)
        four = self.add(spool, 3)
        self.dropping.add(three.seq)
        spool.drop(SCR, three)
        self.dropped.add(three.seq)
        self.acknowledge(spool, two)
        self.quarantining.add(four.seq)
        spool.quarantine(SCR, four, "chunk_conflict")
        self.add(spool, 4)
        spool.close(SCR, WallTime(NOW + 10_000))
        self.closed = True


def open_spool(home: Path, fs: Filesystem | None = None) -> Spool:
    return Spool(home / "spool", home / "quarantine", max_bytes=10**9, fs=fs)


def changes_of_the_story(home: Path) -> int:
    fs = CrashingFilesystem(at=-1, when="before", power_loss=False)
    spool = open_spool(home, fs)
    Story().play(spool)
    spool.release()
    return fs.count


def crash_points() -> Iterator[tuple[str, bool]]:
    for when in ("before", "half", "after"):
        for power_loss in (False, True):
            yield when, power_loss


@pytest.mark.parametrize(("when", "power_loss"), list(crash_points()))
def test_a_crash_at_every_change(tmp_path: Path, when: str, power_loss: bool) -> None:
    total = changes_of_the_story(tmp_path / "whole")
    assert total > 40
    crashes = 0
    for at in range(1, total + 1):
        home = tmp_path / str(at)
        story, fs = Story(), CrashingFilesystem(at=at, when=when, power_loss=power_loss)
        spool: Spool | None = None
        try:
            spool = open_spool(home, fs)
            story.play(spool)
        except Crashed:
            crashes += 1
        if spool is not None:
            spool.release()  # the system does that when a program dies
        check(home, story)
    assert crashes == total


def check(home: Path, story: Story) -> None:
    spool = open_spool(home)
    held = next((h for h in spool.holdings(100) if h.info.screen_recording_id == SCR), None)
    waiting = {} if held is None else {chunk.seq: chunk for chunk in held.chunks}
    manifest = spool.manifest(SCR)
    noted = {} if manifest is None else {chunk.seq: chunk for chunk in manifest.chunks}
    quarantined = {int(p.name[:8]) for p in (home / "quarantine").glob(f"{SCR}/*.ready")}

    assert not list((home / "spool").glob("**/*.part"))
    assert not set(waiting) & set(noted), "what is acknowledged is not sent again under another name"
    for seq, chunk in story.acknowledged.items():
        if seq in noted:
            assert noted[seq] == chunk
        else:
            again = stored_as(waiting[seq], spool.read(SCR, waiting[seq]), SCR)
            assert again == chunk, "acknowledged: noted, or sent again as it was"
    for seq, made in story.added.items():
        if seq in story.dropped:
            assert seq not in waiting
        elif seq not in story.dropping:
            assert seq in waiting or seq in noted or seq in quarantined, f"chunk {seq} is lost"
        if seq in waiting:
            data = opened(spool.read(SCR, waiting[seq]), SCR)
            if data != made.data:
                assert seq in story.trimming
                assert data == truncate_fragment(made.data, keep_ms=700)
            init = opened_init(spool.read_init(SCR, waiting[seq].init), SCR)
            assert sha256(init) == waiting[seq].init
    extra = (set(waiting) | set(noted)) - set(story.added)
    assert len(extra) <= (story.adding is not None), "at most the chunk being written came through unheard"
    assert set(quarantined) <= story.quarantining

    used = max((*story.added, *extra), default=0)
    spool.open(INFO, WallTime(NOW + 20_000))
    after = spool.add(SCR, sealed(11))
    assert after.seq > used, "no number is used twice"
    holes = [i for i in spool.manifest(SCR).incidents if i.reason == ReasonCode.RECORDER_KILLED]  # type: ignore[union-attr]
    if story.closed:
        assert holes == []
    elif held is not None and held.open:
        ends = [chunk.window.limit for chunk in (*waiting.values(), *noted.values())]
        assert [hole.window.start for hole in holes] == [max(NOW, *ends) if ends else NOW]
        assert [hole.window.limit for hole in holes] == [after.start]
    spool.release()


def test_a_power_cut_at_every_step(tmp_path: Path) -> None:
    """All that a disk may hold after power was lost, at each step from a file to the sync of its directory."""
    home, story = tmp_path / "live", Story()
    fs = PowerFilesystem(home)
    cuts: dict[tuple[Any, ...], tuple[Tree, Story]] = {}
    steps = 0

    def look() -> None:
        nonlocal steps
        steps += 1
        for tree in fs.trees():
            key = (*sorted((name, None if c is None else sha256(c)) for name, c in tree.items()), repr(story))
            cuts.setdefault(key, (tree, story.copy()))

    home.mkdir()
    fs.step = look
    spool = open_spool(home, fs)
    story.play(spool)
    spool.release()
    live = {p.name for p in (home / "spool" / SCR).iterdir()}
    fs.step = lambda: None
    assert {Path(name).name for tree in fs.trees() for name in tree} >= live
    assert steps > 80
    assert len(cuts) > 80
    for number, (tree, then) in enumerate(cuts.values()):
        plant(tree, tmp_path / str(number))
        check(tmp_path / str(number), then)


def test_a_crash_in_the_middle_of_recovery_changes_nothing(tmp_path: Path) -> None:
    """Recovery itself dies at each of its changes, and is done over."""
    near_the_end = changes_of_the_story(tmp_path / "whole") - 8
    for at in range(1, 40):
        home = tmp_path / str(at)
        story, fs = Story(), CrashingFilesystem(at=near_the_end, when="before", power_loss=False)
        spool = open_spool(home, fs)
        with pytest.raises(Crashed):
            story.play(spool)
        spool.release()
        (home / "spool" / SCR / "rubbish").write_bytes(b"?")
        (home / "spool" / SCR / "00000077.part").write_bytes(b"?")
        dying = CrashingFilesystem(at=at, when="after", power_loss=False)
        try:
            open_spool(home, dying).release()
        except Crashed:
            pass
        else:
            assert at > 3
            check(home, story)
            return
        check(home, story)
    raise AssertionError("recovery never ended")


def test_the_end_of_a_recording_is_all_or_nothing(tmp_path: Path) -> None:
    for at in range(1, 60):
        home = tmp_path / str(at)
        spool = open_spool(home)
        Story().play(spool)
        spool.release()
        fs = CrashingFilesystem(at=at, when="after", power_loss=True)
        try:
            spool = open_spool(home, fs)
            spool.remove(SCR)
            spool.release()
            return
        except Crashed:
            spool.release()
            again = open_spool(home)
            there = [h.info.screen_recording_id for h in again.holdings(1)]
            if there:
                manifest = again.manifest(SCR)
                assert manifest is not None
                assert len(manifest.chunks) == 2
            assert not list((home / "spool").glob("*.gone"))
            again.release()
    raise AssertionError("the end never came")
