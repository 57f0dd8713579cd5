"""ObjectStore over obstore: a local directory or an S3-compatible bucket.

Reads and listings are obstore's on both. Writes to a directory go through `DurableTree`, because obstore's
LocalStore does not sync what it writes, and an acknowledged chunk must survive a power loss.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Generator, Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, S3Store

from deskreel.core.errors import NotFoundError, StorageUnavailableError
from deskreel.storage.durable import DurableTree
from deskreel.storage.layout import check_key
from deskreel.storage.store import StoredObject

if TYPE_CHECKING:
    from obstore import GetOptions
    from obstore.store import S3Config

_PIECE_BYTES = 1 << 20
# Recorders and browsers repeat by themselves: fail soon and say so, rather than hold the request for minutes.
_RETRIES = 2
_RETRY_LIMIT = timedelta(seconds=10)
_CONNECT_LIMIT = timedelta(seconds=5)


class ObstoreStore:
    """The adapter. Make it with `in_directory` or `in_bucket`, or by `store.open_store(url)`."""

    def __init__(self, backend: LocalStore | S3Store, *, tree: DurableTree | None) -> None:
        self._backend = backend
        self._tree = tree  # None for a bucket

    @staticmethod
    def in_directory(root: Path, *, sync: bool = True) -> ObstoreStore:
        """A store in a local directory, which is made if need be.

        Raises:
            StorageUnavailableError: it cannot be made or written.
        """
        with _mapped(f"the directory {root}", missing=False):
            tree = DurableTree(root, sync=sync)
            return ObstoreStore(LocalStore(root), tree=tree)

    @staticmethod
    def in_bucket(
        bucket: str, *, prefix: str = "", endpoint: str | None = None, region: str | None = None
    ) -> ObstoreStore:
        """A store in an existing bucket; credentials, and what is None here, come from the environment."""
        config: S3Config = {}
        if endpoint is not None:
            config["endpoint"] = endpoint
        if region is not None:
            config["region"] = region
        backend = S3Store(
            bucket,
            prefix=prefix or None,
            config=config,
            client_options={
                "allow_http": endpoint is not None and endpoint.startswith("http://"),
                "connect_timeout": _CONNECT_LIMIT,
            },
            retry_config={"max_retries": _RETRIES, "retry_timeout": _RETRY_LIMIT},
        )
        return ObstoreStore(backend, tree=None)

    async def put(self, key: str, data: bytes | Path, *, if_absent: bool = False) -> bool:
        """See `ObjectStore.put`."""
        check_key(key)
        with _mapped(key, missing=False):
            if self._tree is not None:
                return await asyncio.to_thread(self._tree.write, key, data, if_absent=if_absent)
            return await self._put_in_bucket(key, data, if_absent=if_absent)

    async def _put_in_bucket(self, key: str, data: bytes | Path, *, if_absent: bool) -> bool:
        if isinstance(data, Path):
            # A multipart upload has no condition: of two writers both may write, one after the other.
            if if_absent and await self._exists(key):
                return False
            await obstore.put_async(self._backend, key, data)
            return True
        try:
            mode = "create" if if_absent else "overwrite"
            await obstore.put_async(self._backend, key, data, mode=mode, use_multipart=False)
        except AlreadyExistsError:
            return False
        return True

    async def get(self, key: str, *, start: int = 0, end: int | None = None) -> bytes:
        """See `ObjectStore.get`."""
        check_key(key)
        if end is not None and end <= start:
            return b""
        with _mapped(key, missing=True):
            result = await obstore.get_async(self._backend, key, options=_range(start, end))
            return bytes(await result.bytes_async())

    async def stream(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """See `ObjectStore.stream`."""
        check_key(key)
        if end is not None and end <= start:
            return
        with _mapped(key, missing=True):
            result = await obstore.get_async(self._backend, key, options=_range(start, end))
            async for piece in result.stream(min_chunk_size=_PIECE_BYTES):
                yield bytes(piece)

    async def list(self, prefix: str) -> tuple[StoredObject, ...]:
        """See `ObjectStore.list`."""
        check_key(prefix.rstrip("/"))
        with _mapped(prefix, missing=False):
            # obstore types its Arrow variant with a package that is not installed
            found = await obstore.list(  # pyright: ignore[reportUnknownMemberType]
                self._backend, prefix.rstrip("/")
            ).collect_async()
        objects = (StoredObject(key=meta["path"], size=meta["size"]) for meta in found)
        return tuple(sorted(objects, key=lambda stored: stored.key))

    async def size(self, key: str) -> int:
        """See `ObjectStore.size`."""
        check_key(key)
        with _mapped(key, missing=True):
            return (await obstore.head_async(self._backend, key))["size"]

    async def delete(self, keys: Iterable[str]) -> None:
        """See `ObjectStore.delete`."""
        doomed = [check_key(key) for key in keys]
        if not doomed:
            return
        with _mapped(f"{len(doomed)} objects", missing=False):
            if self._tree is not None:
                await asyncio.to_thread(partial(self._tree.remove, doomed))
                return
            for key in doomed:  # one by one, because the answer to a bulk delete hides absent ones badly
                with contextlib.suppress(FileNotFoundError):
                    await obstore.delete_async(self._backend, key)

    async def _exists(self, key: str) -> bool:
        try:
            await obstore.head_async(self._backend, key)
        except FileNotFoundError:
            return False
        return True


def _range(start: int, end: int | None) -> GetOptions | None:
    if end is not None:
        return {"range": (start, end)}
    return {"range": {"offset": start}} if start else None


@contextlib.contextmanager
def _mapped(what: str, *, missing: bool) -> Generator[None]:
    """obstore's and the file system's errors as ours; `missing` when absence is an answer."""
    try:
        yield
    except FileNotFoundError as error:
        if missing:
            raise NotFoundError(f"{what} is not in the store") from error
        raise StorageUnavailableError(f"{what}: {_first_line(error)}") from error
    except (BaseError, OSError) as error:
        raise StorageUnavailableError(f"{what}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    # obstore appends pages of debug output, with request headers in it, below the first line.
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
