"""`deskreel recorder run` with its tray, against a scripted server and a real X display."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from recorder_rig import CREDENTIAL, ScriptedServer, identity_for, recording_id, serving
from tray_display import TrayHost

from deskreel.core.messages import AgentDesk, Keep, Phase, dump
from deskreel.core.policy import CapturePolicy, Notice
from deskreel.core.time import WallTime
from deskreel.demo.xvfb import XvfbDisplay
from deskreel.recorder.enrol import identity
from support.waiting import until

SCR = recording_id(1)


@pytest.fixture(scope="module")
def display() -> Iterator[XvfbDisplay]:
    with XvfbDisplay("1280x900") as made:
        yield made


@pytest.fixture
def host(display: XvfbDisplay) -> Iterator[TrayHost]:
    made = TrayHost(display.name)
    yield made
    made.close()


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with serving(ScriptedServer()) as made:
        yield made


async def start(display: XvfbDisplay, home: Path, *options: str) -> Process:
    env = {
        **display.environ,
        "DESKREEL_RECORDER_DIR": str(home),
        "QT_QPA_PLATFORM": "xcb",
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
    }
    env.pop("WAYLAND_DISPLAY", None)
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deskreel", "recorder", "run", *options), env=env
    )


async def wants(
    server: ScriptedServer, version: int, phase: Phase, begin: int | None, notice: Notice
) -> None:
    """The server's desired state, with a policy that the rig has none of."""
    keep: tuple[Keep, ...] = ()
    if begin is not None:
        keep = (Keep(screen_recording_id=SCR, windows=((WallTime(begin), None),), ended=False),)
    recording = SCR if phase in (Phase.RECORDING, Phase.ACW) else None
    await server.set(version=version - 1, phase=phase, recording=recording, origin=begin or 0, keep=keep)
    assert server.desired is not None
    server.desired = replace(
        server.desired,
        version=version,
        policy=CapturePolicy(notice=notice),
        agent=AgentDesk(name="Ada Lovelace", statuses=("Available", "Away"), status="Available"),
    )
    for one in server.sockets:
        await one.send_text(dump(server.desired))


async def test_a_recorder_with_its_tray_from_start_to_sigterm(
    display: XvfbDisplay, host: TrayHost, server: ScriptedServer, tmp_path: Path
) -> None:
    identity.save(tmp_path, identity_for(server.url))
    program = await start(display, tmp_path)
    try:
        await until(host.docked, "the icon is in the tray")
        await until(lambda: host.map_state(host.icons[-1]) == "viewable", "it is shown")
        await until(lambda: server.observed, "the recorder reports")
        host.click(*host.middle(host.icons[-1]))
        await wants(server, 2, Phase.IDLE, None, Notice.BANNER)
        await until(lambda: "Deskreel: Not recording" in host.titles(), "the window says idle")
        begin = server.clock()
        await wants(server, 4, Phase.RECORDING, begin, Notice.BANNER)
        await until(lambda: "Deskreel: Recording" in host.titles(), "the window says recording")
        await until(lambda: "Deskreel banner" in host.titles(), "the banner is there")
        await wants(server, 6, Phase.PAUSED, begin, Notice.NONE)
        await until(lambda: "Deskreel: Running" in host.titles(), "a notice of none says nothing")
        assert "Deskreel banner" not in host.titles()
        (tray,) = psutil.Process(program.pid).children()
        program.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(program.wait(), 20) == 0
        assert not tray.is_running()
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()
    log = tmp_path / "log" / "recorder.log"
    events = [json.loads(line)["event"] for line in log.read_text().splitlines()]
    assert {"recorder.started", "tray.started", "recorder.stopped"} <= set(events)
    assert "tray.hung" not in events
    assert CREDENTIAL not in log.read_text()


async def test_a_second_start_opens_the_window_of_the_first(
    display: XvfbDisplay, host: TrayHost, server: ScriptedServer, tmp_path: Path
) -> None:
    identity.save(tmp_path, identity_for(server.url))
    first = await start(display, tmp_path)
    try:
        await until(host.docked, "the icon is in the tray")
        await until((tmp_path / "window.sock").exists, "it listens")
        assert not [title for title in host.titles() if title.startswith("Deskreel: ")]
        second = await start(display, tmp_path)
        assert await asyncio.wait_for(second.wait(), 20) == 0
        await until(lambda: [t for t in host.titles() if t.startswith("Deskreel: ")], "the window is open")
        assert first.returncode is None
        third = await start(display, tmp_path, "--headless")  # asks for no window
        assert await asyncio.wait_for(third.wait(), 20) == 1
    finally:
        first.terminate()
        await first.wait()
    assert not (tmp_path / "window.sock").exists()


async def test_the_tray_ends_when_its_recorder_is_killed(
    display: XvfbDisplay, host: TrayHost, server: ScriptedServer, tmp_path: Path
) -> None:
    identity.save(tmp_path, identity_for(server.url))
    program = await start(display, tmp_path)
    await until(host.docked, "the icon is in the tray")
    (tray,) = psutil.Process(program.pid).children()
    os.kill(program.pid, signal.SIGKILL)
    await program.wait()
    await until(lambda: not tray.is_running(), "the tray is gone")


async def test_a_headless_recorder_loads_no_qt(
    display: XvfbDisplay, server: ScriptedServer, tmp_path: Path
) -> None:
    identity.save(tmp_path, identity_for(server.url))
    program = await start(display, tmp_path, "--headless")
    try:
        await until(lambda: server.observed, "the recorder reports")
        process = psutil.Process(program.pid)
        await until(lambda: not process.children(), "no tray; the probe for encoders ends")
        mapped = {Path(region.path).name for region in process.memory_maps()}
        assert any(name.startswith("libpython") or "python" in name for name in mapped)
        assert not [name for name in mapped if name.startswith("libQt6")]
    finally:
        program.terminate()
        await program.wait()
