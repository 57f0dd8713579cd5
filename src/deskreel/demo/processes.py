"""The demo's processes: server, recorder and desktop as programs of their own, started and ended in order."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from deskreel.core.errors import DeskreelError

STOP_TIMEOUT_S = 10


class ProcessFailedError(DeskreelError):
    """A program of the demo ended before its time."""

    code = "process_failed"
    title = "A program of the demo ended"
    hint = "Its log is named in the detail."


class Program:
    """A program that runs beside the demo, its standard error in a log file."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        log_dir: Path,
        talks: bool = False,
    ) -> None:
        self.name = name
        self.log = log_dir / f"{name}.log"
        self._log_file = self.log.open("wb")
        pipe = subprocess.PIPE if talks else subprocess.DEVNULL
        self.process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env={**os.environ, **env},
            stdin=pipe,
            stdout=pipe if talks else self._log_file,
            stderr=self._log_file,
            start_new_session=True,  # Ctrl-C goes to the demo, which ends the others in order
        )

    @property
    def stdin(self) -> IO[bytes]:
        """To talk to it."""
        assert self.process.stdin is not None  # noqa: S101 - only asked of programs that talk
        return self.process.stdin

    def say(self, line: str) -> None:
        """Send it a line."""
        self.stdin.write(f"{line}\n".encode())
        self.stdin.flush()

    def read_line(self) -> str:
        """Its next line; blocks.

        Raises:
            ProcessFailedError: it ended.
        """
        assert self.process.stdout is not None  # noqa: S101 - as above
        line = self.process.stdout.readline()
        if not line:
            raise ProcessFailedError(f"{self.name} ended: see {self.log}")
        return line.decode().strip()

    def require_running(self) -> None:
        """Pass while it runs.

        Raises:
            ProcessFailedError: it ended.
        """
        if self.process.poll() is not None:
            raise ProcessFailedError(f"{self.name} ended with code {self.process.returncode}: see {self.log}")

    def stop(self) -> None:
        """End it, and wait until it has."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self._log_file):
            if stream is not None:
                stream.close()


def free_address(preferred: int) -> str:
    """`127.0.0.1:port`, with the preferred port if nobody listens there."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return f"127.0.0.1:{probe.getsockname()[1]}"
    raise DeskreelError("no free port on the loopback interface")
