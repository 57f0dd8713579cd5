"""When a running recorder checks its connection by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deskreel.recorder.doctor.program import CheckFailedError, check_daily, run_check


class EndError(Exception):
    """Of the test."""


class Day:
    """Hours pass as they are slept through."""

    def __init__(self, busy_until_s: float = 0.0) -> None:
        self.now_s, self.busy_until_s = 0.0, busy_until_s
        self.checked_at: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        if self.now_s > 3 * 24 * 3600:
            raise EndError

    def idle(self) -> bool:
        return self.now_s >= self.busy_until_s

    async def check(self, home: Path, *, quick: bool) -> dict[str, Any]:
        assert quick
        self.checked_at.append(self.now_s)
        if len(self.checked_at) == 1:
            raise CheckFailedError("it ended with code 1 and no report")
        return {"exit_code": 0, "region": "eu"}

    async def pass_by(self) -> None:
        with pytest.raises(EndError):
            await check_daily(Path("/nowhere"), idle=self.idle, check=self.check, sleep=self.sleep)


async def test_some_time_after_the_start_and_daily_also_after_one_that_failed() -> None:
    day = Day()
    await day.pass_by()
    first = day.checked_at[0]
    assert 600 <= first <= 3600
    assert [round(at - first) for at in day.checked_at] == [0, 86_400, 172_800]


async def test_not_while_the_screen_is_recorded() -> None:
    day = Day(busy_until_s=5 * 3600)
    await day.pass_by()
    assert 5 * 3600 <= day.checked_at[0] <= 5 * 3600 + 61


async def test_a_program_that_prints_no_report(tmp_path: Path) -> None:
    with pytest.raises(CheckFailedError, match="code 0 and no report"):
        await run_check(tmp_path, quick=True, command=["/bin/true"])
    with pytest.raises(CheckFailedError):
        await run_check(tmp_path, quick=False, command=["/nonexistent/deskreel"])
    report = await run_check(
        tmp_path, quick=True, command=["/bin/sh", "-c", 'echo "{\\"at\\": \\"$DESKREEL_RECORDER_DIR $0\\"}"']
    )
    assert report == {"at": f"{tmp_path} --quick"}
