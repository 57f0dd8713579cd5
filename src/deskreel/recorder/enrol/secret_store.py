"""Where the recorder keeps what nobody else may read: the keyring of the desktop, or a file.

Which one is chosen at enrolment and stands in identity.json. A keyring may ask a person for its password, or not
answer at all, for as long as it likes; every call here has a time limit.
"""

from __future__ import annotations

import json
import queue
import secrets
import threading
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from deskreel.core.errors import DeskreelError, SettingsError
from deskreel.recorder.files import Filesystem, OsFilesystem, write_atomic

T = TypeVar("T")
FILE = "secrets.json"
SERVICE = "deskreel-recorder"  # under which keyrings list it
LIMIT_S = 20.0  # long enough to type the password of a keyring
_RECOMMENDED = 1  # keyring's priority of back ends that really protect what they hold


class Place(StrEnum):
    """Where secrets are kept."""

    KEYRING = "keyring"
    FILE = "file"


class KeyringUnavailableError(DeskreelError):
    """There is no keyring, it is locked, or it does not answer."""

    code = "keyring_unavailable"
    status = 503
    title = "The keyring cannot be used"
    retryable = True
    hint = (
        "Sign in to the desktop session, unlock its keyring and start the recorder there; "
        "or enrol again with `--secrets file`."
    )


class SecretStore(Protocol):
    """Texts by account. Methods raise DeskreelError and take at most their time limit."""

    place: ClassVar[Place]

    def put(self, account: str, secret: str) -> None:
        """Keep a secret, replacing an older one as a whole."""
        ...

    def get(self, account: str) -> str | None:
        """The secret, None if there is none."""
        ...

    def delete(self, account: str) -> None:
        """Forget a secret; one that is not there is no error."""
        ...


class FileStore:
    """One file in the recorder's directory that only its owner may read."""

    place: ClassVar[Place] = Place.FILE

    def __init__(self, directory: Path, fs: Filesystem | None = None) -> None:
        self._path = directory / FILE
        self._fs = fs or OsFilesystem()

    def put(self, account: str, secret: str) -> None:
        """Keep a secret.

        Raises:
            SettingsError: the file cannot be written.
        """
        self._write({**self._read(), account: secret})

    def get(self, account: str) -> str | None:
        """The secret.

        Raises:
            SettingsError: the file cannot be read or is damaged.
        """
        return self._read().get(account)

    def delete(self, account: str) -> None:
        """Forget a secret.

        Raises:
            SettingsError: the file cannot be written.
        """
        held = self._read()
        if held.pop(account, None) is not None:
            self._write(held)

    def _read(self) -> dict[str, str]:
        try:
            held = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise SettingsError(f"{self._path}: {error.strerror}") from error
        except ValueError as error:
            raise self._damaged() from error
        if not isinstance(held, dict) or not all(isinstance(value, str) for value in held.values()):
            raise self._damaged()
        return held

    def _write(self, held: dict[str, str]) -> None:
        try:
            self._fs.mkdir(self._path.parent)
            write_atomic(self._fs, self._path, json.dumps(held, indent=1).encode())
        except OSError as error:
            raise SettingsError(f"{self._path}: {error.strerror}") from error

    def _damaged(self) -> SettingsError:
        return SettingsError(f"{self._path} is damaged", hint="Enrol this recorder anew.")


class KeyringStore:
    """The desktop's own: Secret Service, macOS Keychain or Windows Credential Locker, whichever there is."""

    place: ClassVar[Place] = Place.KEYRING

    def __init__(self, *, limit_s: float = LIMIT_S) -> None:
        self._limit_s = limit_s

    def put(self, account: str, secret: str) -> None:
        """Keep a secret.

        Raises:
            KeyringUnavailableError: as it says.
        """
        self._ask(lambda backend: backend.set_password(SERVICE, account, secret))

    def get(self, account: str) -> str | None:
        """The secret.

        Raises:
            KeyringUnavailableError: as it says.
        """
        found = self._ask(lambda backend: backend.get_password(SERVICE, account))
        return None if found is None else str(found)

    def delete(self, account: str) -> None:
        """Forget a secret.

        Raises:
            KeyringUnavailableError: as it says.
        """

        def forget(backend: Any) -> None:
            if backend.get_password(SERVICE, account) is not None:
                backend.delete_password(SERVICE, account)

        self._ask(forget)

    def prove(self) -> None:
        """Put something in, get it back and take it away.

        Raises:
            KeyringUnavailableError: that did not work.
        """
        account, secret = f"probe-{secrets.token_hex(8)}", secrets.token_hex(8)
        self.put(account, secret)
        found = self.get(account)
        self.delete(account)
        if found != secret:
            raise KeyringUnavailableError("the keyring does not give back what was put into it")

    def _ask(self, question: Callable[[Any], T]) -> T:
        return _within(self._limit_s, lambda: question(_backend()))


def choose(place: Place | None, directory: Path) -> tuple[SecretStore, str]:
    """The store to use, and why. None: the keyring if it works, else the file.

    Raises:
        KeyringUnavailableError: the keyring was asked for and does not work.
    """
    if place is Place.FILE:
        return FileStore(directory), "as asked for"
    keyring = KeyringStore()
    try:
        keyring.prove()
    except KeyringUnavailableError as error:
        if place is Place.KEYRING:
            raise
        return FileStore(directory), f"no keyring can be used: {error.detail}"
    return keyring, "it answers"


def store_at(place: Place, directory: Path) -> SecretStore:
    """The store that was chosen at enrolment."""
    return KeyringStore() if place is Place.KEYRING else FileStore(directory)


def _backend() -> Any:
    """The best back end. Importing the library may already ask the session's bus."""
    try:
        import keyring
    except ImportError as error:
        raise KeyringUnavailableError("the package keyring is not installed") from error
    backend = keyring.get_keyring()
    if backend.priority < _RECOMMENDED:
        raise KeyringUnavailableError("this session has no keyring")
    return backend


def _within(limit_s: float, work: Callable[[], T]) -> T:
    """What `work` gives, if it does so in time. A thread of a library that hangs cannot be ended: it is left."""
    answers: queue.SimpleQueue[Callable[[], T]] = queue.SimpleQueue()

    def run() -> None:
        try:
            value = work()
        except Exception as error:  # back ends raise whatever their system does
            answers.put(_raiser(error))
        else:
            answers.put(lambda: value)

    threading.Thread(target=run, name="keyring", daemon=True).start()
    try:
        answer = answers.get(timeout=limit_s)
    except queue.Empty as error:
        raise KeyringUnavailableError(f"the keyring did not answer within {limit_s:g} s") from error
    return answer()


def _raiser(error: Exception) -> Callable[[], Any]:
    def answer() -> Any:
        if isinstance(error, KeyringUnavailableError):
            raise error
        raise KeyringUnavailableError(f"{type(error).__name__}: {error}") from error

    return answer
