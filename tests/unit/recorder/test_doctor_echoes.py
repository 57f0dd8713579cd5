"""How many echoes the check asks for: as many as it takes to say something of late answers, and no more."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
import pytest

from deskreel.recorder.doctor import traffic
from deskreel.recorder.doctor.facts import Echoes
from deskreel.recorder.doctor.traffic import ProbeAccess

ACCESS = ProbeAccess(gateway_url="http://gateway", probe_id="prb_1", token="x")


async def echoes(lost: Callable[[int], bool]) -> Echoes:
    """At a gateway that loses the n-th message where `lost` says so."""
    asked = 0

    def answer(_: httpx2.Request) -> httpx2.Response:
        nonlocal asked
        asked += 1
        if lost(asked):
            raise httpx2.ConnectError("gone")
        return httpx2.Response(204)

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as client:
        return await traffic.echoes(client, ACCESS)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "_APART_S", 0.0)


@pytest.mark.parametrize(
    ("lost", "sent", "late"),
    [
        (lambda _: False, 149, 0),
        (lambda n: n == 7, 236, 1),
        (lambda _: True, 10, 10),
        (lambda n: n % 3 == 0, 10, 3),
        (lambda n: n % 50 == 0, 400, 8),  # two percent is not to be told from two percent
    ],
    ids=["none", "one", "all", "each third", "two percent"],
)
async def test_it_goes_on_until_it_can_tell(lost: Callable[[int], bool], sent: int, late: int) -> None:
    found = await echoes(lost)
    assert (found.sent, found.late, len(found.rtts_ms)) == (sent, late, sent - late)


async def test_a_slow_link_is_given_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "_ECHOES_S", 0.0)
    assert (await echoes(lambda _: False)).sent == 0
