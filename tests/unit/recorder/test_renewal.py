"""The credential keeper: when it renews, and that what it saved is always what works."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from deskreel.core.ids import RecorderId, make_id
from deskreel.core.time import WallTime
from deskreel.recorder.enrol import identity
from deskreel.recorder.enrol.identity import Identity
from deskreel.recorder.enrol.renewal import CredentialKeeper, Renewed
from deskreel.recorder.problems import UnreachableError

RCD = RecorderId(make_id("rcd", WallTime(1), b"0123456789"))
DUE = WallTime(1000)


class Rig:
    """A keeper over a real directory, with a server that renews or fails, and a clock to set."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.who = Identity(
            server_url="http://s", recorder_id=RCD, credential="first", key=identity.new_key(), renew_at=DUE
        )
        identity.save(home, self.who)
        self.now: WallTime | None = None
        self.failures = 0
        self.asked = 0
        self.adopted: list[str] = []
        self.kept_when_adopted: list[str] = []
        self.news = asyncio.Event()
        self.keeper = CredentialKeeper(
            home=home, who=self.who, renew=self._renew, adopt=self._adopt, now=self._now, look_s=0.005, again_s=0.005
        )  # fmt: skip
        self.looks = 0

    def _now(self) -> WallTime | None:
        self.looks += 1
        self.news.set()
        return self.now

    async def _renew(self) -> Renewed:
        self.asked += 1
        self.news.set()
        if self.failures:
            self.failures -= 1
            raise UnreachableError("no route")
        return Renewed(credential=f"renewed-{self.asked}", renew_at=WallTime(DUE * 10))

    def _adopt(self, who: Identity) -> None:
        self.adopted.append(who.credential)
        self.kept_when_adopted.append(identity.load(self.home).credential)
        self.news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                self.news.clear()
                await self.news.wait()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.keeper.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


async def test_it_renews_when_due_and_saves_before_it_uses(rig: Rig) -> None:
    async with rig.running():
        await rig.until(lambda: rig.looks >= 2)
        assert rig.asked == 0, "the server's time is not known yet"
        rig.now = WallTime(DUE - 1)
        before = rig.looks
        await rig.until(lambda: rig.looks >= before + 2)
        assert rig.asked == 0, "not due"
        rig.now = DUE
        await rig.until(lambda: bool(rig.adopted))
        looks = rig.looks
        await rig.until(lambda: rig.looks >= looks + 2)
    assert rig.adopted == rig.kept_when_adopted == ["renewed-1"]
    assert identity.load(rig.home) != rig.who
    assert identity.load(rig.home).renew_at == DUE * 10


async def test_a_failure_is_tried_again_and_changes_nothing(rig: Rig) -> None:
    rig.now, rig.failures = DUE, 2
    async with rig.running():
        await rig.until(lambda: rig.asked == 2)
        assert identity.load(rig.home).credential == "first"
        await rig.until(lambda: bool(rig.adopted))
    assert (rig.failures, rig.adopted) == (0, ["renewed-3"])


async def test_a_credential_that_cannot_be_saved_is_not_used(rig: Rig) -> None:
    rig.now = DUE
    secrets = rig.home / "secrets.json.part"
    secrets.mkdir()  # in the way of the write
    async with rig.running():
        await rig.until(lambda: rig.asked >= 2)
        assert rig.adopted == []
        assert identity.load(rig.home).credential == "first"
        secrets.rmdir()
        await rig.until(lambda: bool(rig.adopted))
    assert rig.kept_when_adopted == rig.adopted


async def test_a_desktop_enrolled_again_is_noticed_without_a_restart(rig: Rig) -> None:
    async with rig.running():
        await rig.until(lambda: rig.looks >= 1)
        identity.save(rig.home, replace(rig.who, credential="enrolled again"))
        rig.keeper.refused()
        await rig.until(lambda: bool(rig.adopted))
    assert rig.adopted == ["enrolled again"]


async def test_without_a_date_nothing_is_renewed(rig: Rig) -> None:
    rig.keeper._who = replace(rig.who, renew_at=None)
    rig.now = WallTime(DUE * 1000)
    async with rig.running():
        await rig.until(lambda: rig.looks >= 3)
    assert rig.asked == 0
