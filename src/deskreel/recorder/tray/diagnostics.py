"""The diagnostics bundle: one zip that tells a helper how this recorder is, and nothing they must not see.

Goes in: versions, status, settings, the last lines of the log, the spool's file names and sizes. Stays out:
pictures, the credential, keys and tokens, and names of people, accounts and machines. Every text passes `scrub`.
"""

from __future__ import annotations

import getpass
import json
import os
import platform
import re
import socket
import zipfile
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from deskreel import __version__
from deskreel.core.errors import DeskreelError, NotEnrolledError
from deskreel.recorder.enrol import identity
from deskreel.recorder.settings import RecorderSettings
from deskreel.recorder.status.status import RecorderStatus

LOG_FILE = "recorder.log"
_LOG_LINES = 2000
_LEFT_OUT = "(left out)"
_NOT_CHECKED = (
    "The log is left out: the recorder's secrets could not be read, so it could not be checked for them.\n"
)
_PACKAGES = ("av", "numpy", "psutil", "PySide6-Essentials", "websockets", "xcffib")
_SESSION = ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP", "DESKTOP_SESSION")
_TOKENS = re.compile(r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|(?<=Bearer )\S+")
_SHORTEST_NAME = 3  # characters; shorter ones would blot out innocent words


def log_path(settings: RecorderSettings) -> Path:
    """Where the recorder writes its log; older files beside it end in a number."""
    return settings.home / "log" / LOG_FILE


def write_bundle(settings: RecorderSettings, status: RecorderStatus | None, target: Path) -> None:
    """Write the zip `target`, for its owner's eyes only.

    Raises:
        OSError: it cannot be written.
    """
    names, secrets = _names(status), _secrets(settings)
    # what cannot be checked for secrets does not go in
    log = _NOT_CHECKED if secrets is None else "".join(_last_lines(log_path(settings)))
    hidden = names | (secrets or set())
    parts = {
        "about.json": _json(_about()),
        "status.json": _json(None if status is None else _status(status)),
        "settings.json": _json(settings.model_dump(mode="json")),
        "spool.json": _json(
            {"spool": _listing(settings.spool_dir), "quarantine": _listing(settings.quarantine_dir)}
        ),
        LOG_FILE: log,
    }
    staged = target.with_name(target.name + ".part")
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in parts.items():
            bundle.writestr(name, scrub(text, hidden))
    staged.replace(target)


def scrub(text: str, hidden: Iterable[str]) -> str:
    """`text` without any of `hidden`, and without anything that looks like a token."""
    for secret in sorted(hidden, key=len, reverse=True):
        text = text.replace(secret, _LEFT_OUT)
    return _TOKENS.sub(_LEFT_OUT, text)


def _names(status: RecorderStatus | None) -> set[str]:
    names = {str(Path.home()), socket.gethostname(), _account()}
    if status is not None and status.agent is not None:
        names.add(status.agent.name)
    return {name for name in names if len(name) >= _SHORTEST_NAME}


def _secrets(settings: RecorderSettings) -> set[str] | None:
    """What must not be read by anyone; None when it cannot be known."""
    try:
        who = identity.load(settings.home)
    except NotEnrolledError:
        return set()
    except DeskreelError:
        return None
    name = {who.agent_name} if len(who.agent_name) >= _SHORTEST_NAME else set[str]()
    return {who.credential, str(who.key.as_dict(private=True)["d"])} | name


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""  # an account without a name


def _about() -> dict[str, Any]:
    packages: dict[str, str | None] = {}
    for name in _PACKAGES:
        try:
            packages[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            packages[name] = None
    return {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "deskreel": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "packages": packages,
        "session": {name: os.environ.get(name) for name in _SESSION},
    }


def _status(status: RecorderStatus) -> dict[str, Any]:
    document = asdict(status)
    if document["agent"] is not None:
        document["agent"]["name"] = _LEFT_OUT
    return document


def _listing(directory: Path) -> list[dict[str, Any]]:
    return sorted(_files(directory, directory), key=lambda entry: entry["name"])


def _files(root: Path, directory: Path) -> Iterator[dict[str, Any]]:
    try:
        entries = list(os.scandir(directory))
    except OSError:
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            yield from _files(root, path)
            continue
        try:
            size = entry.stat(follow_symlinks=False).st_size
        except FileNotFoundError:
            continue  # sent meanwhile
        yield {"name": str(path.relative_to(root)), "bytes": size}


def _last_lines(path: Path) -> deque[str]:
    lines: deque[str] = deque(maxlen=_LOG_LINES)
    rolled = path.with_name(path.name + ".1")
    for file in (rolled, path):
        try:
            with file.open(encoding="utf-8", errors="replace") as said:
                lines.extend(said)
        except FileNotFoundError:
            continue
    return lines


def _json(document: Any) -> str:
    return json.dumps(document, indent=1, default=str)
