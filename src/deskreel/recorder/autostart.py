"""Start with the desktop session: an XDG autostart entry, and a systemd user unit where there is systemd.

The entry is what every desktop reads; the unit is what starts the program again when it fails. So with systemd
the entry hands the session's display to the user manager and restarts the unit, which may have outlived an
earlier session; without, it runs the program. The files hold the recorder's settings as they stand at the
installation, and no secrets: those are where enrolment put them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deskreel.core.errors import DeskreelError, SettingsError
from deskreel.recorder.settings import PREFIX

UNIT = "deskreel-recorder.service"
ENTRY = "deskreel-recorder.desktop"
_TOOL_S = 10.0  # for a check or a word to systemd
_SESSION = ("DISPLAY", "XAUTHORITY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP")
_SYSTEMD_RUNS = Path("/run/systemd/system")  # sd_booted(3)


class AutostartUnsupportedError(DeskreelError):
    """A system for which we install nothing."""

    code = "autostart_unsupported"
    status = 501
    title = "Autostart is not set up by Deskreel on this system"
    hint = "Have the system run `deskreel recorder run` at sign-in."


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What is to be written, and where."""

    program: Path  # deskreel itself
    entry: Path  # XDG autostart entry
    unit: Path | None  # systemd user unit; None: no systemd
    headless: bool  # no tray
    environment: Mapping[str, str] = field(default_factory=dict)  # settings of the recorder

    def files(self) -> dict[Path, str]:
        """Every file and its content."""
        if self.unit is None:
            return {self.entry: self._entry([*_env(self.environment), *self._command()])}
        start = (
            f"systemctl --user import-environment {' '.join(_SESSION)}; exec systemctl --user restart {UNIT}"
        )
        return {self.entry: self._entry(["/bin/sh", "-c", start]), self.unit: self._unit()}

    def _command(self) -> list[str]:
        return [str(self.program), "recorder", "run", *(["--headless"] if self.headless else [])]

    def _entry(self, command: list[str]) -> str:
        return "\n".join(
            [
                "[Desktop Entry]",
                "Type=Application",
                "Name=Deskreel recorder",
                "Comment=Records the screen while a recorded call is up",
                f"Exec={' '.join(map(_quoted_entry, command))}",
                "Terminal=false",
                "NoDisplay=true",
                "X-GNOME-Autostart-enabled=true",
                "",
            ]
        )

    def _unit(self) -> str:
        settings = [f"Environment={_quoted_unit(f'{k}={v}')}" for k, v in sorted(self.environment.items())]
        return "\n".join(
            [
                "[Unit]",
                "Description=Deskreel recorder",
                "PartOf=graphical-session.target",
                "StartLimitIntervalSec=0",
                "",
                "[Service]",
                *settings,
                f"ExecStart={' '.join(map(_quoted_unit, self._command()))}",
                "Restart=on-failure",
                "RestartSec=5",
                "",
            ]
        )


def plan(
    *,
    headless: bool,
    system: bool,
    environment: Mapping[str, str] | None = None,
    program: Path | None = None,
    platform: str = sys.platform,
    systemd: bool | None = None,
) -> Installation:
    """What `install` would write for this user, or with `system` for every user of the machine.

    Raises:
        AutostartUnsupportedError: on Windows and macOS.
        SettingsError: the program cannot be found.
    """
    environment = os.environ if environment is None else environment
    if platform == "win32":
        raise AutostartUnsupportedError(
            "there is no autostart entry for Windows",
            hint="In Task Scheduler make a task with the trigger 'At log on' that runs `deskreel recorder run`.",
        )
    if platform == "darwin":
        raise AutostartUnsupportedError(
            "there is no autostart entry for macOS",
            hint="Put a LaunchAgent with RunAtLoad and KeepAlive into ~/Library/LaunchAgents that runs "
            "`deskreel recorder run`.",
        )
    entries, units = _directories(system, environment)
    settings = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
    if system:  # the directory of whoever installs is not everybody's: one recorder per directory
        settings.pop(f"{PREFIX}DIR", None)
    if systemd is None:
        systemd = _SYSTEMD_RUNS.is_dir()
    return Installation(
        program=program or _program(),
        entry=entries / ENTRY,
        unit=units / UNIT if systemd else None,
        headless=headless,
        environment=settings,
    )


def install(installation: Installation) -> list[str]:
    """Write what is not so yet; what was done, in words. Harmless when repeated.

    Raises:
        SettingsError: a file cannot be written.
    """
    said: list[str] = []
    for path, content in installation.files().items():
        said.append(f"{'wrote' if _write(path, content) else 'unchanged:'} {path}")
        said.append(f"  {_check(path)}")
    if installation.unit is not None:
        said.append(_systemctl("daemon-reload"))
    return said


def uninstall(*, system: bool, environment: Mapping[str, str] | None = None) -> list[str]:
    """Stop the unit and remove what `install` wrote; what was done, in words. Harmless when repeated.

    Raises:
        SettingsError: a file cannot be removed.
    """
    entries, units = _directories(system, os.environ if environment is None else environment)
    unit = units / UNIT
    had_unit = unit.exists()
    said = [_systemctl("stop", UNIT)] if had_unit else []
    for path in (entries / ENTRY, unit):
        try:
            path.unlink()
            said.append(f"removed {path}")
        except FileNotFoundError:
            said.append(f"not there: {path}")
        except OSError as error:
            raise _refused(path, error) from error
    if had_unit:
        said.append(_systemctl("daemon-reload"))
    return said


def _directories(system: bool, environment: Mapping[str, str]) -> tuple[Path, Path]:
    """Of autostart entries and of user units."""
    if system:
        return Path("/etc/xdg/autostart"), Path("/etc/systemd/user")
    given = environment.get("XDG_CONFIG_HOME", "")
    config = (
        Path(given) if given.startswith("/") else Path(environment.get("HOME", "~")).expanduser() / ".config"
    )
    return config / "autostart", config / "systemd" / "user"


def _program() -> Path:
    """The `deskreel` that belongs to this Python; at sign-in PATH may be another."""
    beside = Path(sys.executable).parent / "deskreel"
    found = beside if beside.exists() else shutil.which("deskreel")
    if found is None:
        raise SettingsError(
            "the program deskreel cannot be found", hint="Install Deskreel, or add it to PATH."
        )
    return Path(found).absolute()


def _write(path: Path, content: str) -> bool:
    """Whether the file was not so yet."""
    try:
        if path.is_file() and path.read_text() == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        staged = path.with_name(f".{path.name}.new")
        staged.write_text(content)
        staged.replace(path)
    except OSError as error:
        raise _refused(path, error) from error
    return True


def _refused(path: Path, error: OSError) -> SettingsError:
    return SettingsError(f"{path}: {error.strerror}", hint="With --system this command needs root.")


def _check(path: Path) -> str:
    """What the system's own tool says of a file."""
    if path.name == UNIT:
        tool = ["systemd-analyze", "--user", "verify", str(path)]
        with tempfile.TemporaryDirectory() as runtime:  # it wants one, also where no user manager has made it
            done = _run(tool, XDG_RUNTIME_DIR=os.environ.get("XDG_RUNTIME_DIR") or runtime)
    else:
        tool = ["desktop-file-validate", str(path)]
        done = _run(tool)
    if done is None:
        return f"not checked: {tool[0]} is not installed or did not answer"
    said = (done.stdout + done.stderr).strip()
    if done.returncode == 0 and not said:
        return f"{tool[0]} finds no fault"
    return f"{tool[0]} says: {said or f'exit code {done.returncode}'}"


def _systemctl(*words: str) -> str:
    done = _run(["systemctl", "--user", *words])
    command = f"systemctl --user {' '.join(words)}"
    if done is not None and done.returncode == 0:
        return f"done: {command}"
    return f"not done: {command}: no user manager answers here; the next sign-in does it"


def _run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str] | None:
    env = {**os.environ, **environment}
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=_TOOL_S, env=env)
    except (OSError, subprocess.TimeoutExpired):
        return None


def _env(environment: Mapping[str, str]) -> list[str]:
    return ["/usr/bin/env", *(f"{k}={v}" for k, v in sorted(environment.items()))] if environment else []


def _quoted_entry(argument: str) -> str:
    """An argument of Exec, as the Desktop Entry Specification has it: first quoted, then escaped as a string."""
    argument = argument.replace("%", "%%")
    if argument and not set(argument) & set(" \t\n\"'\\><~|&;$*?#()`"):
        return argument
    for reserved in ("\\", '"', "`", "$"):
        argument = argument.replace(reserved, "\\" + reserved)
    return '"' + argument.replace("\\", "\\\\") + '"'


def _quoted_unit(argument: str) -> str:
    """The program of ExecStart, or a setting of Environment (systemd.syntax(7)): neither knows `$`."""
    argument = argument.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{argument}"' if set(argument) & set(" \t'\";\\") or not argument else argument
