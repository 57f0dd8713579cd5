"""The bundle has what a helper needs, and no credential, key, token, picture or name in any byte of it."""

from __future__ import annotations

import getpass
import json
import socket
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel import logs
from deskreel.core.ids import RecorderId
from deskreel.recorder.enrol import identity
from deskreel.recorder.settings import RecorderSettings
from deskreel.recorder.status.status import Mood
from deskreel.recorder.tray.diagnostics import log_path, scrub, write_bundle
from support.tray import status

CREDENTIAL = "crd_5up3r-secret-credential"
TOKEN = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJzY3JfMSJ9.c2lnbmF0dXJlLWJ5dGVz"


@pytest.fixture
def settings(tmp_path: Path) -> RecorderSettings:
    return RecorderSettings(dir=tmp_path / "recorder")


@pytest.fixture
def who(settings: RecorderSettings) -> identity.Identity:
    made = identity.Identity(
        server_url="https://deskreel.example",
        recorder_id=RecorderId("rcd_1"),
        credential=CREDENTIAL,
        key=identity.new_key(),
        agent_name="Ada Lovelace",
    )
    identity.save(settings.home, made)
    return made


def parts(bundle: Path) -> dict[str, str]:
    with zipfile.ZipFile(bundle) as opened:
        return {name: opened.read(name).decode() for name in opened.namelist()}


def test_nothing_secret_or_personal_is_in_it(
    settings: RecorderSettings, who: identity.Identity, tmp_path: Path
) -> None:
    key = str(who.key.as_dict(private=True)["d"])
    spool = settings.spool_dir / "scr_1"
    spool.mkdir(parents=True)
    (spool / "chunk.ready").write_bytes(b"PICTURE-BYTES")
    log_path(settings).parent.mkdir()
    log_path(settings).write_text(
        f'{{"event": "leak", "credential": "{CREDENTIAL}", "token": "{TOKEN}", "key": "{key}"}}\n'
        f'{{"event": "header", "authorization": "Bearer abcdef.123456"}}\n'
        f'{{"event": "people", "agent": "Ada Lovelace", "home": "{Path.home()}"}}\n'
        f'{{"event": "kept", "recording": "scr_1"}}\n'
    )
    target = tmp_path / "bundle.zip"
    write_bundle(settings, status(Mood.RECORDING), target)
    found = parts(target)
    whole = "\n".join([*found, *found.values()])
    for hidden in (CREDENTIAL, key, TOKEN, "abcdef.123456", "Ada Lovelace", "PICTURE-BYTES"):
        assert hidden not in whole
    for name in (str(Path.home()), socket.gethostname(), getpass.getuser()):
        assert len(name) < 3 or name not in whole
    assert '"recording": "scr_1"' in found["recorder.log"]
    assert found["recorder.log"].count("(left out)") >= 5  # the leaks were there
    assert target.stat().st_mode & 0o077 == 0


def test_what_a_helper_needs_is_in_it(
    settings: RecorderSettings, who: identity.Identity, tmp_path: Path
) -> None:
    spool = settings.spool_dir / "scr_1"
    spool.mkdir(parents=True)
    (spool / "00000001.ready").write_bytes(b"x" * 1234)
    settings.quarantine_dir.mkdir()
    (settings.quarantine_dir / "bad.part").write_bytes(b"")
    target = tmp_path / "bundle.zip"
    write_bundle(settings, status(Mood.RECORDING), target)
    found = parts(target)
    assert json.loads(found["spool.json"]) == {
        "spool": [{"name": "scr_1/00000001.ready", "bytes": 1234}],
        "quarantine": [{"name": "bad.part", "bytes": 0}],
    }
    said = json.loads(found["status.json"])
    assert (said["mood"], said["screen_recording_id"]) == ("recording", "scr_1")
    assert [m["name"] for m in said["monitors"]] == ["DP-1", "DP-2"]
    assert json.loads(found["settings.json"])["max_spool_mb"] == settings.max_spool_mb
    about = json.loads(found["about.json"])
    assert about["packages"]["av"]
    assert about["deskreel"] == said["version"]


def test_it_is_made_before_enrolment_and_before_any_status(
    settings: RecorderSettings, tmp_path: Path
) -> None:
    target = tmp_path / "bundle.zip"
    write_bundle(settings, None, target)
    assert json.loads(parts(target)["status.json"]) is None


def test_a_log_that_cannot_be_checked_for_secrets_stays_out(
    settings: RecorderSettings, who: identity.Identity, tmp_path: Path
) -> None:
    log_path(settings).parent.mkdir()
    log_path(settings).write_text(f"{CREDENTIAL}\n")
    (settings.home / identity.FILE).write_text("damaged")
    target = tmp_path / "bundle.zip"
    write_bundle(settings, None, target)
    assert CREDENTIAL not in "".join(parts(target).values())
    assert "could not be checked" in parts(target)["recorder.log"]


def test_a_place_that_cannot_be_written_is_an_error_and_leaves_nothing(
    settings: RecorderSettings, tmp_path: Path
) -> None:
    with pytest.raises(OSError, match="No such file"):
        write_bundle(settings, None, tmp_path / "missing" / "bundle.zip")
    assert list(tmp_path.iterdir()) == []


@given(st.text(), st.lists(st.text(min_size=3, max_size=12), max_size=5), st.data())
def test_scrubbing_leaves_no_hidden_text(before: str, hidden: list[str], data: st.DataObject) -> None:
    said = before + "".join(data.draw(st.permutations(hidden))) + f" Bearer {TOKEN}"
    left = scrub(said, hidden).replace("(left out)", "\0")
    assert TOKEN not in left
    assert [text for text in hidden if text in left and "\0" not in text] == []


# --- the log file it reads ------------------------------------------------------------------------------------


def test_the_log_goes_to_a_file_of_the_owner_alone_and_is_rolled_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import structlog

    monkeypatch.setattr(logs, "_FILE_BYTES", 2000)
    before = structlog.get_config()
    file = tmp_path / "log" / "recorder.log"
    try:
        logs.configure(level="info", file=file)
        log = structlog.get_logger("test")
        for number in range(200):
            log.info("event.happened", number=number)
        log.debug("event.too_small")
    finally:
        logs.configure()  # closes the file
        structlog.configure(**before)
    kept = sorted(path.name for path in file.parent.iterdir())
    assert kept == ["recorder.log", "recorder.log.1", "recorder.log.2", "recorder.log.3"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in file.parent.iterdir())
    assert all(path.stat().st_size <= 2000 for path in file.parent.iterdir())
    last = json.loads(file.read_text().splitlines()[-1])
    assert (last["event"], last["number"], last["level"]) == ("event.happened", 199, "info")
