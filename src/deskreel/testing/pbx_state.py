"""What a captured AMI stream says is up at any point of it, as Asterisk's list actions would answer.

No follower of ours is used: the fake PBX must not share the mistakes of what it tests.
"""

from __future__ import annotations

from collections.abc import Iterable

Fields = dict[str, str]

_CHANNEL = (
    *("Channel", "ChannelState", "ChannelStateDesc", "CallerIDNum", "CallerIDName", "ConnectedLineNum"),
    *("ConnectedLineName", "Language", "AccountCode", "Context", "Exten", "Priority", "Uniqueid", "Linkedid"),
)
_MEMBER = (
    *(
        "Membership",
        "Penalty",
        "CallsTaken",
        "LastCall",
        "LastPause",
        "LoginTime",
        "InCall",
        "Status",
        "Paused",
    ),
    *("PausedReason", "Wrapuptime"),
)


class PbxState:
    """Channels and queue members, by the events so far."""

    def __init__(self) -> None:
        self.channels: dict[str, Fields] = {}
        self._bridges: dict[str, str] = {}
        self._variables: dict[str, Fields] = {}
        self._members: dict[tuple[str, str], Fields] = {}

    def see(self, event: Fields) -> None:
        """Take one event in."""
        kind = event.get("Event")
        uniqueid = event.get("Uniqueid", "")
        if kind == "Hangup":
            self.channels.pop(uniqueid, None)
            return
        if kind == "Newchannel" or uniqueid in self.channels:
            self.channels[uniqueid] = {key: event.get(key, "") for key in _CHANNEL}
        match kind:
            case "BridgeEnter":
                self._bridges[uniqueid] = event["BridgeUniqueid"]
            case "BridgeLeave":
                self._bridges.pop(uniqueid, None)
            case "VarSet":
                self._variables.setdefault(uniqueid, {})[event["Variable"]] = event["Value"]
            case "QueueMemberStatus" | "QueueMemberPause":
                self._members[event["Queue"], event["Interface"]] = event
            case _:
                pass

    # --- answers ------------------------------------------------------------------------------------------------

    def status(self, variables: Iterable[str]) -> list[list[tuple[str, str]]]:
        """The events that answer Status."""
        wanted = list(variables)
        return [
            [
                ("Event", "Status"),
                ("Privilege", "Call"),
                *channel.items(),
                ("BridgeID", self._bridges.get(uniqueid, "")),
                *(("Variable", f"{name}={self._value(uniqueid, name)}") for name in wanted),
            ]
            for uniqueid, channel in self.channels.items()
        ]

    def core_show_channels(self) -> list[list[tuple[str, str]]]:
        """The events that answer CoreShowChannels."""
        return [
            [("Event", "CoreShowChannel"), *channel.items(), ("BridgeId", self._bridges.get(uniqueid, ""))]
            for uniqueid, channel in self.channels.items()
        ]

    def queue_status(self) -> list[list[tuple[str, str]]]:
        """The events that answer QueueStatus."""
        out: list[list[tuple[str, str]]] = []
        for queue in dict.fromkeys(queue for queue, _ in self._members):
            out.append([("Event", "QueueParams"), ("Queue", queue)])
            for (of, interface), event in self._members.items():
                if of == queue:
                    about = [("Name", event["MemberName"]), ("Location", interface)]
                    about += [("StateInterface", event["StateInterface"])]
                    about += [(key, event.get(key, "")) for key in _MEMBER]
                    out.append([("Event", "QueueMember"), ("Queue", queue), *about])
        return out

    def _value(self, uniqueid: str, name: str) -> str:
        return self._variables.get(uniqueid, {}).get(name, "(null)")
