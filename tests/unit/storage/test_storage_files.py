"""The directory store: durable, whole or absent, and clear about what is wrong."""

import asyncio
import errno
import os
import threading
from pathlib import Path

import pytest

from deskreel.core.errors import SettingsError, StorageUnavailableError
from deskreel.storage.durable import DurableTree
from deskreel.storage.obstore_store import ObstoreStore
from deskreel.storage.store import open_store


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files and directories that were fsynced, in order."""
    seen: list[Path] = []
    real = os.fsync

    def record(descriptor: int) -> None:
        seen.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    return seen


async def test_acknowledged_means_on_the_disk(tmp_path: Path, synced: list[Path]) -> None:
    store = open_store(f"file://{tmp_path}/objects")
    synced.clear()
    root = tmp_path / "objects"
    await store.put("a/b/one", b"x")
    staged, *directories = synced
    assert staged.parent == root / ".staging"  # the bytes, before they have their name
    assert directories == [root, root / "a", root / "a/b"]  # each new entry in its directory, the name last
    synced.clear()
    await store.put("a/b/two", b"x")
    assert synced[1:] == [root / "a/b"]
    synced.clear()
    await store.delete(["a/b/two"])
    assert synced == [root / "a/b"]


@pytest.mark.parametrize("if_absent", [False, True])
async def test_a_crash_before_the_name_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, if_absent: bool
) -> None:
    store = ObstoreStore.in_directory(tmp_path)
    fired = 0

    def die(_: int) -> None:
        nonlocal fired
        fired += 1
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", die)
        with pytest.raises(StorageUnavailableError, match="No space left"):
            await store.put("a/b", b"half", if_absent=if_absent)
    assert fired == 1
    assert await store.list("a") == ()
    assert list((tmp_path / ".staging").iterdir()) == []
    assert await store.put("a/b", b"whole", if_absent=if_absent) is True


def test_a_file_of_a_dead_process_is_swept_a_young_one_stays(tmp_path: Path) -> None:
    staging = tmp_path / ".staging"
    staging.mkdir()
    old, young = staging / "1-old", staging / "1-young"
    old.touch()
    young.touch()
    os.utime(old, (1, 1))
    DurableTree(tmp_path)
    assert not old.exists()
    assert young.exists()


def test_writers_and_removers_of_one_directory_do_not_trip_each_other(tmp_path: Path) -> None:
    trees = [DurableTree(tmp_path) for _ in range(2)]
    failures: list[BaseException] = []

    def work(tree: DurableTree, name: str) -> None:
        try:
            for number in range(150):
                key = f"a/b/{name}-{number}"
                assert tree.write(key, b"x", if_absent=True)
                tree.remove([key])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(tree, f"t{n}")) for n, tree in enumerate(trees)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [".staging"]


async def test_a_directory_that_vanishes_is_made_again(tmp_path: Path) -> None:
    store = ObstoreStore.in_directory(tmp_path)
    await store.put("a/b/one", b"x")
    (tmp_path / "a/b/one").unlink()
    (tmp_path / "a/b").rmdir()
    await store.put("a/b/two", b"x")
    assert await store.get("a/b/two") == b"x"


async def test_a_store_whose_root_is_gone_is_unavailable(tmp_path: Path) -> None:
    store = ObstoreStore.in_directory(tmp_path / "root")
    (tmp_path / "root/.staging").rmdir()
    (tmp_path / "root").rmdir()
    with pytest.raises(StorageUnavailableError):
        await store.put("a/b", b"x")


async def test_a_full_disk_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ObstoreStore.in_directory(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(StorageUnavailableError, match="No space left on device") as caught:
        await store.put("a/b", b"x", if_absent=True)
    assert caught.value.retryable
    assert list((tmp_path / ".staging").iterdir()) == []


def test_a_root_under_a_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageUnavailableError, match="Not a directory"):
        open_store(f"file://{tmp_path}/file/below")


async def test_spaces_and_percents_in_the_url(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}/with%20space")
    await store.put("a/b", b"x")
    assert (tmp_path / "with space/a/b").read_bytes() == b"x"


@pytest.mark.parametrize(
    "url",
    ["", "/srv/deskreel", "file://", "file:///", "file://host/path", "s3://", "gs://b", "s3://b?endpiont=x"],
)
def test_urls_that_name_no_store(url: str) -> None:
    with pytest.raises(SettingsError):
        open_store(url)


async def test_a_bucket_that_cannot_be_reached_is_unavailable_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-not-to-show")
    store = open_store("s3://bucket/prefix?endpoint=http://127.0.0.1:9&region=us-east-1")
    async with asyncio.timeout(20):
        with pytest.raises(StorageUnavailableError) as caught:
            await store.put("a/b", b"x")
    assert "secret" not in str(caught.value)
