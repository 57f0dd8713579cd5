"""A sound card that plays to nobody, and that can be listened to: a PulseAudio of its own. Firefox needs one."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from support.waiting import eventually

_SINK = "ear"
HEARD = f"{_SINK}.monitor"  # the source that gives what is played


@asynccontextmanager
async def sound_card(folder: Path) -> AsyncIterator[dict[str, str]]:
    """The environment in which a program finds it, until the end of the block; `folder` is made."""
    at = folder / "native"
    with _pulseaudio(folder, at) as process:

        async def answers() -> bool:
            if process.poll() is not None:
                raise RuntimeError(
                    f"pulseaudio ended with code {process.returncode}: see its log in {folder}"
                )
            with socket.socket(socket.AF_UNIX) as probe:
                try:
                    probe.connect(str(at))
                except OSError:
                    return False
            return True

        await eventually("the sound card", answers)
        yield {"PULSE_SERVER": f"unix:{at}"}


@contextmanager
def _pulseaudio(folder: Path, at: Path) -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir(parents=True)
    with (folder / "pulseaudio.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"),
                f"--load=module-null-sink sink_name={_SINK} rate=48000 channels=2",
                f"--load=module-native-protocol-unix socket={at} auth-anonymous=1",
            ],
            env={**os.environ, "HOME": str(folder), "PULSE_RUNTIME_PATH": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()  # it has nothing to keep
        process.wait()
