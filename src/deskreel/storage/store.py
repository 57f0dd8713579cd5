"""The object store: the port that Deskreel owns, and `open_store`, which makes an adapter from a URL.

Keys are those of `layout`. What a store must hold to is written once, as a contract suite
(tests/unit/storage/test_storage_contract.py), and run over every adapter.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from deskreel.core.errors import SettingsError

_S3_OPTIONS = {"endpoint", "region"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """One line of a listing."""

    key: str
    size: int  # bytes


class ObjectStore(Protocol):
    """Bytes under keys. Objects are whole or absent: no reader ever sees half of one.

    Every method raises StorageUnavailableError when the store refuses or cannot be reached, and
    InvalidInputError for a key that `layout.check_key` refuses.
    """

    async def put(self, key: str, data: bytes | Path, *, if_absent: bool = False) -> bool:
        """Store bytes, or the content of a file; True when they were written.

        With `if_absent` an object that is there already stays as it is, and the answer is False. When this
        returns, the object survives a power loss.
        """
        ...

    async def get(self, key: str, *, start: int = 0, end: int | None = None) -> bytes:
        """The bytes [start, end) of an object; `start` is below its size, `end` is cut to it.

        Raises NotFoundError if the object is absent.
        """
        ...

    def stream(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """As `get`, in pieces, for objects that should not be in memory at once."""
        ...

    async def list(self, prefix: str) -> tuple[StoredObject, ...]:
        """Objects below `prefix` (whole path segments), by key. Empty when there are none."""
        ...

    async def size(self, key: str) -> int:
        """Bytes of an object. NotFoundError if absent."""
        ...

    async def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; absent ones are no error. When this returns, they do not come back."""
        ...


def open_store(url: str) -> ObjectStore:
    """A store from `file:///absolute/path` or `s3://bucket/prefix?endpoint=https://…&region=…`.

    S3 credentials come from the usual AWS environment variables.

    Raises:
        SettingsError: the URL names no store that Deskreel knows.
        StorageUnavailableError: the directory cannot be made.
    """
    from deskreel.storage.obstore_store import ObstoreStore

    parts = urlsplit(url)
    if parts.scheme == "file":
        path = Path(unquote(parts.path))
        if parts.netloc not in {"", "localhost"} or not parts.path or path == Path("/"):
            raise SettingsError(f"{url!r}: write file:///absolute/path, with three slashes")
        return ObstoreStore.in_directory(path)
    if parts.scheme == "s3" and parts.netloc:
        options = dict(parse_qsl(parts.query))
        if unknown := options.keys() - _S3_OPTIONS:
            raise SettingsError(f"the storage URL has unknown options: {', '.join(sorted(unknown))}")
        return ObstoreStore.in_bucket(
            parts.netloc,
            prefix=parts.path.strip("/"),
            endpoint=options.get("endpoint"),
            region=options.get("region"),
        )
    raise SettingsError(
        "the storage URL must begin with file:/// or s3://",
        hint="Set DESKREEL_STORAGE_URL to file:///absolute/path or s3://bucket/prefix?endpoint=https://…",
    )
