"""The test of a telephony source: was it heard of, can the PBX be asked, and whom does it know."""

from __future__ import annotations

from deskreel.core.errors import DeskreelError
from deskreel.server.calls.source_model import SourceTest
from deskreel.server.calls.sources import asterisk_settings, source_row
from deskreel.server.context import Context
from deskreel.telephony.asterisk.client import AmiClient
from deskreel.telephony.asterisk.follow import Follower
from deskreel.telephony.asterisk.resync import QUESTIONS, board_of, members_of
from deskreel.telephony.asterisk.settings import AsteriskSettings

TEST_ANSWER_S = 5.0


async def probe_source(context: Context, source_id: str) -> SourceTest:
    """Whether the source can be reached, or has been heard of.

    Raises:
        NotFoundError: there is none of this id.
    """
    async with context.db.begin() as connection:
        row = await source_row(connection, source_id)
    if row.kind == "call_events":
        if row.last_event_at is None:
            return SourceTest(
                ok=False,
                detail="Nothing was heard of it yet.",
                hint=f"Send a signed heartbeat to {context.settings.base_url}/api/v1/call-events"
                f"?source={row.name}.",
            )
        ago_s = (context.clock() - row.last_event_at) // 1000
        return SourceTest(ok=True, detail=f"It was heard of {ago_s} s ago.")
    try:
        return await _ask_pbx(context, asterisk_settings(context, row, answer_s=TEST_ANSWER_S))
    except DeskreelError as error:
        return SourceTest(ok=False, detail=f"{error.code}: {error.detail}", hint=error.hint_text)


async def _ask_pbx(context: Context, settings: AsteriskSettings) -> SourceTest:
    client = await AmiClient.connect(settings, context.clock)
    try:
        answers = [
            message
            for question in QUESTIONS
            for message in await client.ask(question, timeout_s=TEST_ANSWER_S, many=True)
        ]
    finally:
        await client.close()
    now = context.clock()
    follower = Follower(settings.agents, settings.acw_reasons)
    follower.resync(board_of(answers), members_of(answers), now, now)
    agents = sorted(follower.known_agents)
    return SourceTest(
        ok=True,
        detail=f"Signed in; protocol {client.version}, {follower.channels} channels up.",
        hint=None if agents else "It has no queue members: name the agents' interfaces in `agents`.",
        found={"agents": agents, "channels": follower.channels, "in_calls": sorted(follower.agents_in_calls)},
    )
