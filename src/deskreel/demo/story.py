"""`deskreel demo`: a real screen is recorded during a simulated call, and can be reviewed a moment later.

Server, recorder and desktop are programs of their own, started as an operator would; the demo then plays the
telephony, looks at the result as a reviewer, and measures what it promises.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console
from rich.prompt import Confirm

from deskreel.core.errors import NoDisplayError
from deskreel.core.events import EventKind
from deskreel.demo.client import Reviewer, wait_for
from deskreel.demo.figures import Summary, frames_within
from deskreel.demo.processes import ProcessFailedError, Program, free_address
from deskreel.demo.report import Usage, show
from deskreel.demo.speech import make_call_audio
from deskreel.demo.xvfb import XvfbDisplay
from deskreel.media.frame_times import frame_times_ms
from deskreel.recorder.enrol.enrol import enrol
from deskreel.recorder.screen.x11 import X11Screen
from deskreel.recorder.settings import load_settings as load_recorder_settings
from deskreel.server import admin
from deskreel.server.context import system_clock
from deskreel.server.settings import ServerSettings, load_settings
from deskreel.telephony.play import play_call
from deskreel.telephony.simulator import Cue, ScriptedCall

AGENT = "demo-agent"
EMAIL = "admin@deskreel.example"
PAUSE_AFTER_S, PAUSE_S, ACW_S = 10.0, 4.0, 5.0
SHORTEST_S = 16.0

console = Console(highlight=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where the demo takes place."""

    settings: ServerSettings
    out_dir: Path
    display: str
    desktop: Program | None  # None on the real display, which its owner uses
    recorder: Program
    reviewer: Reviewer
    password: str


async def run(*, once: bool, yes: bool, out_dir: Path, seconds: float) -> int:
    """The whole demo, into the absolute path `out_dir`; gives the exit code."""
    seconds = max(seconds, SHORTEST_S)
    out_dir.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - nothing else runs yet
    with ExitStack() as stack:
        stage = await _set_up(stack, out_dir, yes=yes, seconds=seconds)
        try:
            summary = await _call(stage, seconds)
            show(summary, f"{EMAIL} / {stage.password}", console)
            if not once:
                console.print("\nServing until Ctrl-C.")
                with contextlib.suppress(asyncio.CancelledError, KeyboardInterrupt):
                    await asyncio.Event().wait()
        except httpx2.HTTPError as error:
            raise ProcessFailedError(
                f"the server does not answer ({error!r}): see {out_dir}/server.log"
            ) from error
        finally:
            await stage.reviewer.close()
    return 0


# --- the stage ----------------------------------------------------------------------------------------------


async def _set_up(stack: ExitStack, out_dir: Path, *, yes: bool, seconds: float) -> Stage:
    listen = free_address(8321)
    server_env = {
        "DESKREEL_DATA_DIR": str(out_dir / "data"),
        "DESKREEL_LISTEN": listen,
        "DESKREEL_PUBLIC_URL": f"http://{listen}",
    }
    settings = load_settings(data_dir=out_dir / "data", listen=listen, public_url=f"http://{listen}")
    with console.status("starting the server with its embedded PostgreSQL"):
        server = Program("server", ["deskreel", "serve"], env=server_env, log_dir=out_dir)
        stack.callback(server.stop)
        reviewer = Reviewer(settings.base_url)

        async def up() -> bool:
            server.require_running()
            return await reviewer.healthy()

        await wait_for("the server", up, timeout_s=60)
    console.print(f"[green]✓[/] server, gateway and worker at {settings.base_url}")
    display, desktop = _desktop(stack, out_dir, yes=yes, seconds=seconds)
    await admin.record_everybody(settings)
    password = secrets.token_urlsafe(9)
    await admin.add_user(
        email=EMAIL, name="Demo admin", role="admin", password=password, reset=True, settings=settings
    )
    await reviewer.sign_in(EMAIL, password)
    recorder = await _recorder(stack, settings, out_dir, display, reviewer)
    return Stage(
        settings=settings,
        out_dir=out_dir,
        display=display,
        desktop=desktop,
        recorder=recorder,
        reviewer=reviewer,
        password=password,
    )


def _desktop(stack: ExitStack, out_dir: Path, *, yes: bool, seconds: float) -> tuple[str, Program | None]:
    """The real display if there is one and its owner agrees, else a virtual one with a scripted desktop."""
    real = os.environ.get("DISPLAY")
    if real and _reachable(real) and _agreed(real, yes=yes):
        console.print(f"[green]✓[/] your own screen {real} is recorded during the call")
        return real, None
    with console.status("starting a virtual desktop"):
        display = XvfbDisplay()
        display.start()
        stack.callback(display.stop)
        card = f"{PAUSE_AFTER_S:g}-{PAUSE_AFTER_S + PAUSE_S:g}"
        options = f"--call-seconds {seconds:g} --card {card} --acw {ACW_S:g}"
        desktop = Program(
            "desktop",
            ["deskreel.demo.desktop", *options.split()],
            env={"DISPLAY": display.name, "QT_QPA_PLATFORM": "xcb"},
            log_dir=out_dir,
            talks=True,
        )
        stack.callback(desktop.stop)
        while desktop.read_line() != "ready":
            pass
    console.print(f"[green]✓[/] a virtual desktop on {display.name} with a service desk in real use")
    return display.name, desktop


def _reachable(display: str) -> bool:
    try:
        X11Screen(display).close()
    except NoDisplayError:
        return False
    return True


def _agreed(display: str, *, yes: bool) -> bool:
    """With no terminal to ask on, the real display is left alone."""
    if yes:
        return True
    if not sys.stdin.isatty():
        return False
    return Confirm.ask(f"Record your screen {display} for about half a minute?", default=False)


async def _recorder(
    stack: ExitStack, settings: ServerSettings, out_dir: Path, display: str, reviewer: Reviewer
) -> Program:
    home = out_dir / "recorder"
    shutil.rmtree(home, ignore_errors=True)
    with console.status("enrolling the recorder"):
        token = await admin.recorder_token(AGENT, settings)
        await asyncio.to_thread(enrol, settings.base_url, token, settings=load_recorder_settings(dir=home))
        env = {"DESKREEL_RECORDER_DIR": str(home), "DISPLAY": display}
        recorder = Program(
            "recorder", ["deskreel", "recorder", "run", "--headless"], env=env, log_dir=out_dir
        )
        stack.callback(recorder.stop)

        async def connected() -> bool:
            recorder.require_running()
            return await reviewer.recorder_online(AGENT)

        await wait_for("the recorder", connected, timeout_s=30)
    console.print("[green]✓[/] the recorder is enrolled and connected, as a process of its own")
    return recorder


# --- the call -----------------------------------------------------------------------------------------------

_SAYS = {
    EventKind.CALL_ANSWERED: "the call is answered",
    EventKind.RECORDING_STARTED: "its recording starts, and so does the screen's",
    EventKind.RECORDING_PAUSED: "paused: a card number is on the screen",
    EventKind.RECORDING_RESUMED: "resumed",
    EventKind.CALL_ENDED: "the call ends, After Call Work begins",
}


async def _call(stage: Stage, seconds: float) -> Summary:
    pause = (PAUSE_AFTER_S, PAUSE_AFTER_S + PAUSE_S)
    call = ScriptedCall(
        agent=AGENT,
        call_id=f"demo-{secrets.token_hex(6)}",
        seconds=seconds,
        pause=pause,
        acw=ACW_S,
        attributes={"direction": "inbound", "caller": "+15550142", "callee": "+15550199", "queue": "Service"},
    )
    with tempfile.TemporaryDirectory(prefix="deskreel-demo-") as folder:
        audio = Path(folder) / "call.wav"
        await asyncio.to_thread(make_call_audio, audio, seconds, pause)
        secret = await admin.simulator_secret(stage.settings)
        usage = Usage(stage.recorder.process.pid)
        over = asyncio.Event()
        watching = asyncio.create_task(_until_playable(stage, call.call_id, over))

        def on_cue(cue: Cue) -> None:
            if cue.kind in _SAYS:
                console.print(f"  [dim]{cue.at_s:5.1f} s[/]  {_SAYS[cue.kind]}")
            if cue.kind is EventKind.CALL_ENDED:
                over.set()
                usage.stop()
            _tell_desktop(stage.desktop, cue)

        answered_at = await play_call(
            stage.settings.base_url, admin.SIMULATOR, secret, call, audio=audio, on_cue=on_cue
        )
    console.print(f"  [dim]{seconds + ACW_S:5.1f} s[/]  After Call Work ends")
    call_end = answered_at + round(seconds * 1000)
    interaction_id, playable_at = await watching
    with console.status("finishing the recording"):
        details = await wait_for(
            "the finished recording", lambda: _available(stage.reviewer, interaction_id), timeout_s=60
        )
        mp4 = stage.out_dir / f"{interaction_id}.mp4"
        await admin.export(interaction_id, mp4, stage.settings)
    recording = details["screen_recordings"][0]
    paused_from, paused_to = (answered_at + round(at * 1000) for at in pause)
    times = [answered_at + at for at in await asyncio.to_thread(frame_times_ms, mp4)]
    summary = Summary(
        interaction_id=interaction_id,
        screen_recording_id=recording["id"],
        url=f"{stage.settings.base_url}/activities/{interaction_id}",
        mp4=str(mp4),
        first_frame_ms=recording["first_frame_at"] - answered_at,
        frames_after_pause=frames_within(times, paused_from, paused_to),
        playable_after_end_ms=playable_at - call_end,
        available_after_acw_ms=recording["available_at"] - recording["window"]["end"],
        coverage=round(recording["coverage"], 4),
        missing=[span for span in recording["spans"] if span["state"] == "missing"],
        sync_ms=round(recording["clock_uncertainty_ms"], 2),
        captured_s=recording["captured_ms"] / 1000,
        bytes_per_hour=round(recording["bytes"] / recording["captured_ms"] * 3_600_000),
        recorder_cpu_percent=round(usage.cpu_percent, 1),
        recorder_rss_mb=round(usage.rss_mb, 1),
    )
    summary.write(stage.out_dir / "summary.json")
    return summary


def _tell_desktop(desktop: Program | None, cue: Cue) -> None:
    lines = {EventKind.CALL_ANSWERED: "call", EventKind.CALL_ENDED: "acw"}
    if desktop is None:
        return
    if cue.kind in lines:
        desktop.say(lines[cue.kind])
    elif cue.attributes.get("status") == "available":
        desktop.say("available")


async def _until_playable(stage: Stage, call_id: str, over: asyncio.Event) -> tuple[str, int]:
    """Waits for the call's end, then until the playlist covers it; gives the interaction and that moment."""
    interaction_id = await wait_for(
        "the interaction", lambda: stage.reviewer.interaction_of(call_id), timeout_s=30
    )
    await over.wait()

    async def covered() -> int | None:
        details = await stage.reviewer.details(interaction_id)
        if details["ended_at"] is None or not details["screen_recordings"]:
            return None
        until = await stage.reviewer.playable_until(details["screen_recordings"][0]["playlist_url"])
        return system_clock() if until is not None and until >= details["ended_at"] else None

    return interaction_id, await wait_for("playback of the whole call", covered, timeout_s=60)


async def _available(reviewer: Reviewer, interaction_id: str) -> dict[str, Any] | None:
    details = await reviewer.details(interaction_id)
    ready = all(recording["state"] == "available" for recording in details["screen_recordings"])
    audio = details["call_recording"]
    return details if ready and audio is not None and audio["state"] == "ready" else None
