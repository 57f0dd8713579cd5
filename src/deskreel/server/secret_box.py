"""Secrets that the server must be able to read again (a PBX's, a webhook's), encrypted at rest.

Owns the key, a file beside the other keys of the data directory; every server and worker needs the same one. What is
in the database opens nothing without it.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from deskreel.core.errors import SettingsError

_FILE = "secrets.key"


class SecretBox:
    """Closes and opens texts with one key."""

    def __init__(self, key: bytes) -> None:
        try:
            self._fernet = Fernet(key)
        except ValueError as error:
            raise SettingsError(f"keys/{_FILE} holds no key") from error

    @staticmethod
    def load_or_create(folder: Path) -> SecretBox:
        """With the key in `folder`, which is made at first use.

        Raises:
            SettingsError: the file cannot be read or made, or holds no key.
        """
        path = folder / _FILE
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if path.exists():
                return SecretBox(path.read_bytes().strip())
            with contextlib.suppress(FileExistsError):
                fresh = folder / f"{_FILE}.{os.getpid()}.new"
                with open(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
                    file.write(Fernet.generate_key())
                    file.flush()
                    os.fsync(file.fileno())
                try:
                    os.link(fresh, path)  # whole, and by one process alone
                finally:
                    fresh.unlink()
            return SecretBox(path.read_bytes().strip())
        except OSError as error:
            raise SettingsError(f"{path}: {error.strerror}") from error

    def close(self, text: str) -> str:
        """`text`, so that only `open` reads it."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, closed: str) -> str:
        """What was closed.

        Raises:
            SettingsError: it was closed with another key.
        """
        try:
            return self._fernet.decrypt(closed.encode()).decode()
        except InvalidToken as error:
            raise SettingsError(
                f"a stored secret was encrypted with another key than keys/{_FILE}",
                hint="Give every server the same keys directory, or enter the secret anew.",
            ) from error
