"""An object store in memory, and a wrapper that makes any store fail.

`MemoryStore` passes the same contract suite as the real adapters. `FlakyStore` embeds a real store and,
seeded, fails some operations before or after they were done: the second kind is a lost answer, which is what
makes idempotency hard. Tests assert on `faults` that something failed at all.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Literal

from deskreel.core.errors import NotFoundError, StorageUnavailableError
from deskreel.storage.layout import check_key
from deskreel.storage.store import ObjectStore, StoredObject

_PIECE_BYTES = 1 << 16
Operation = Literal["put", "get", "stream", "list", "size", "delete"]


class MemoryStore:
    """Objects in a dict; `objects` is open to tests."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    async def put(self, key: str, data: bytes | Path, *, if_absent: bool = False) -> bool:
        """See `ObjectStore.put`."""
        check_key(key)
        if if_absent and key in self.objects:
            return False
        self.objects[key] = data.read_bytes() if isinstance(data, Path) else bytes(data)  # noqa: ASYNC240
        return True

    async def get(self, key: str, *, start: int = 0, end: int | None = None) -> bytes:
        """See `ObjectStore.get`."""
        return self._object(key)[start:end]

    async def stream(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """See `ObjectStore.stream`."""
        data = self._object(key)[start:end]
        for at in range(0, len(data), _PIECE_BYTES):
            yield data[at : at + _PIECE_BYTES]

    async def list(self, prefix: str) -> tuple[StoredObject, ...]:
        """See `ObjectStore.list`."""
        below = f"{check_key(prefix.rstrip('/'))}/"
        found = sorted((key, len(data)) for key, data in self.objects.items() if key.startswith(below))
        return tuple(StoredObject(key=key, size=size) for key, size in found)

    async def size(self, key: str) -> int:
        """See `ObjectStore.size`."""
        return len(self._object(key))

    async def delete(self, keys: Iterable[str]) -> None:
        """See `ObjectStore.delete`."""
        for key in list(keys):
            self.objects.pop(check_key(key), None)

    def _object(self, key: str) -> bytes:
        try:
            return self.objects[check_key(key)]
        except KeyError:
            raise NotFoundError(f"{key} is not in the store") from None


class FlakyStore:
    """A store whose operations fail with StorageUnavailableError at the given rate (0 to 1)."""

    def __init__(
        self, inner: ObjectStore, *, seed: int, rate: float, operations: Iterable[Operation] | None = None
    ) -> None:
        self.inner = inner
        self.rate = rate
        self.faults: Counter[str] = Counter()  # "put before", "put after", "get before", …
        self._operations = None if operations is None else frozenset(operations)
        self._random = random.Random(seed)  # noqa: S311

    async def put(self, key: str, data: bytes | Path, *, if_absent: bool = False) -> bool:
        """See `ObjectStore.put`."""
        after = self._before("put")
        written = await self.inner.put(key, data, if_absent=if_absent)
        self._after("put", after)
        return written

    async def get(self, key: str, *, start: int = 0, end: int | None = None) -> bytes:
        """See `ObjectStore.get`."""
        self._before("get", reading=True)
        return await self.inner.get(key, start=start, end=end)

    async def stream(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """See `ObjectStore.stream`."""
        self._before("stream", reading=True)
        async for piece in self.inner.stream(key, start=start, end=end):
            yield piece

    async def list(self, prefix: str) -> tuple[StoredObject, ...]:
        """See `ObjectStore.list`."""
        self._before("list", reading=True)
        return await self.inner.list(prefix)

    async def size(self, key: str) -> int:
        """See `ObjectStore.size`."""
        self._before("size", reading=True)
        return await self.inner.size(key)

    async def delete(self, keys: Iterable[str]) -> None:
        """See `ObjectStore.delete`."""
        after = self._before("delete")
        await self.inner.delete(keys)
        self._after("delete", after)

    def _before(self, operation: Operation, *, reading: bool = False) -> bool:
        """Fail now, or answer whether to fail once the operation is done."""
        chosen = self._operations is None or operation in self._operations
        if not chosen or self._random.random() >= self.rate:
            return False
        if not reading and self._random.random() < 0.5:
            return True
        self._fire(f"{operation} before")
        return False

    def _after(self, operation: Operation, fail: bool) -> None:
        if fail:
            self._fire(f"{operation} after")

    def _fire(self, fault: str) -> None:
        self.faults[fault] += 1
        raise StorageUnavailableError(f"FlakyStore: {fault}")
