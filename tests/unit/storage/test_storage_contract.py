"""What every object store holds to: the real ones and the shipped fakes."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deskreel.core.errors import InvalidInputError, NotFoundError
from deskreel.storage.store import ObjectStore, StoredObject, open_store
from deskreel.testing.memory_store import FlakyStore, MemoryStore

_S3_URL = os.environ.get("DESKREEL_TEST_S3_URL", "")


@pytest.fixture(params=["file", "memory", "flaky-at-rest", "s3"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ObjectStore]:
    match request.param:
        case "file":
            yield open_store(f"file://{tmp_path}/objects")
        case "memory":
            yield MemoryStore()
        case "flaky-at-rest":
            yield FlakyStore(MemoryStore(), seed=1, rate=0.0)
        case _:
            if not _S3_URL:
                pytest.skip("DESKREEL_TEST_S3_URL is not set (s3://bucket?endpoint=http://…)")
            base, _, query = _S3_URL.partition("?")
            yield open_store(f"{base.rstrip('/')}/test-{uuid.uuid4().hex}?{query}")


async def test_what_is_put_is_got(store: ObjectStore) -> None:
    assert await store.put("a/b/one.bin", b"content") is True
    assert await store.get("a/b/one.bin") == b"content"
    assert await store.size("a/b/one.bin") == 7


async def test_an_empty_object_is_one(store: ObjectStore) -> None:
    await store.put("a/empty", b"")
    assert await store.get("a/empty") == b""
    assert await store.size("a/empty") == 0


async def test_put_replaces(store: ObjectStore) -> None:
    await store.put("a/b", b"first, and longer")
    assert await store.put("a/b", b"second") is True
    assert await store.get("a/b") == b"second"


async def test_put_if_absent_keeps_the_first(store: ObjectStore) -> None:
    assert await store.put("a/b", b"first", if_absent=True) is True
    assert await store.put("a/b", b"second", if_absent=True) is False
    assert await store.get("a/b") == b"first"


async def test_of_many_that_put_if_absent_one_wins(store: ObjectStore) -> None:
    bodies = [bytes([number]) * 10_000 for number in range(12)]
    won = await asyncio.gather(*(store.put("a/b/c", body, if_absent=True) for body in bodies))
    assert sum(won) == 1
    assert await store.get("a/b/c") == bodies[won.index(True)]


@pytest.mark.parametrize("if_absent", [False, True])
async def test_a_file_is_put_by_its_content(store: ObjectStore, tmp_path: Path, if_absent: bool) -> None:
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 50_000)  # 12.8 MB: multipart on S3
    assert await store.put("a/file", source, if_absent=if_absent) is True
    assert await store.get("a/file") == source.read_bytes()
    assert source.exists()
    if if_absent:
        assert await store.put("a/file", source, if_absent=True) is False


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, None, b"0123456789"), (3, None, b"3456789"), (3, 5, b"34"), (3, 99, b"3456789"), (4, 4, b"")],
)
async def test_ranges(store: ObjectStore, start: int, end: int | None, expected: bytes) -> None:
    await store.put("a/b", b"0123456789")
    assert await store.get("a/b", start=start, end=end) == expected
    assert b"".join([piece async for piece in store.stream("a/b", start=start, end=end)]) == expected


async def test_a_stream_comes_in_pieces(store: ObjectStore) -> None:
    data = os.urandom(5_000_000)
    await store.put("a/long", data)
    pieces = [piece async for piece in store.stream("a/long", start=1)]
    assert len(pieces) > 1
    assert b"".join(pieces) == data[1:]


async def test_absent_objects(store: ObjectStore) -> None:
    await store.put("a/b", b"x")
    for key in ("a/c", "nowhere/at/all"):
        with pytest.raises(NotFoundError):
            await store.get(key)
        with pytest.raises(NotFoundError):
            await store.size(key)
        with pytest.raises(NotFoundError):
            await anext(aiter(store.stream(key)))


async def test_list_is_by_whole_segments_and_in_order(store: ObjectStore) -> None:
    for key in ("a/b/2", "a/b/1", "a/b/c/3", "a/bc/4", "a/b.x"):
        await store.put(key, key.encode())
    found = (
        StoredObject(key="a/b/1", size=5),
        StoredObject(key="a/b/2", size=5),
        StoredObject(key="a/b/c/3", size=7),
    )
    assert await store.list("a/b") == found
    assert await store.list("a/b/") == found
    assert await store.list("a/b/1") == ()
    assert await store.list("zz") == ()


async def test_list_goes_past_a_thousand(store: ObjectStore) -> None:
    keys = [f"a/many/{number:05d}" for number in range(1_100)]
    for at in range(0, len(keys), 100):
        await asyncio.gather(*(store.put(key, b"") for key in keys[at : at + 100]))
    assert [stored.key for stored in await store.list("a/many")] == keys


async def test_delete_takes_the_named_ones_and_forgives_absent_ones(store: ObjectStore) -> None:
    for key in ("a/1", "a/2", "b/c/3"):
        await store.put(key, b"x")
    await store.delete(["a/1", "a/nothing", "no/where", "b/c/3"])
    await store.delete([])
    assert [stored.key for stored in await store.list("a")] == ["a/2"]
    assert await store.list("b") == ()
    await store.put("b/c/3", b"again")
    assert await store.get("b/c/3") == b"again"


@pytest.mark.parametrize("key", ["../x", "a//b", "/a", "a/.hidden", ""])
async def test_keys_from_elsewhere_are_refused(store: ObjectStore, key: str) -> None:
    with pytest.raises(InvalidInputError):
        await store.put(key, b"x")
    with pytest.raises(InvalidInputError):
        await store.get(key)
    with pytest.raises(InvalidInputError):
        await store.size(key)
    with pytest.raises(InvalidInputError):
        await store.delete([key])
    with pytest.raises(InvalidInputError):
        await anext(aiter(store.stream(key)))
