"""The peer of the gateway: nginx as a process of its own, with WebDAV PUT and static files, one worker."""

from __future__ import annotations

import getpass
import grp
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.load import Address
from bench.processes import address_of, until_answers
from deskreel.demo.processes import STOP_TIMEOUT_S, ProcessFailedError, free_address

_CONFIG = """\
daemon off;
{user}
worker_processes 1;
pid {home}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 10000000;
    client_max_body_size 32m;
    client_body_temp_path {home}/temp/body;
    proxy_temp_path {home}/temp/proxy;
    fastcgi_temp_path {home}/temp/fastcgi;
    uwsgi_temp_path {home}/temp/uwsgi;
    scgi_temp_path {home}/temp/scgi;
    types {{ application/vnd.apple.mpegurl m3u8; video/mp4 mp4 m4s; }}
    server {{
        listen {listen};
        location /dav/ {{
            root {home};
            dav_methods PUT;
            create_full_put_path on;
        }}
        location /static/ {{ root {home}; }}
        location /discard/ {{ return 204; }}
    }}
}}
"""


class Nginx:
    """A running nginx in `home`, between `with` and the end of the block.

    `PUT /dav/…` stores below `home`/dav, `GET /static/…` reads below `home`/static, anything sent to /discard/
    is read and thrown away.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.dav = home / "dav"
        self.static = home / "static"
        self._process: subprocess.Popen[bytes] | None = None
        self._address = ""

    @property
    def address(self) -> Address:
        """Where it listens."""
        return address_of(self._address)

    @property
    def pid(self) -> int:
        """Of the master; the worker is its child."""
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> Self:
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
        if program is None:
            raise ProcessFailedError("nginx is not installed (Debian: apt-get install nginx-light)")
        for directory in (self.dav, self.static, self.home / "temp"):
            directory.mkdir(parents=True)
        self._address = free_address(0)
        # as root, the worker would otherwise be a user who may not write here
        user = f"user {getpass.getuser()} {grp.getgrgid(os.getgid()).gr_name};" if os.getuid() == 0 else ""
        config = self.home / "nginx.conf"
        config.write_text(_CONFIG.format(home=self.home, listen=self._address, user=user))
        with (self.home / "nginx.log").open("wb") as log:
            self._process = subprocess.Popen(
                [program, "-p", str(self.home), "-e", "stderr", "-c", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            until_answers(self.address, "/discard/", self._require_running)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _require_running(self) -> None:
        assert self._process is not None
        if self._process.poll() is not None:
            said = (self.home / "nginx.log").read_text(errors="replace")[-500:]
            raise ProcessFailedError(f"nginx ended with code {self._process.returncode}: {said}")

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
