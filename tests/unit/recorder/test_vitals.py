"""Vitals: what is measured becomes health, limits are applied when they change, reasons reach the timeline."""

from __future__ import annotations

from collections.abc import Sequence

from deskreel.recorder.adapt.health import Costs
from deskreel.recorder.adapt.values import Adaptation, Base, Limits, Rules
from deskreel.recorder.adapt.vitals import Frames, Uploads, Vitals
from deskreel.recorder.control.link import LinkQuality


class FakeSources:
    def __init__(self) -> None:
        self.frame = Frames()
        self.upload = Uploads(kbps=800, backlog_bytes=10, backlog_ms=1_000, eta_s=2, room_bytes=2**31)
        self.quality = LinkQuality(rtt_ms=20, jitter_ms=2, loss_percent=0)
        self.capturing = True
        self.limits: list[Limits] = []
        self.news: list[list[str]] = []

    def frames(self) -> Frames:
        return self.frame

    def uploads(self) -> Uploads:
        return self.upload

    def link(self) -> LinkQuality:
        return self.quality

    def base(self) -> tuple[Base, bool]:
        return Base(max_fps=5), self.capturing

    def live(self) -> bool:
        return False

    def limit(self, limits: Limits) -> None:
        self.limits.append(limits)

    def adapted(self, news: Sequence[Adaptation]) -> None:
        self.news.append([adaptation.text for adaptation in news])


class Rig:
    def __init__(self) -> None:
        self.sources = FakeSources()
        self.now_ms = 0.0
        self.machine_cpu = 20.0
        self.disk_free: int | None = 2**40
        self.looks = 0
        self.vitals = Vitals(
            self.sources, self.costs, rules=Rules(), now_ms=lambda: self.now_ms, changed=self.changed
        )

    def changed(self) -> None:
        self.looks += 1

    def costs(self) -> Costs:
        return Costs(
            cpu_percent=1.5,
            machine_cpu_percent=self.machine_cpu,
            rss_bytes=7,
            disk_free_bytes=self.disk_free,
        )

    def look(self, times: int = 1) -> None:
        for _ in range(times):
            self.vitals.look()
            self.now_ms += 5_000


def test_all_of_it_is_in_the_health() -> None:
    rig = Rig()
    rig.sources.frame = Frames(
        frames=3, frame_ms=(10, 20, 30), dropped_slots={"encoder_slow": 1}, encoder="x", encoder_why="y"
    )
    rig.look()
    health = rig.vitals.health
    assert (health.cpu_percent, health.machine_cpu_percent, health.rss_bytes) == (1.5, 20, 7)
    assert health.disk_free_bytes == 2**40
    assert (health.encoder, health.encoder_why, health.fps_limit) == ("x", "y", 5)
    assert (health.frames, health.frame_ms_p50, health.frame_ms_p95) == (3, 20, 29)
    assert health.dropped_slots == {"encoder_slow": 1}
    assert (health.rtt_ms, health.jitter_ms, health.loss_percent) == (20, 2, 0)
    assert (health.upload_kbps, health.oldest_backlog_ms, health.backlog_eta_s) == (800, 1_000, 2)
    assert health.adaptations == ()
    assert rig.looks == 1


def test_limits_are_applied_once_and_reasons_told_once() -> None:
    rig = Rig()
    rig.look(3)
    assert [limits.max_fps for limits in rig.sources.limits] == [5]
    rig.machine_cpu = 95.0
    rig.look(2)
    assert [limits.max_fps for limits in rig.sources.limits] == [5, 3]
    assert rig.sources.news == [["3 frames per second: machine CPU 95 %, limit 80 %"]]
    assert rig.vitals.health.adaptations[0] == "3 frames per second: machine CPU 95 %, limit 80 %"
    assert rig.vitals.health.fps_limit == 3
    rig.machine_cpu = 75.0  # neither over nor calm: all stays
    rig.look(20)
    assert len(rig.sources.limits) == 2
    assert len(rig.sources.news) == 1
    rig.machine_cpu = 20.0
    rig.look(20)
    assert [limits.max_fps for limits in rig.sources.limits] == [5, 3, 5]
    assert rig.sources.news[-1] == []


def test_only_frames_since_the_last_look_count() -> None:
    rig = Rig()
    slow = tuple([190.0] * 20)
    rig.sources.frame = Frames(frames=20, frame_ms=slow)
    rig.look()
    rig.sources.frame = Frames(frames=40, frame_ms=slow)
    rig.look()
    assert rig.sources.limits[-1].max_fps == 3
    rig.look(20)  # the screen stands still: what was slow is long ago
    assert rig.sources.limits[-1].max_fps == 5
    assert rig.vitals.health.frame_ms_p95 == 190, "still told"


def test_the_disk_counts_when_it_has_less_room_than_the_spool() -> None:
    rig = Rig()
    rig.disk_free = 2**20
    rig.look(2)
    assert rig.vitals.health.adaptations[0] == (
        "3 frames per second: room for 1 MB of recordings, limit 512 MB"
    )


def test_link_trouble_is_not_told_on_the_timeline() -> None:
    rig = Rig()
    rig.sources.quality = LinkQuality(rtt_ms=20, jitter_ms=900, loss_percent=0)
    rig.look(5)
    assert rig.vitals.health.adaptations == (
        "no live view: jitter 900 ms, limit 400 ms",
        "backlog at 400 kbit/s: jitter 900 ms, limit 400 ms",
    )
    assert rig.sources.news == []
    rig.sources.capturing = False
    rig.look()
    assert rig.sources.limits[-1].upload_kbps is None, "no call to protect"
