"""Which channels and queue members are which agent's, and what the queues say of an agent's status. Pure.

An agent is known by an identity that an admin has given (interface, member name or extension), else by being a member
of a queue, and is then called by the extension in the interface: `PJSIP/1001` is agent `1001`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deskreel.core.events import AFTER_CALL_WORK, AVAILABLE, AWAY
from deskreel.telephony.asterisk.protocol import Message
from deskreel.telephony.asterisk.switchboard import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """An agent's status by the queues."""

    status: str  # available, away, after_call_work
    reason: str  # of a pause, as the PBX calls it


def extension_of(interface: str) -> str:
    """`PJSIP/1001` → `1001`, `Local/1001@agents/n` → `1001`."""
    return interface.partition("/")[2].partition("@")[0].partition("/")[0] or interface


class Agents:
    """The identities given, and the queue members seen."""

    def __init__(self, identities: Mapping[str, str], acw_reasons: frozenset[str]) -> None:
        self._identities = {identity.casefold(): agent for identity, agent in identities.items()}
        self._acw_reasons = {reason.casefold() for reason in acw_reasons}
        self._devices: dict[str, str] = {}  # interface or state interface of a member → agent
        self._pauses: dict[tuple[str, str], Status] = {}  # (agent, queue) → what that queue says
        self._last_pause: dict[tuple[str, str], str] = {}  # when it began, as that queue says
        self._status: dict[str, Status] = {}  # as it was told last
        self.bound: dict[str, str] = {}  # channel → agent, where a queue said so
        self._came: set[str] = set()  # devices that have become an agent's, and nobody has looked

    @property
    def known(self) -> set[str]:
        """Every agent there is to know."""
        return {*self._identities.values(), *self._devices.values()}

    def key_of(self, interface: str, member_name: str = "") -> str:
        """The agent with this interface and name."""
        for identity in (interface, member_name, extension_of(interface)):
            if identity and (agent := self._identities.get(identity.casefold())):
                return agent
        return extension_of(interface)

    def of_channel(self, channel: Channel) -> str | None:
        """Whose leg a channel is; None for a customer's, a trunk's, or a piece of dialplan."""
        if (bound := self.bound.get(channel.uniqueid)) is not None:
            return bound
        if channel.local:
            return None
        for identity in (channel.interface, extension_of(channel.interface)):
            if agent := self._identities.get(identity.casefold()):
                return agent
        return self._devices.get(channel.interface)

    def member(self, message: Message) -> str | None:
        """Note the queue member in a message; gives the agent, if one is named there."""
        interface = message.get("Interface") or message.get("Location")
        if not interface:
            return None
        agent = self.key_of(interface, message.get("MemberName") or message.get("Name"))
        for device in (interface, message.get("StateInterface")):
            if device and not device.startswith("Local/") and self._devices.get(device) != agent:
                self._devices[device] = agent
                self._came.add(device)
        return agent

    def devices_of(self, message: Message) -> set[str]:
        """The devices of the queue member in a message, and those that have become an agent's since it was asked."""
        came, self._came = self._came, set[str]()
        return came | {message.get("Interface"), message.get("Location"), message.get("StateInterface")}

    def status_change(self, agent: str, message: Message) -> Status | None:
        """The agent's new status, None if nothing changed.

        A member of many queues is reported by each of them, so what one queue says counts only where it differs
        from what that queue said before, and from what the agent's status is already; or where a pause has begun, and
        perhaps ended again, that nobody has heard of.
        """
        paused = message.get("Paused")
        if paused not in ("0", "1"):
            return None
        now = self._reading(paused == "1", message.get("PausedReason"))
        place = (agent, message.get("Queue"))
        before = self._pauses.get(place)
        self._pauses[place] = now
        last, known = message.get("LastPause"), self._last_pause.get(place)
        self._last_pause[place] = last
        missed = message.event == "QueueMember" and known is not None and last != known
        if (now == before or now == self._status.get(agent)) and not missed:
            return None
        if before is None and message.event != "QueueMemberPause" and now.status == AVAILABLE:
            self._status.setdefault(agent, now)  # the first that is heard of this queue: no change
            return None
        self._status[agent] = now
        return now

    def _reading(self, paused: bool, reason: str) -> Status:
        if not paused:
            return Status(status=AVAILABLE, reason="")
        acw = reason.casefold() in self._acw_reasons
        return Status(status=AFTER_CALL_WORK if acw else AWAY, reason=reason)
