"""From AMI events to call events: who has answered which call, and what becomes of its recording. Pure.

Each event goes into the switchboard; then what the agents of the touched calls are now is compared with what was said
of them before, and the difference is said. So it does not matter in which order the events of one instant come, nor
how often one comes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from deskreel.core.events import AFTER_CALL_WORK, CallEvent, EventKind
from deskreel.core.ids import CallId
from deskreel.core.time import WallTime
from deskreel.telephony.asterisk.agents import Agents
from deskreel.telephony.asterisk.parts import Part, about, paused_of
from deskreel.telephony.asterisk.protocol import Message
from deskreel.telephony.asterisk.switchboard import Channel, Switchboard

_ID_LIMIT = 200
_TRANSFERERS = ("TransfererUniqueid", "OrigTransfererUniqueid", "SecondTransfererUniqueid")
_CALLS = ("Linkedid", "DestLinkedid", "TransfererLinkedid")
# events after which something may be different for an agent
_MOVING = frozenset(
    {
        "AgentComplete",
        "AgentConnect",
        "AttendedTransfer",
        "BlindTransfer",
        "BridgeEnter",
        "BridgeLeave",
        "DialEnd",
        "Hangup",
        "MixMonitorMute",
        "MixMonitorStart",
        "MixMonitorStop",
        "QueueMemberStatus",
        "Rename",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cause:
    """What made something be told."""

    at: WallTime
    received_at: WallTime
    stamp: str


class Follower:
    """Follows one PBX over any number of connections."""

    def __init__(
        self, identities: Mapping[str, str] | None = None, acw_reasons: Iterable[str] = ("ACW",)
    ) -> None:
        self._board = Switchboard()
        self._agents = Agents(identities or {}, frozenset(acw_reasons))
        self._parts: dict[tuple[str, str], Part] = {}
        self._left: dict[str, set[str]] = {}  # agents that have left a call which is still up

    @property
    def channels(self) -> int:
        """How many channels are up."""
        return len(self._board.channels)

    @property
    def known_agents(self) -> set[str]:
        """The agents by settings and queues."""
        return self._agents.known

    @property
    def agents_in_calls(self) -> set[str]:
        """The agents that have a call up."""
        return {part.agent for part in self._parts.values()}

    # --- events -------------------------------------------------------------------------------------------------

    def feed(self, message: Message) -> list[CallEvent]:
        """What an event means for agents; nothing for an answer."""
        if not message.event:
            return []
        cause = _Cause(at=message.occurred_at, received_at=message.received_at, stamp=message.stamp)
        before = self._board.channels.get(message.get("Uniqueid"))
        call_before = before.linkedid if before is not None else ""
        channel = self._board.apply(message)
        out = self._member(message, cause)
        out += self._hold(message, cause)
        self._leaving(message)
        # the channel may be gone already; the call is not
        call = channel.linkedid if channel is not None else next(filter(None, map(message.get, _CALLS)), "")
        moved = call_before not in ("", call)
        if message.event in _MOVING or moved:
            touched = {call, call_before, *self._joined(channel)} - {""}
            if message.event == "AttendedTransfer":
                touched = {known.linkedid for known in self._board.channels.values()}
            elif message.event == "QueueMemberStatus":
                touched |= self._board.calls_with(self._agents.devices_of(message))
            for linkedid in sorted(touched):
                out += self._settle(linkedid, cause)
        return out

    def _joined(self, channel: Channel | None) -> set[str]:
        """The calls whose legs are in reach: a bridge may join two."""
        if channel is None:
            return set()
        legs = self._board.reach(channel.uniqueid)
        return {self._board.channels[leg].linkedid for leg in legs}

    def _member(self, message: Message, cause: _Cause) -> list[CallEvent]:
        agent = self._agents.member(message)
        if agent is None:
            return []
        if message.event == "AgentConnect" and (leg := message.get("DestUniqueid")):
            self._agents.bound[leg] = agent
        if message.event not in ("QueueMemberPause", "QueueMemberStatus", "QueueMember"):
            return []
        status = self._agents.status_change(agent, message)
        if status is None:
            return []
        attributes = {"status": status.status, **({"reason": status.reason} if status.reason else {})}
        out = [self._event(EventKind.AGENT_STATUS, agent, cause, attributes=attributes)]
        if status.status == AFTER_CALL_WORK:
            out.append(self._event(EventKind.ACW_STARTED, agent, cause))
        return out

    def _hold(self, message: Message, cause: _Cause) -> list[CallEvent]:
        held = {"Hold": True, "Unhold": False}.get(message.event)
        channel = self._board.channels.get(message.get("Uniqueid"))
        if held is None or channel is None:
            return []
        part = self._parts.get((channel.linkedid, self._agents.of_channel(channel) or ""))
        if part is None or part.held == held:
            return []
        part.held = held
        kind = EventKind.CALL_HELD if held else EventKind.CALL_RETRIEVED
        return [self._event(kind, part.agent, cause, call=part.call)]

    def _leaving(self, message: Message) -> None:
        """An agent has left a leg, before it is hung up."""
        legs: list[str] = []
        transferred, left_by = False, ""
        if message.event in ("BlindTransfer", "AttendedTransfer") and message.get("Result") in (
            "",
            "Success",
        ):
            legs, transferred = [message.get(key) for key in _TRANSFERERS], True
        elif message.event == "AgentComplete":
            legs, left_by = [message.get("DestUniqueid")], message.get("Reason")
            transferred = left_by == "transfer"
        for channel in (self._board.channels.get(leg) for leg in legs):
            agent = None if channel is None else self._agents.of_channel(channel)
            if channel is None or agent is None:
                continue
            channel.over = True
            if (part := self._parts.get((channel.linkedid, agent))) is not None:
                part.transferred |= transferred
                part.left_by = part.left_by or left_by

    # --- what is, against what was told -------------------------------------------------------------------------

    def _settle(self, call: str, cause: _Cause) -> list[CallEvent]:
        """Say what has changed for the agents of a call."""
        legs = self._board.of_call(call)
        by_agent: dict[str, list[Channel]] = {}
        for leg in legs:
            agent = self._agents.of_channel(leg)
            if agent is not None and not leg.over:
                by_agent.setdefault(agent, []).append(leg)
        out: list[CallEvent] = []
        for part in [part for part in self._parts.values() if part.call == call]:
            if part.agent not in by_agent:
                out.append(self._part_over(part, legs, cause))
        for agent, own in sorted(by_agent.items()):
            reached = set[str]().union(*(self._board.reach(leg.uniqueid) for leg in own))
            part = self._parts.get((call, agent))
            if part is None:
                if all(self._piece(leg) for leg in reached - {leg.uniqueid for leg in own}):
                    continue  # alone, or with dialplan only: it has not been answered
                part = self._parts[call, agent] = Part(call=call, agent=agent)
            part.contacts |= reached
            out += self._part_now(part, own, cause)
        if not legs:
            for agent in sorted(self._left.pop(call, ())):
                out.append(self._event(EventKind.CALL_ENDED, agent, cause, call=call))
        return out

    def _piece(self, uniqueid: str) -> bool:
        channel = self._board.channels.get(uniqueid)
        return channel is not None and channel.local

    def _part_now(self, part: Part, own: list[Channel], cause: _Cause) -> list[CallEvent]:
        out: list[CallEvent] = []

        def tell(kind: EventKind, attributes: Mapping[str, Any] | None = None) -> None:
            out.append(self._event(kind, part.agent, cause, call=part.call, attributes=attributes))

        if not part.answered:
            part.answered = True
            tell(EventKind.CALL_ANSWERED, self._facts(part.call, own))
        places = part.contacts | {leg.uniqueid for leg in own}
        recorded = [c for place in places if (c := self._board.channels.get(place)) and c.recordings]
        recordings = [recording for channel in recorded for recording in channel.recordings]
        if not recordings:
            if part.recording:
                part.recording, part.paused = False, False
                tell(EventKind.RECORDING_STOPPED)
            return out
        paused = paused_of(recordings)
        if not part.recording:
            part.recording, part.paused = True, None if paused is None else False
            tell(EventKind.RECORDING_STARTED, about(recorded, unknown=paused is None))
        if paused != part.paused and paused is not None:
            tell(EventKind.RECORDING_PAUSED if paused else EventKind.RECORDING_RESUMED)
            part.paused = paused
        return out

    def _part_over(self, part: Part, legs: list[Channel], cause: _Cause) -> CallEvent:
        """The agent has no leg in the call any more."""
        del self._parts[part.call, part.agent]
        goes_on = any(not leg.over for leg in legs) and part.left_by != "caller"
        if part.transferred or goes_on:
            if legs:
                self._left.setdefault(part.call, set()).add(part.agent)
            attributes = {"reason": "transfer"} if part.transferred else {}
            return self._event(
                EventKind.CALL_TRANSFERRED, part.agent, cause, call=part.call, attributes=attributes
            )
        return self._event(EventKind.CALL_ENDED, part.agent, cause, call=part.call)

    def _facts(self, call: str, own: list[Channel]) -> dict[str, str]:
        """Who called whom, as far as the first leg is still there to tell."""
        first = self._board.channels.get(call)
        outbound = any(leg.uniqueid == call for leg in own)
        facts = {
            "direction": "outbound" if outbound else "inbound",
            "queue": self._board.queues.get(call, ""),
        }
        if first is not None:
            facts |= {"caller": first.number, "callee": first.dialled}
        return {name: value for name, value in facts.items() if value}

    def _event(
        self,
        kind: EventKind,
        agent: str,
        cause: _Cause,
        *,
        call: str = "",
        attributes: Mapping[str, Any] | None = None,
    ) -> CallEvent:
        event_id = f"{kind.value}/{call}/{agent}/{cause.stamp}"
        if len(event_id) > _ID_LIMIT:
            event_id = hashlib.sha256(event_id.encode()).hexdigest()
        return CallEvent(
            event_id=event_id,
            kind=kind,
            agent=agent,
            occurred_at=cause.at,
            received_at=cause.received_at,
            call_id=CallId(call) if call else None,
            attributes=dict(attributes or {}),
        )

    # --- after the link was away --------------------------------------------------------------------------------

    def resync(
        self, board: Switchboard, members: Iterable[Message], at: WallTime, received_at: WallTime
    ) -> list[CallEvent]:
        """Go on from what was asked of the PBX at `at`: what is up, told anew, and a snapshot for each agent.

        Whether a recording is paused cannot be asked: it is told as unknown until the next mute event.
        """
        cause = _Cause(at=at, received_at=received_at, stamp=f"sync{at}")
        board.adopt(self._board)
        self._board = board
        self._agents.bound = {leg: a for leg, a in self._agents.bound.items() if leg in board.channels}
        out: list[CallEvent] = []
        for message in members:
            out += [event for event in self._member(message, cause) if event not in out]
        known = {part.agent for part in self._parts.values()}
        # a part that is still up keeps whom it talked with; the rest is told anew
        self._parts = {
            key: Part(
                call=part.call, agent=part.agent, contacts=part.contacts & set(board.channels), held=part.held
            )
            for key, part in self._parts.items()
            if any(self._agents.of_channel(leg) == part.agent for leg in board.of_call(part.call))
        }
        self._left = {call: agents for call, agents in self._left.items() if board.of_call(call)}
        for call in sorted({channel.linkedid for channel in board.channels.values()}):
            out += self._settle(call, cause)
        for agent in sorted(known | self._agents.known):
            calls = sorted(part.call for part in self._parts.values() if part.agent == agent)
            out.append(self._event(EventKind.SNAPSHOT, agent, cause, attributes={"calls": calls}))
        return out

    def heartbeats(self, at: WallTime) -> list[CallEvent]:
        """The source is alive: one for each agent who has a call up."""
        cause = _Cause(at=at, received_at=at, stamp=f"alive{at}")
        return [self._event(EventKind.HEARTBEAT, agent, cause) for agent in sorted(self.agents_in_calls)]
