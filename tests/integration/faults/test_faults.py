"""What goes wrong in real life, done to real processes: nothing is lost that could be kept, nothing paused is shown,
and every missing second has its reason."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from deskreel.testing.clock_window import decode_clock
from support.postgres import TestPostgres
from support.server import wall_ms
from support.waiting import eventually
from support.world import World, cli, missing

CHUNK_MS = 2_000


@pytest.fixture
async def world(tmp_path: Path, postgres: TestPostgres) -> AsyncIterator[World]:
    async with World(tmp_path / "world", postgres.fresh()) as made:
        yield made


async def begin(world: World, at: int) -> None:
    await world.telephony.say("call.answered", at)
    await world.telephony.say("recording.started", at)


async def end(world: World, at: int) -> None:
    await world.telephony.say("call.ended", at)
    await world.telephony.say("agent.status", wall_ms(), call=None, status="available")


async def clocks_in_export(world: World, details: dict[str, Any], path: Path) -> list[int]:
    """Every instant of the screen's clock that the exported MP4 shows."""
    await asyncio.to_thread(cli, world.server_env, "export", details["id"], "-o", str(path))
    with av.open(str(path)) as container:
        shown = [
            decode_clock(np.asarray(frame.to_ndarray(format="gray"), np.uint8))
            for frame in container.decode(video=0)
        ]
    return [clock for clock in shown if clock is not None]


async def test_a_recorder_killed_in_mid_call_loses_only_what_it_was_writing(world: World) -> None:
    start = wall_ms()
    await begin(world, start)
    await world.stored_until(start + 2500)
    killed = wall_ms()
    world.kill(world.recorder)
    world.recorder = world.start_recorder()
    await world.recorder_online()
    back = wall_ms()
    await world.stored_until(back + 1000)
    finish = wall_ms()
    await end(world, finish)
    details = await world.available()
    holes = [hole for hole in missing(details, start) if hole[2] != "start_delay"]
    assert [reason for _, _, reason in holes] == ["recorder_killed"], missing(details, start)
    hole = holes[0]
    assert hole[0] >= killed - start - CHUNK_MS - 700
    assert hole[1] <= back - start + 2000
    assert await world.check() == []


async def test_a_server_killed_and_restarted_in_mid_call_costs_no_second(world: World) -> None:
    start = wall_ms()
    await begin(world, start)
    await world.stored_until(start + 500)
    world.kill(world.server)
    away = wall_ms()

    async def long_enough() -> bool:
        return wall_ms() - away > 3000

    await eventually("3 s without a server", long_enough)
    world.server = world.start_server()
    await world.healthy()
    await world.recorder_online()
    await end(world, wall_ms())
    details = await world.available()
    assert [hole for hole in missing(details, start) if hole[2] != "start_delay"] == []
    assert await world.check() == []


async def test_a_pause_during_a_server_outage_is_cut_before_it_leaves_the_desktop(
    world: World, tmp_path: Path
) -> None:
    """Nobody could tell the recorder to pause; it must not have sent anything of that time when it learns of it."""
    start = wall_ms()
    await begin(world, start)
    await world.stored_until(start + 500)
    world.kill(world.server)
    paused = wall_ms() + 300

    async def over() -> bool:
        return wall_ms() > paused + 2500

    await eventually("the pause", over)
    resumed = wall_ms()
    world.server = world.start_server()
    await world.healthy()
    await world.telephony.say("recording.paused", paused)
    await world.telephony.say("recording.resumed", resumed)
    await world.recorder_online()
    await world.stored_until(wall_ms())
    await end(world, wall_ms())
    details = await world.available()
    assert "paused" in {s["state"] for s in details["screen_recordings"][0]["spans"]}
    clocks = await clocks_in_export(world, details, tmp_path / "call.mp4")
    assert clocks
    assert not [c for c in clocks if paused + 20 <= c < resumed - 20]
    assert await world.check() == []


async def test_a_recorder_started_before_its_server_waits_for_it(world: World) -> None:
    world.server.stop()
    world.recorder.stop()
    world.recorder = world.start_recorder()
    world.server = world.start_server()
    await world.healthy()
    await world.recorder_online()
    start = wall_ms()
    await begin(world, start)
    await world.stored_until(start + 500)
    await end(world, wall_ms())
    details = await world.available()
    assert details["screen_recordings"][0]["coverage"] > 0.7


@pytest.mark.timeout(360)
async def test_a_gateway_that_is_away_costs_no_second(tmp_path: Path, postgres: TestPostgres) -> None:
    from support.server import free_port

    listen = f"127.0.0.1:{free_port()}"
    settings = {"DESKREEL_GATEWAY_URL": f"http://{listen}"}
    async with World(tmp_path / "world", postgres.fresh(), settings) as world:
        world.server_env["DESKREEL_LISTEN"] = listen
        gateway = world.start_server("--only", "gateway")
        start = wall_ms()
        await begin(world, start)
        await world.stored_until(start + 500)
        world.kill(gateway)
        gone = wall_ms()
        await eventually("a minute of chunks that wait", lambda: _backlog(world, gone + 60_000), timeout_s=90)
        world.start_server("--only", "gateway")
        await end(world, wall_ms())
        details = await world.available()
        assert [hole for hole in missing(details, start) if hole[2] != "start_delay"] == []
        world.server_env["DESKREEL_LISTEN"] = world.listen
        assert await world.check() == []


async def _backlog(world: World, until_ms: int) -> bool:
    """Chunks wait on the desktop, and the gateway has been away until `until_ms`."""
    waiting = sum(item["chunks"] for item in (await world.observed()).get("backlog", []))
    return waiting >= 4 and wall_ms() >= until_ms


def xvfb_again(number: str) -> subprocess.Popen[bytes]:
    """The X server comes back under the same name, as after a new sign-in."""
    command = ["Xvfb", number, "-screen", "0", "1920x1080x24", "-nolisten", "tcp"]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


async def test_a_display_that_goes_away_in_mid_capture_is_a_hole_with_a_reason(world: World) -> None:
    start = wall_ms()
    await begin(world, start)
    await world.stored_until(start + 500)
    os.kill(world.display.pid, signal.SIGKILL)

    async def noticed() -> bool:
        return (await world.observed()).get("problem") == "no_display"

    await eventually("notice", noticed)
    again = xvfb_again(world.display.name)
    try:

        async def recovered() -> bool:
            return (await world.observed()).get("problem") is None

        await eventually("recovery", recovered)
        back = wall_ms()
        await world.stored_until(back + 500)
        await end(world, wall_ms())
        details = await world.available()
    finally:
        again.terminate()
        again.wait()
    holes = [hole for hole in missing(details, start) if hole[2] != "start_delay"]
    assert [reason for _, _, reason in holes] == ["no_display"], missing(details, start)
    assert await world.check() == []


async def test_without_a_display_the_coverage_says_so(world: World) -> None:
    world.recorder.stop()
    real, world.display._name = world.display.name, ":987"
    world.recorder = world.start_recorder()
    world.display._name = real
    await world.recorder_online()
    start = wall_ms()
    await begin(world, start)

    async def noticed() -> bool:
        return (await world.observed()).get("problem") == "no_display"

    await eventually("notice", noticed)
    await end(world, wall_ms())
    details = await world.available()
    recording = details["screen_recordings"][0]
    assert recording["coverage"] == 0
    assert {s["reason"] for s in recording["spans"] if s["state"] == "missing"} == {"no_display"}


def fill(path: Path) -> None:
    """Somebody else fills the disk."""
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


@contextmanager
def small_disk(path: Path, size: str) -> Iterator[None]:
    """A file system of its own that can really be full."""
    path.mkdir(parents=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)], check=False)
    if done.returncode != 0:
        pytest.skip("mounting a small file system needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
async def test_a_full_disk_is_a_hole_with_a_reason_and_capture_goes_on(
    tmp_path: Path, postgres: TestPostgres
) -> None:
    with small_disk(tmp_path / "world" / "recorder", "16m"):
        await _fill_the_disk(World(tmp_path / "world", postgres.fresh()))


async def _fill_the_disk(made: World) -> None:
    async with made as world:
        ballast = world.recorder_dir / "ballast"
        start = wall_ms()
        await begin(world, start)
        await world.stored_until(start + 500)
        fill(ballast)

        async def noticed() -> bool:
            return (await world.observed()).get("problem") == "disk_full"

        await eventually("notice", noticed, timeout_s=30)
        ballast.unlink()

        async def recovered() -> bool:
            return (await world.observed()).get("problem") is None

        await eventually("recovery", recovered, timeout_s=30)
        back = wall_ms()
        await world.stored_until(back + 500)
        await end(world, wall_ms())
        details = await world.available()
        holes = [hole for hole in missing(details, start) if hole[2] != "start_delay"]
        assert {reason for _, _, reason in holes} == {"disk_full"}, missing(details, start)
        assert await world.check() == []


# --- errors that a person sees at once ----------------------------------------------------------------------


async def test_an_address_in_use_is_a_clear_error(world: World) -> None:
    done = await asyncio.to_thread(cli, world.server_env, "serve", check=False)
    assert done.returncode == 1
    assert "port_in_use" in done.stderr
    assert "DESKREEL_LISTEN" in done.stderr


def test_a_data_directory_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = cli({"DESKREEL_DATA_DIR": str(tmp_path / "file" / "data")}, "serve", check=False)
    assert done.returncode == 1
    assert "data_dir_not_writable" in done.stderr


def test_an_unknown_setting_is_a_clear_error(tmp_path: Path) -> None:
    env = {"DESKREEL_DATA_DIR": str(tmp_path), "DESKREEL_DATABSE_URL": "typo"}
    done = cli(env, "check", check=False)
    assert done.returncode == 1
    assert "DESKREEL_DATABSE_URL" in done.stderr


def test_a_recorder_that_is_not_enrolled_says_how(tmp_path: Path) -> None:
    done = cli({"DESKREEL_RECORDER_DIR": str(tmp_path)}, "recorder", "run", "--headless", check=False)
    assert done.returncode == 1
    assert "not_enrolled" in done.stderr
    assert "deskreel recorder enroll" in done.stderr


async def test_two_recorders_on_one_spool_the_second_refuses(world: World) -> None:
    done = await asyncio.to_thread(cli, world.recorder_env, "recorder", "run", "--headless", check=False)
    assert done.returncode == 1
    assert "spool_locked" in done.stderr


def test_a_database_that_is_away_is_a_clear_error(tmp_path: Path) -> None:
    env = {
        "DESKREEL_DATA_DIR": str(tmp_path),
        "DESKREEL_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    }
    done = cli(env, "check", check=False)
    assert done.returncode == 1
    assert "database_unavailable" in done.stderr
