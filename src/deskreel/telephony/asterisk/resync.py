"""From the answers of Status, CoreShowChannels and QueueStatus to a switchboard. Pure.

`QUESTIONS` are asked on every connection, before any event is acted upon. What cannot be asked is the mute of a
recording (its flags are None until a mute event comes), and since when it runs.
"""

from __future__ import annotations

from collections.abc import Iterable

from deskreel.telephony.asterisk.protocol import Message
from deskreel.telephony.asterisk.switchboard import FILE_VARIABLE, CallRecording, Channel, Switchboard

STATUS = (("Action", "Status"), ("Variables", f"{FILE_VARIABLE},QUEUENAME"))
CHANNELS = (("Action", "CoreShowChannels"),)
QUEUES = (("Action", "QueueStatus"),)
QUESTIONS = (STATUS, CHANNELS, QUEUES)
_NONE = ("", "(null)")


def board_of(answers: Iterable[Message]) -> Switchboard:
    """The channels, bridges and recorded channels that the answers name.

    CoreShowChannels comes after Status: it adds what began between them and has the bridges as they were last.
    """
    board = Switchboard()
    for message in answers:
        if message.event not in ("Status", "CoreShowChannel"):
            continue
        uniqueid, linkedid = message.get("Uniqueid"), message.get("Linkedid")
        if not uniqueid:
            continue
        channel = board.channels.get(uniqueid) or Channel(
            uniqueid=uniqueid,
            name=message.get("Channel"),
            linkedid=linkedid or uniqueid,
            number=message.get("CallerIDNum"),
            dialled=message.get("Exten"),
        )
        board.put(channel, bridge=message.get("BridgeID") or message.get("BridgeId"))
        if message.event == "Status":
            _variables(board, channel, message.all("Variable"))
    return board


def _variables(board: Switchboard, channel: Channel, variables: Iterable[str]) -> None:
    values = {name: value for name, _, value in (variable.partition("=") for variable in variables)}
    if (file := values.get(FILE_VARIABLE, "")) not in _NONE:
        channel.file = file
        channel.recordings = [CallRecording(read=None, write=None, found=True)]
    if (queue := values.get("QUEUENAME", "")) not in _NONE:
        board.queues[channel.linkedid] = queue


def members_of(answers: Iterable[Message]) -> list[Message]:
    """The queue members that the answers name."""
    return [message for message in answers if message.event == "QueueMember"]
