"""`deskreel check` finds a list of interactions, or a coverage, that does not say what its rows amount to."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from deskreel.server.jobs.finish import finish
from support.server import Deskreel, wall_ms

SPOILT = {
    "line changed": "UPDATE interaction_lines SET paused_ms = paused_ms + 1 WHERE whose = '*'",
    "line gone": "DELETE FROM interaction_lines WHERE whose <> '*'",
    "line too many": "INSERT INTO interaction_lines (SELECT (l).* FROM (SELECT l FROM interaction_lines AS l "
    "WHERE whose = '*') AS one) ON CONFLICT (whose, interaction_id) DO UPDATE SET agent_ids = '{nobody}'",
    "coverage changed": "UPDATE interaction_coverage SET captured_ms = 1",
    "coverage gone": "DELETE FROM interaction_coverage",
}


async def call_without_recorder(deskreel: Deskreel, *, paused: bool = False) -> None:
    """A finished call of twenty seconds, two minutes ago."""
    pbx, start = await deskreel.telephony(), wall_ms() - 120_000
    await pbx.post([pbx.event("call.answered", start), pbx.event("recording.started", start)])
    if paused:
        await pbx.say("recording.paused", start)
    await pbx.say("call.ended", start + 20_000)
    interaction = await deskreel.interaction()
    for recording in interaction["screen_recordings"]:
        await finish(deskreel.context, deskreel.store, recording["id"])


@pytest.mark.parametrize("how", SPOILT)
async def test_what_is_derived_and_wrong_is_found(deskreel: Deskreel, how: str) -> None:
    await call_without_recorder(deskreel)
    assert await deskreel.check() == ()
    async with deskreel.context.db.begin() as connection:
        await connection.execute(text(SPOILT[how]))
    findings = await deskreel.check()
    assert len(findings) >= 1
    wrong = "its line in the list" if how.startswith("line") else "its coverage is not that of"
    assert any(wrong in finding for finding in findings)
