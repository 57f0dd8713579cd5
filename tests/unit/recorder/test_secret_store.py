"""Where secrets are kept: the file for real, the keyring behind the real library with back ends of our own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from deskreel.core.errors import SettingsError
from deskreel.recorder.enrol.secret_store import (
    FILE,
    FileStore,
    KeyringStore,
    KeyringUnavailableError,
    Place,
    SecretStore,
    choose,
)


class Vault(KeyringBackend):
    """A keyring in memory; `before` is called ahead of every access and may hang or raise."""

    priority = 5  # type: ignore[assignment]  # a class property in the library

    def __init__(self, before: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}
        self.before = before

    def get_password(self, service: str, username: str) -> str | None:
        self.before()
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.before()
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.before()
        del self.held[service, username]


@pytest.fixture
def use_keyring() -> Iterator[Callable[[KeyringBackend], None]]:
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


@pytest.fixture(params=["file", "keyring"])
def store(request: Any, tmp_path: Path, use_keyring: Callable[[KeyringBackend], None]) -> SecretStore:
    if request.param == "file":
        return FileStore(tmp_path / "home")
    use_keyring(Vault())
    return KeyringStore()


def test_the_contract_of_stores(store: SecretStore) -> None:
    assert store.get("rcd_1") is None
    store.delete("rcd_1")
    store.put("rcd_1", "first")
    store.put("rcd_2", "other")
    store.put("rcd_1", "second")
    assert (store.get("rcd_1"), store.get("rcd_2")) == ("second", "other")
    store.delete("rcd_1")
    assert (store.get("rcd_1"), store.get("rcd_2")) == (None, "other")


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "home")
    store.put("rcd_1", "secret")
    assert (tmp_path / "home" / FILE).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700
    assert [path.name for path in (tmp_path / "home").iterdir()] == [FILE]


@pytest.mark.parametrize("content", ["{", "[]", '{"rcd_1": 5}'])
def test_a_damaged_file_says_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(SettingsError, match="damaged") as raised:
        FileStore(tmp_path).get("rcd_1")
    assert "anew" in raised.value.hint_text


def test_a_keyring_that_hangs_costs_its_limit_and_no_more(
    use_keyring: Callable[[KeyringBackend], None],
) -> None:
    asked, release = threading.Event(), threading.Event()

    def hang() -> None:
        asked.set()
        release.wait(30)

    use_keyring(Vault(hang))
    try:
        with pytest.raises(KeyringUnavailableError, match=r"within 0\.2 s") as raised:
            KeyringStore(limit_s=0.2).get("rcd_1")
        assert asked.is_set(), "the fault fired"
        assert "--secrets file" in raised.value.hint_text
    finally:
        release.set()


def test_a_locked_keyring_says_so(use_keyring: Callable[[KeyringBackend], None]) -> None:
    def refuse() -> None:
        raise KeyringLocked("Failed to unlock the collection!")

    use_keyring(Vault(refuse))
    with pytest.raises(KeyringUnavailableError, match="Failed to unlock"):
        KeyringStore().put("rcd_1", "x")


def test_what_protects_nothing_is_no_keyring(use_keyring: Callable[[KeyringBackend], None]) -> None:
    class Plain(Vault):
        priority = 0.5  # type: ignore[assignment]  # as keyrings.alt rates its plain-text file

    use_keyring(Plain())
    with pytest.raises(KeyringUnavailableError, match="no keyring"):
        KeyringStore().get("rcd_1")


def test_the_choice(tmp_path: Path, use_keyring: Callable[[KeyringBackend], None]) -> None:
    vault = Vault()
    use_keyring(vault)
    assert choose(None, tmp_path)[0].place is Place.KEYRING
    assert vault.held == {}, "the trial leaves nothing behind"
    assert choose(Place.FILE, tmp_path)[0].place is Place.FILE

    def locked() -> None:
        raise KeyringLocked("locked")

    vault.before = locked
    store, why = choose(None, tmp_path)
    assert (store.place, "locked" in why) == (Place.FILE, True)
    with pytest.raises(KeyringUnavailableError):
        choose(Place.KEYRING, tmp_path)


def test_a_keyring_that_forgets_is_not_trusted(
    tmp_path: Path, use_keyring: Callable[[KeyringBackend], None]
) -> None:
    vault = Vault()
    vault.set_password = lambda *_: None  # type: ignore[method-assign]
    use_keyring(vault)
    store, why = choose(None, tmp_path)
    assert (store.place, "give back" in why) == (Place.FILE, True)
