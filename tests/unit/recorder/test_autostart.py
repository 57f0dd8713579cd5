"""Autostart: what is written, that it can be read back by the rules of its format, and that it can be taken away."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.errors import SettingsError
from deskreel.recorder.autostart import (
    ENTRY,
    UNIT,
    AutostartUnsupportedError,
    Installation,
    _quoted_entry,
    install,
    plan,
    uninstall,
)

PROGRAM = Path("/opt/my tools/deskreel")
# what may stand in a path or a setting; line ends cannot be said in either format
values = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=20)


def planned(home: Path, *, systemd: bool = True, headless: bool = True, **settings: str) -> Installation:
    environment = {"HOME": str(home), "PATH": "/usr/bin", "SECRET_OF_ANOTHER": "s3cret", **settings}
    return plan(
        headless=headless,
        system=False,
        environment=environment,
        program=PROGRAM,
        platform="linux",
        systemd=systemd,
    )


def test_with_systemd_the_entry_starts_the_unit_that_starts_again(tmp_path: Path) -> None:
    files = planned(tmp_path, DESKREEL_RECORDER_DIR="/data/100% mine").files()
    entry, unit = (
        files[tmp_path / ".config/autostart" / ENTRY],
        files[tmp_path / ".config/systemd/user" / UNIT],
    )
    assert "import-environment DISPLAY XAUTHORITY" in entry
    assert f"systemctl --user restart {UNIT}" in entry
    assert "Restart=on-failure" in unit
    assert 'ExecStart="/opt/my tools/deskreel" recorder run --headless' in unit
    assert 'Environment="DESKREEL_RECORDER_DIR=/data/100%% mine"' in unit
    assert "s3cret" not in entry + unit


def test_without_systemd_the_entry_runs_the_program(tmp_path: Path) -> None:
    (content,) = planned(tmp_path, systemd=False, headless=False).files().values()
    assert 'Exec="/opt/my tools/deskreel" recorder run\n' in content


def test_installing_twice_changes_nothing_and_uninstalling_takes_it_away(tmp_path: Path) -> None:
    installation = planned(tmp_path)
    first = install(installation)
    content = {path: path.read_text() for path in installation.files()}
    assert [line.split()[0] for line in first if str(tmp_path) in line] == ["wrote", "wrote"]
    second = install(installation)
    assert [line.split()[0] for line in second if str(tmp_path) in line] == ["unchanged:", "unchanged:"]
    assert {path: path.read_text() for path in installation.files()} == content
    environment = {"HOME": str(tmp_path)}
    assert sum("removed" in line for line in uninstall(system=False, environment=environment)) == 2
    assert sum("not there" in line for line in uninstall(system=False, environment=environment)) == 2
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_for_every_user(tmp_path: Path) -> None:
    made = plan(
        headless=False,
        system=True,
        environment={
            "HOME": "/root",
            "DESKREEL_RECORDER_DIR": "/root/r",
            "DESKREEL_RECORDER_MAX_SPOOL_MB": "64",
        },
        program=PROGRAM,
        platform="linux",
        systemd=True,
    )
    assert set(map(str, made.files())) == {f"/etc/xdg/autostart/{ENTRY}", f"/etc/systemd/user/{UNIT}"}
    assert made.environment == {"DESKREEL_RECORDER_MAX_SPOOL_MB": "64"}, "one directory is not for all users"


@pytest.mark.parametrize(("platform", "word"), [("win32", "Task Scheduler"), ("darwin", "LaunchAgent")])
def test_other_systems_say_what_to_do(platform: str, word: str) -> None:
    with pytest.raises(AutostartUnsupportedError) as raised:
        plan(headless=False, system=False, environment={}, platform=platform)
    assert word in raised.value.hint_text


def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / ".config").write_text("a file in the way")
    with pytest.raises(SettingsError):
        install(planned(tmp_path))


@given(values)
def test_arguments_of_an_entry_come_back_as_they_were(argument: str) -> None:
    """Undone by the Desktop Entry Specification's own steps: string escapes, then quotes, then field codes."""
    as_string = re.sub(r"\\(.)", r"\1", _quoted_entry(argument))
    if as_string.startswith('"'):
        assert as_string.endswith('"')
        as_string = re.sub(r"\\([\"`$\\])", r"\1", as_string[1:-1])
    assert as_string.replace("%%", "%") == argument


@given(values)
def test_a_setting_stays_one_setting_in_the_unit(value: str) -> None:
    made = Installation(
        program=PROGRAM,
        entry=Path("/x") / ENTRY,
        unit=Path("/x") / UNIT,
        headless=True,
        environment={"DESKREEL_RECORDER_DIR": value},
    )
    (line,) = [one for one in made.files()[Path("/x") / UNIT].split("\n") if one.startswith("Environment=")]
    # quoting of systemd.syntax(7) is near enough to a shell's for what we write
    (word,) = shlex.split(line.removeprefix("Environment="))
    assert word.replace("%%", "%") == f"DESKREEL_RECORDER_DIR={value}"


@pytest.mark.skipif(
    shutil.which("desktop-file-validate") is None, reason="desktop-file-utils is not installed"
)
@pytest.mark.parametrize("systemd", [True, False])
def test_the_entry_is_valid(tmp_path: Path, systemd: bool) -> None:
    installation = planned(tmp_path, systemd=systemd, DESKREEL_RECORDER_DIR='/a b/50% $x "q" \\ `c`')
    install(installation)
    done = subprocess.run(
        ["desktop-file-validate", str(installation.entry)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_the_unit_is_valid(tmp_path: Path) -> None:
    program = tmp_path / "my deskreel"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    made = plan(
        headless=True,
        system=False,
        environment={"HOME": str(tmp_path), "DESKREEL_RECORDER_DIR": '/a b/50% "q" \\'},
        program=program,
        platform="linux",
        systemd=True,
    )
    said = install(made)
    assert [line for line in said if "systemd-analyze" in line] == ["  systemd-analyze finds no fault"]
