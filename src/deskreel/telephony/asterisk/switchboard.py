"""What is known of a PBX at an instant: channels, bridges, recorded channels, queue members. Pure.

AMI events go in one by one, in any order within an instant; nothing comes out but the state. What it means for
agents is `follow`'s business.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from deskreel.core.time import WallTime
from deskreel.telephony.asterisk.protocol import Message

_REMEMBERED = 10_000  # channels that hung up, so that a late event does not bring them back
FILE_VARIABLE = "MIXMONITOR_FILENAME"
_DIRECTIONS = {"both": ("read", "write"), "read": ("read",), "write": ("write",)}


@dataclass(slots=True, kw_only=True)
class CallRecording:
    """One MixMonitor on a channel. A flag is None while it is not known."""

    read: bool | None = False  # muted: what comes from this channel
    write: bool | None = False  # muted: what goes to it
    since: WallTime | None = None  # None: before anybody listened
    found: bool = False  # it was found under way

    @property
    def paused(self) -> bool | None:
        """Paused is muted in both directions; None when that is not known."""
        flags = (self.read, self.write)
        return False if False in flags else None if None in flags else True


@dataclass(slots=True, kw_only=True)
class Channel:
    """One leg of a call."""

    uniqueid: str
    name: str  # PJSIP/1001-0000000a
    linkedid: (
        str  # the call; changes when calls are joined; like every field that it is found by: by `put` alone
    )
    number: str = ""  # caller id of this leg
    dialled: str = ""  # the extension it asked for
    bridge: str = ""  # where it talks; empty: nowhere
    dialled_with: str = ""  # the leg that it was answered by or has answered, until both are in a bridge
    file: str = ""  # of its newest recording
    stopped: str = ""  # the file of one that was stopped, and after which none was started
    recordings: list[CallRecording] = field(default_factory=list[CallRecording])
    over: bool = False  # the agent has left it, though it has not been hung up yet

    @property
    def local(self) -> bool:
        """Whether it is half of a Local channel: a piece of dialplan, not a phone."""
        return self.name.startswith("Local/")

    @property
    def interface(self) -> str:
        """What queues call the device: the name without its number."""
        return self.name.rpartition("-")[0]


class Switchboard:
    """Channels by uniqueid, and the queue of each call."""

    def __init__(self) -> None:
        self._channels: dict[str, Channel] = {}
        self._found: dict[tuple[str, str], dict[str, Channel]] = {}  # by field and value
        self.queues: dict[str, str] = {}  # of calls, by linkedid
        self._gone: OrderedDict[str, None] = OrderedDict()

    # --- books --------------------------------------------------------------------------------------------------

    @property
    def channels(self) -> Mapping[str, Channel]:
        """What is up, by uniqueid."""
        return self._channels

    def put(self, channel: Channel, **fields: str) -> None:
        """Take a channel into the books, or change `fields` of one that is there."""
        if self._channels.get(channel.uniqueid) is channel:
            if all(getattr(channel, name) == value for name, value in fields.items()):
                return
            self._remove(channel.uniqueid)
        for name, value in fields.items():
            setattr(channel, name, value)
        self._channels[channel.uniqueid] = channel
        for place in _places(channel):
            self._found.setdefault(place, {})[channel.uniqueid] = channel

    def _remove(self, uniqueid: str) -> Channel | None:
        channel = self._channels.pop(uniqueid, None)
        for place in () if channel is None else _places(channel):
            there = self._found[place]
            del there[uniqueid]
            if not there:
                del self._found[place]
        return channel

    def _find(self, by: str, value: str) -> Iterable[Channel]:
        return self._found.get((by, value), {}).values() if value else ()

    # --- questions ----------------------------------------------------------------------------------------------

    def gone(self, uniqueid: str) -> bool:
        """Whether a channel has been hung up."""
        return uniqueid in self._gone

    def of_call(self, linkedid: str) -> list[Channel]:
        """The legs of a call that are up."""
        return list(self._find("linkedid", linkedid))

    def calls_with(self, interfaces: Iterable[str]) -> set[str]:
        """The calls in which one of these devices has a leg."""
        return {channel.linkedid for one in interfaces for channel in self._find("interface", one)}

    def reach(self, uniqueid: str) -> set[str]:
        """The legs that can be heard on a leg, itself included: over bridges, Local channels, answered dials."""
        seen: set[str] = set()
        ahead = [uniqueid]
        while ahead:
            here = self.channels.get(ahead.pop())
            if here is None or here.uniqueid in seen:
                continue
            seen.add(here.uniqueid)
            twin = here.name[:-1] + ("2" if here.name.endswith("1") else "1") if here.local else ""
            near = (
                *self._find("bridge", here.bridge),
                *self._find("name", twin),
                *self._find("dialled_with", here.uniqueid),
            )
            ahead += [here.dialled_with, *(other.uniqueid for other in near)]
        return seen

    def adopt(self, before: Switchboard) -> None:
        """Take over from an older state what could not be asked: what hung up, and which recording was stopped."""
        self._gone = before._gone
        for uniqueid in [known for known in self.channels if known in self._gone]:
            self._remove(uniqueid)
        for uniqueid, channel in self.channels.items():
            known = before.channels.get(uniqueid)
            if known is None:
                continue
            channel.over = known.over
            if channel.file and channel.file == known.stopped:
                channel.recordings, channel.stopped = [], known.stopped  # the variable outlives the recording
            for recording, old in zip(channel.recordings, known.recordings, strict=False):
                recording.since = old.since
        self.queues |= {call: queue for call, queue in before.queues.items() if self.of_call(call)}

    # --- events -------------------------------------------------------------------------------------------------

    def apply(self, message: Message) -> Channel | None:
        """Take an event in; gives the channel that it is about, if it is up or was until now."""
        event = message.event
        if event == "Hangup":
            return self._hangup(message)
        channel = self._seen(message, "")
        dest = self._seen(message, "Dest")
        match event:
            case "Rename" if channel is not None:
                self.put(channel, name=message.get("Newname"))
            case "BridgeEnter" if channel is not None:
                self.put(channel, bridge=message.get("BridgeUniqueid"))
            case "BridgeLeave" if channel is not None:
                self.put(channel, bridge="", dialled_with="")
            case "DialEnd" if (
                channel is not None and dest is not None and not channel.local and not dest.local
            ):
                if message.get("DialStatus") == "ANSWER":
                    self.put(dest, dialled_with=channel.uniqueid)
            case "AgentConnect" if channel is not None and dest is not None:
                self.put(dest, dialled_with=channel.uniqueid)
            case "QueueCallerJoin" if channel is not None:
                self.queues[channel.linkedid] = message.get("Queue")
            case _ if channel is not None:
                _recording(channel, message)
            case _:
                pass
        return channel

    def _seen(self, message: Message, prefix: str) -> Channel | None:
        """The channel in the fields with this prefix, taken into the books if it is new."""
        uniqueid, name = message.get(f"{prefix}Uniqueid"), message.get(f"{prefix}Channel")
        linkedid = message.get(f"{prefix}Linkedid")
        if not (uniqueid and name and linkedid) or uniqueid in self._gone:
            return None
        channel = self.channels.get(uniqueid)
        if channel is None:
            number, dialled = message.get(f"{prefix}CallerIDNum"), message.get(f"{prefix}Exten")
            channel = Channel(uniqueid=uniqueid, name=name, linkedid=linkedid, number=number, dialled=dialled)
        self.put(channel, linkedid=linkedid)
        return channel

    def _hangup(self, message: Message) -> Channel | None:
        uniqueid = message.get("Uniqueid")
        self._gone[uniqueid] = None
        while len(self._gone) > _REMEMBERED:
            self._gone.popitem(last=False)
        channel = self._remove(uniqueid)
        if channel is not None and not self.of_call(channel.linkedid):
            self.queues.pop(channel.linkedid, None)
        return channel


def _places(channel: Channel) -> list[tuple[str, str]]:
    """Where a channel is to be found."""
    names = ("linkedid", "interface", "name", "bridge", "dialled_with")
    return [(name, value) for name in names if (value := getattr(channel, name))]


def _recording(channel: Channel, message: Message) -> None:
    """What an event says about the recording of its channel."""
    match message.event:
        case "VarSet" if message.get("Variable") == FILE_VARIABLE:
            channel.file = message.get("Value")
        case "MixMonitorStart":
            # one that was found under way, of which nothing is known, no longer stands in the way of this one
            channel.recordings = [
                known for known in channel.recordings if not (known.found and known.paused is None)
            ]
            channel.stopped = ""
            channel.recordings.append(CallRecording(since=message.occurred_at))
        case "MixMonitorStop" if channel.recordings:
            # which of several it is, the event does not say: one that is paused is the last to be let go
            channel.recordings.remove(min(channel.recordings, key=lambda known: known.paused is not False))
            channel.stopped = "" if channel.recordings else channel.file
        case "MixMonitorMute":
            muted = message.get("State") == "1"
            for recording in channel.recordings:
                for direction in _DIRECTIONS.get(message.get("Direction"), ()):
                    setattr(recording, direction, muted)
        case _:
            pass
