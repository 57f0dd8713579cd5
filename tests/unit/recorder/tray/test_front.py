"""A second start opens the window of the first: over real sockets."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from deskreel.recorder.tray.front import listening, opened_elsewhere


async def test_each_second_start_opens_the_window_of_the_first(tmp_path: Path) -> None:
    opened: list[str] = []
    async with listening(tmp_path, lambda: opened.append("window")):
        assert (tmp_path / "window.sock").stat().st_mode & 0o077 == 0
        assert await asyncio.gather(opened_elsewhere(tmp_path), opened_elsewhere(tmp_path)) == [True, True]
        assert opened == ["window", "window"]
    assert not await opened_elsewhere(tmp_path)
    assert not (tmp_path / "window.sock").exists()


async def test_nobody_there_and_nobody_left(tmp_path: Path) -> None:
    assert not await opened_elsewhere(tmp_path)
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(tmp_path / "window.sock"))
    assert not await opened_elsewhere(tmp_path)
    opened: list[str] = []
    async with listening(tmp_path, lambda: opened.append("window")):  # takes over what the killed one left
        assert await opened_elsewhere(tmp_path)
    assert opened == ["window"]


async def test_a_directory_too_deep_for_sockets_costs_only_the_convenience(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    async with listening(deep, lambda: None):
        assert not await opened_elsewhere(deep)


async def test_an_end_without_a_word_is_no_answer(tmp_path: Path) -> None:
    async def close_at_once(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_unix_server(close_at_once, tmp_path / "window.sock"):
        assert not await opened_elsewhere(tmp_path)
