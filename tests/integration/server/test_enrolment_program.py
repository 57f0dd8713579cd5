"""`deskreel recorder enroll` as a process of its own against a real server, and with a real keyring."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deskreel.recorder.enrol import identity
from deskreel.recorder.enrol.secret_store import FILE, Place
from support.server import Deskreel

ENROLL = [sys.executable, "-m", "deskreel", "recorder", "enroll"]


def environment(home: Path) -> dict[str, str]:
    """Without the session of whoever runs the tests."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DESKREEL_", "DBUS_"))}
    return {**kept, "DESKREEL_RECORDER_DIR": str(home), "PYTHONUNBUFFERED": "1"}


async def enrolling(deskreel: Deskreel, home: Path) -> tuple[asyncio.subprocess.Process, str]:
    """The program while it waits, and the code that it shows."""
    program = await asyncio.create_subprocess_exec(
        *ENROLL,
        "--server",
        deskreel.settings.base_url,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(home),
    )
    assert program.stdout is not None
    async with asyncio.timeout(30):
        while True:
            line = (await program.stdout.readline()).decode()
            assert line, (await program.communicate())[1].decode()
            if (shown := re.fullmatch(r"\s+([A-Z]{4}-[A-Z]{4})\s*", line)) is not None:
                return program, shown[1]


async def test_a_desktop_is_enrolled_by_the_code_that_it_shows(deskreel: Deskreel, tmp_path: Path) -> None:
    program, code = await enrolling(deskreel, tmp_path)
    answer = await deskreel.client.post(
        f"/api/v1/recorder-enrolments/{code}", json={"approve": True, "agent": "1001"}
    )
    assert answer.status_code == 200, answer.text
    said, complained = await asyncio.wait_for(program.communicate(), 30)
    assert program.returncode == 0, complained.decode()
    who = identity.load(tmp_path)
    assert f"enrolled as {who.recorder_id}, the recorder of 1001" in said.decode()
    assert "in the file" in said.decode()
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert who.credential not in (said + complained).decode()
    renewal = await deskreel.client.post(
        "/api/v1/recorder/credential", headers={"authorization": f"Bearer {who.credential}"}
    )
    assert renewal.status_code == 200


async def test_a_refused_desktop_says_why_and_keeps_nothing(deskreel: Deskreel, tmp_path: Path) -> None:
    home = tmp_path / "recorder"
    program, code = await enrolling(deskreel, home)
    answer = await deskreel.client.post(f"/api/v1/recorder-enrolments/{code}", json={"approve": False})
    assert answer.status_code == 200, answer.text
    _, complained = await asyncio.wait_for(program.communicate(), 30)
    assert program.returncode == 1
    assert "access_denied" in complained.decode()
    assert identity.place_of(home) is None
    assert not (home / FILE).exists()


_KEYRING_PARTS = ("dbus-run-session", "gnome-keyring-daemon")
_SCRIPT = """
printf 'a password' | gnome-keyring-daemon --unlock --components=secrets >/dev/null
"$@" || exit 1
exec "$PYTHON" -c '
import json, sys
from pathlib import Path
from deskreel.recorder.enrol import identity
who = identity.load(Path(sys.argv[1]))
print(json.dumps([who.recorder_id, who.credential]))
' "$DESKREEL_RECORDER_DIR"
"""


@pytest.mark.skipif(
    any(shutil.which(name) is None for name in _KEYRING_PARTS),
    reason="gnome-keyring and dbus are not installed",
)
async def test_secrets_go_to_a_real_keyring_and_come_back(deskreel: Deskreel, tmp_path: Path) -> None:
    from deskreel.server import admin

    token = await admin.recorder_token("1001", deskreel.settings)
    home, runtime = tmp_path / "recorder", tmp_path / "run"
    runtime.mkdir(mode=0o700)
    env = {
        **environment(home),
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(runtime),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "PYTHON": sys.executable,
    }
    command = [*ENROLL, "--server", deskreel.settings.base_url, "--token", token, "--secrets", "keyring"]
    done = await asyncio.to_thread(
        subprocess.run,
        ["dbus-run-session", "--", "sh", "-c", _SCRIPT, "sh", *command],
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    recorder_id, credential = json.loads(done.stdout.splitlines()[-1])
    assert f"enrolled as {recorder_id}" in done.stdout
    assert identity.place_of(home) is Place.KEYRING
    assert [path.name for path in home.iterdir()] == [identity.FILE], "no secret in the recorder's directory"
    assert credential not in (home / identity.FILE).read_text()
    (known,) = (await deskreel.client.get("/api/v1/recorders")).json()["items"]
    assert known["id"] == recorder_id
