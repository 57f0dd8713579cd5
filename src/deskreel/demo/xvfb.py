"""A private X display (Xvfb) with a lifetime: owns one server process and knows its display name.

Xvfb picks the free display number itself and reports it on a pipe (`-displayfd`) once it accepts clients, so
there is neither a guessed number nor a wait by sleeping.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import tempfile
import time
from types import TracebackType
from typing import Self

_END_TIMEOUT_S = 5.0


class XvfbDisplay:
    """An Xvfb server: starts on `start()` or `with`, ends on `stop()` or at the end of the `with` block.

    `geometry` is "WIDTHxHEIGHT" in pixels, `depth` the colour depth. Raises RuntimeError when Xvfb is not
    installed or does not come up within `timeout_s`; the message carries what Xvfb said.
    """

    def __init__(self, geometry: str = "1920x1080", *, depth: int = 24, timeout_s: float = 20.0) -> None:
        width, sep, height = geometry.partition("x")
        if not (sep and width.isdigit() and height.isdigit()):
            raise ValueError(f"geometry is WIDTHxHEIGHT, not {geometry!r}")
        self.geometry = geometry
        self._depth = depth
        self._timeout_s = timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._name = ""

    @property
    def name(self) -> str:
        """The display as DISPLAY wants it, such as ":97"."""
        if not self._name:
            raise RuntimeError("the display has not been started")
        return self._name

    @property
    def pid(self) -> int:
        """Process id of the server."""
        if self._process is None:
            raise RuntimeError("the display has not been started")
        return self._process.pid

    @property
    def environ(self) -> dict[str, str]:
        """A copy of this process's environment with DISPLAY pointing here, for child processes."""
        return {**os.environ, "DISPLAY": self.name}

    def start(self) -> Self:
        """Start the server and return once it accepts clients."""
        if self._process is not None:
            raise RuntimeError(f"display {self._name} is already running")
        program = shutil.which("Xvfb")
        if program is None:
            raise RuntimeError("Xvfb was not found on PATH; install it (Debian: apt-get install xvfb)")
        read_end, write_end = os.pipe()
        command = [program, "-displayfd", str(write_end), "-screen", "0", f"{self.geometry}x{self._depth}"]
        command += ["-nolisten", "tcp", "-noreset"]
        command += ["-s", "0"]  # nobody types here: its screen saver would hide the desktop after 10 minutes
        with tempfile.TemporaryFile() as said:
            try:
                process = subprocess.Popen(
                    command, pass_fds=(write_end,), stdin=subprocess.DEVNULL, stdout=said, stderr=said
                )
            finally:
                os.close(write_end)
            self._process = process
            try:
                number = _read_line(read_end, self._timeout_s)
            finally:
                os.close(read_end)
            if number is None:
                self.stop()
                said.seek(0)
                words = said.read().decode(errors="replace").strip()
                raise RuntimeError(
                    f"Xvfb did not come up (exit {process.returncode}): {words or 'no message'}"
                )
        self._name = f":{number}"
        return self

    def stop(self) -> None:
        """End the server and wait for it; harmless when it is not running."""
        process, self._process, self._name = self._process, None, ""
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _read_line(fd: int, timeout_s: float) -> str | None:
    """One line from a pipe, None when the writer closed it or the time is up."""
    deadline = time.monotonic() + timeout_s
    seen = b""
    while not seen.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            return None
        piece = os.read(fd, 64)
        if not piece:
            return None
        seen += piece
    return seen.decode().strip()
