"""The spool on a real disk: limits, full disks, damage, and who owns it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from crash_fs import FullFilesystem, ReadOnlyFilesystem
from recorder_rig import INIT, NOW, REGION, opened, opened_init, recording_id, sealed, stored_as

from deskreel.core.chunk import ChunkMeta, Manifest, Mark, MarkKind
from deskreel.core.errors import SettingsError, SpoolFullError, SpoolLockedError
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime, Window
from deskreel.recorder.files import Filesystem
from deskreel.recorder.spool.checked import DamagedChunkError
from deskreel.recorder.spool.info import RecordingInfo
from deskreel.recorder.spool.spool import NoRegionKeyError, Spool
from deskreel.recorder.spool.spooled import SpooledChunk
from deskreel.storage.region_key import RegionKeys
from deskreel.storage.sealed import open_chunk

SCR, OTHER = recording_id(1), recording_id(2)
INFO = RecordingInfo(
    screen_recording_id=SCR, origin=NOW, gateway_url="http://gateway", region_key=REGION.newest.text
)


def open_spool(home: Path, *, max_bytes: int = 10**9, fs: Filesystem | None = None) -> Spool:
    return Spool(home / "spool", home / "quarantine", max_bytes=max_bytes, fs=fs)


def acknowledge(spool: Spool, chunk: SpooledChunk) -> ChunkMeta:
    """As after the gateway's answer."""
    stored = stored_as(chunk, spool.read(SCR, chunk), SCR)
    spool.acknowledge(SCR, chunk, stored)
    return stored


def chunks(spool: Spool) -> tuple[SpooledChunk, ...]:
    return next(h.chunks for h in spool.holdings(1000) if h.info.screen_recording_id == SCR)


def manifest(spool: Spool) -> Manifest:
    made = spool.manifest(SCR)
    assert made is not None
    return made


def test_one_recorder_at_a_time(tmp_path: Path) -> None:
    first = open_spool(tmp_path)
    with pytest.raises(SpoolLockedError):
        open_spool(tmp_path)
    first.release()
    open_spool(tmp_path).release()


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file")
    with pytest.raises(SettingsError):
        open_spool(tmp_path)


def test_chunks_come_back_as_they_were(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    spool.open(INFO, NOW)
    made = [spool.add(SCR, sealed(n, keyframe=n % 2 == 0)) for n in range(5)]
    spool.release()
    again = open_spool(tmp_path)
    (holding,) = again.holdings(3)
    assert holding.info == INFO
    assert holding.open
    assert holding.chunks == tuple(made[:3])
    assert (holding.count, holding.bytes) == (5, sum(chunk.size for chunk in made))
    assert opened(again.read(SCR, made[4]), SCR) == sealed(4).data
    assert opened_init(again.read_init(SCR, made[0].init), SCR) == INIT
    again.release()


def test_the_size_limit_drops_the_newest_and_says_so(tmp_path: Path) -> None:
    spool = open_spool(tmp_path / "other")
    spool.open(INFO, NOW)
    size = spool.add(SCR, sealed(0)).size
    spool.release()
    spool = open_spool(tmp_path, max_bytes=3 * size)
    spool.open(INFO, NOW)
    first = [spool.add(SCR, sealed(n)) for n in range(3)]
    for n in (3, 4):
        with pytest.raises(SpoolFullError):
            spool.add(SCR, sealed(n))
    for chunk in first[:2]:
        acknowledge(spool, chunk)
    with pytest.raises(SpoolFullError) as undecodable:
        spool.add(SCR, sealed(5, keyframe=False))
    assert undecodable.value.extra["undecodable"]
    spool.add(SCR, sealed(6))
    spool.add(SCR, sealed(7, keyframe=False))
    assert [chunk.start for chunk in chunks(spool)] == [NOW + 4000, NOW + 12_000, NOW + 14_000]
    (incident,) = manifest(spool).incidents
    assert incident.reason == ReasonCode.DISK_FULL
    assert incident.window == Window(WallTime(NOW + 6000), WallTime(NOW + 12_000))
    spool.release()


def test_a_full_disk_costs_the_chunks_of_that_time_and_no_other(tmp_path: Path) -> None:
    fs = FullFilesystem()
    spool = open_spool(tmp_path, fs=fs)
    spool.open(INFO, NOW)
    spool.add(SCR, sealed(0))
    fs.full = True
    for n in (1, 2):
        with pytest.raises(SpoolFullError, match="No space"):
            spool.add(SCR, sealed(n))
    fs.full = False
    spool.add(SCR, sealed(3))
    assert fs.refused >= 2
    assert [chunk.seq for chunk in chunks(spool)] == [1, 2]
    (incident,) = manifest(spool).incidents
    assert incident.window == Window(WallTime(NOW + 2000), WallTime(NOW + 6000))
    assert not list(tmp_path.glob("**/*.part"))
    spool.release()


def test_capture_begins_even_on_a_full_disk(tmp_path: Path) -> None:
    fs = FullFilesystem()
    spool = open_spool(tmp_path, fs=fs)
    fs.full = True
    spool.open(INFO, NOW)
    with pytest.raises(SpoolFullError):
        spool.add(SCR, sealed(0))
    fs.full = False
    spool.add(SCR, sealed(1))
    spool.release()
    again = open_spool(tmp_path)
    assert again.holdings(1)[0].open
    assert [i.reason for i in manifest(again).incidents] == [ReasonCode.DISK_FULL]
    again.release()


def test_a_full_disk_can_still_be_emptied(tmp_path: Path) -> None:
    """The ledger must be written before a chunk is removed: the ballast makes room for it."""
    fs = FullFilesystem()
    spool = open_spool(tmp_path, fs=fs)
    spool.open(INFO, NOW)
    chunk = spool.add(SCR, sealed(0))
    assert (tmp_path / "spool" / ".ballast").exists()
    fs.full = fs.appends_fail = True
    stored = acknowledge(spool, chunk)
    assert fs.refused == 1
    assert chunks(spool) == ()
    assert manifest(spool).chunks == (stored,)
    assert not (tmp_path / "spool" / ".ballast").exists()
    fs.full = False
    spool.add(SCR, sealed(1))
    assert (tmp_path / "spool" / ".ballast").exists()
    spool.release()


def test_a_disk_that_becomes_read_only_costs_the_chunks_of_that_time_and_no_other(tmp_path: Path) -> None:
    fs = ReadOnlyFilesystem()
    spool = open_spool(tmp_path, fs=fs)
    spool.open(INFO, NOW)
    one, two = spool.add(SCR, sealed(0)), spool.add(SCR, sealed(1))
    acknowledge(spool, one)
    fs.read_only = True
    with pytest.raises(SpoolFullError, match="Read-only"):
        spool.add(SCR, sealed(2))
    with pytest.raises(OSError, match="Read-only"):
        acknowledge(spool, two)
    with pytest.raises(OSError, match="Read-only"):
        spool.close(SCR, WallTime(NOW + 6000))
    assert chunks(spool) == (two,), "it is sent again, for nobody noted that it arrived"
    assert fs.refused >= 3
    fs.read_only = False
    three = spool.add(SCR, sealed(3))
    stored = acknowledge(spool, two)
    spool.close(SCR, WallTime(NOW + 8000))
    spool.release()
    again = open_spool(tmp_path)
    assert chunks(again) == (three,)
    assert manifest(again).chunks[1] == stored
    (incident,) = manifest(again).incidents
    assert incident.window == Window(WallTime(NOW + 4000), WallTime(NOW + 6000))
    again.release()


def test_a_disk_that_is_read_only_from_the_start_is_a_clear_error(tmp_path: Path) -> None:
    fs = ReadOnlyFilesystem()
    fs.read_only = True
    with pytest.raises(SettingsError, match="Read-only"):
        open_spool(tmp_path, fs=fs)
    open_spool(tmp_path).release()


def test_nothing_is_kept_unsealed(tmp_path: Path) -> None:
    for region_key in ("", "no key"):
        spool = open_spool(tmp_path)
        spool.open(replace(INFO, region_key=region_key), NOW)
        with pytest.raises(NoRegionKeyError):
            spool.add(SCR, sealed(0))
        assert not [path for path in tmp_path.rglob("*") if path.suffix in {".ready", ".sealed"}]
        spool.open(INFO, NOW)
        spool.add(SCR, sealed(1))
        (incident,) = manifest(spool).incidents
        assert incident.reason == ReasonCode.NOT_SEALED
        assert incident.window == Window(NOW, WallTime(NOW + 2000))
        spool.remove(SCR)
        spool.release()


def test_a_new_region_key_in_mid_recording(tmp_path: Path) -> None:
    other = RegionKeys.generate()
    spool = open_spool(tmp_path)
    spool.open(INFO, NOW)
    old = spool.add(SCR, sealed(0))
    spool.open(replace(INFO, region_key=other.newest.text), NOW)
    new = spool.add(SCR, sealed(1))
    assert opened(spool.read(SCR, old), SCR) == sealed(0).data
    assert open_chunk(spool.read(SCR, new), SCR, other).fragment == sealed(1).data
    spool.release()


def test_a_secret_for_each_recording_and_each_run(tmp_path: Path) -> None:
    wrapped = []
    for _ in range(2):
        spool = open_spool(tmp_path)
        for recording in (SCR, OTHER):
            spool.open(replace(INFO, screen_recording_id=recording), NOW)
            pair = [spool.read(recording, spool.add(recording, sealed(n)))[24:104] for n in range(2)]
            assert pair[0] == pair[1], "one secret in one run"
            wrapped.append(pair[0])
        spool.release()
    assert len(set(wrapped)) == 4


def test_what_waits_too_long_is_given_up_the_oldest_first_and_noted(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    spool.open(INFO, NOW)
    made = [spool.add(SCR, sealed(n)) for n in range(5)]
    assert spool.expire(WallTime(NOW + 2000), ()) == 0, "the first one ends at that moment"
    assert spool.expire(WallTime(NOW + 6001), {(SCR, 2)}) == 2
    assert chunks(spool) == (made[1], made[3], made[4])
    spool.release()
    again = open_spool(tmp_path)
    assert chunks(again) == (made[1], made[3], made[4])
    assert [(i.reason, i.window.start) for i in manifest(again).incidents] == [
        (ReasonCode.SPOOL_EXPIRED, NOW),
        (ReasonCode.SPOOL_EXPIRED, NOW + 4000),
    ]
    again.open(INFO, WallTime(NOW + 10_000))
    assert again.add(SCR, sealed(7)).seq == 6
    again.release()


def test_times_that_go_back_and_forth_keep_their_order_of_capture(tmp_path: Path) -> None:
    """The server's clock was set an hour ahead and back: numbers rise, nothing overwrites anything."""
    hour = 3_600_000
    spool = open_spool(tmp_path)
    spool.open(INFO, NOW)
    starts = [NOW, NOW + 2000, NOW + hour, NOW + hour + 2000, NOW + 8000, NOW + 8000 - hour]
    for start in starts:
        spool.add(SCR, replace(sealed(0), start_ms=WallTime(start)))
    spool.release()
    again = open_spool(tmp_path)
    assert [(c.seq, c.start) for c in chunks(again)] == list(enumerate(starts, start=1))
    again.close(SCR, WallTime(NOW + 9000))
    assert manifest(again).incidents == (), "a clock that was set is no crash"
    again.release()


def test_marks_are_kept(tmp_path: Path) -> None:
    marks = [
        Mark(at=WallTime(NOW + n), kind=MarkKind.MONITOR, detail={"name": f"DP-{n}", "x": -n})
        for n in range(3)
    ]
    spool = open_spool(tmp_path)
    spool.open(INFO, NOW)
    spool.add(SCR, sealed(0))
    for mark in reversed(marks):
        spool.mark(SCR, mark)
    spool.release()
    again = open_spool(tmp_path)
    assert manifest(again).marks == tuple(marks)
    again.release()


def test_strange_files_go_to_the_quarantine_with_a_reason(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    spool.open(INFO, NOW)
    chunk = spool.add(SCR, sealed(0))
    spool.release()
    directory = tmp_path / "spool" / SCR
    (directory / "00000009-1-0-k-x-y.ready").write_bytes(b"?")
    (directory / "core.1234").write_bytes(b"?")
    (tmp_path / "spool" / "not-a-recording").mkdir()
    again = open_spool(tmp_path)
    assert chunks(again) == (chunk,)
    aside = {path.name for path in (tmp_path / "quarantine").rglob("*")}
    assert {"00000009-1-0-k-x-y.ready", "core.1234", "not-a-recording"} <= aside
    note = json.loads((tmp_path / "quarantine" / SCR / "core.1234.reason.json").read_text())
    assert "name" in note["reason"]
    again.release()


def test_damaged_bytes_are_noticed_before_they_are_sent(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    spool.open(INFO, NOW)
    chunk = spool.add(SCR, sealed(0))
    (path,) = (tmp_path / "spool" / SCR).glob("*.ready")
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(DamagedChunkError):
        spool.read(SCR, chunk)
    path.unlink()
    with pytest.raises(DamagedChunkError):
        spool.read(SCR, chunk)
    spool.release()


@pytest.mark.parametrize("file", ["recording.json", "open", "ledger.jsonl"])
def test_a_damaged_side_file_costs_no_chunk(tmp_path: Path, file: str) -> None:
    spool = open_spool(tmp_path)
    spool.open(INFO, NOW)
    one, two = spool.add(SCR, sealed(0)), spool.add(SCR, sealed(1))
    acknowledge(spool, one)
    spool.release()
    (tmp_path / "spool" / SCR / file).write_bytes(b"\x00\x00\x00")
    again = open_spool(tmp_path)
    assert chunks(again) == (two,)
    assert again.holdings(1)[0].open
    again.open(INFO, WallTime(NOW + 9000))
    assert again.add(SCR, sealed(5)).seq == 3
    again.release()


def test_a_recorder_killed_in_a_call_that_never_goes_on(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    spool.open(INFO, NOW)
    spool.add(SCR, sealed(0))
    spool.release()
    again = open_spool(tmp_path)
    again.close(SCR, WallTime(NOW + 5000))
    assert not again.holdings(1)[0].open
    (incident,) = manifest(again).incidents
    assert incident.reason == ReasonCode.RECORDER_KILLED
    assert incident.window == Window(WallTime(NOW + 2000), WallTime(NOW + 5000))
    again.release()


def test_an_unwanted_recording_is_put_aside_as_a_whole(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    spool.open(INFO, NOW)
    spool.add(SCR, sealed(0))
    spool.quarantine_recording(SCR, "not_found")
    assert spool.holdings(1) == ()
    assert len(list((tmp_path / "quarantine" / SCR).glob("*.ready"))) == 1
    spool.release()
