"""What was told to an agent of a call, and what is there to tell of its recordings. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from deskreel.core.events import PAUSE, UNKNOWN
from deskreel.telephony.asterisk.switchboard import CallRecording, Channel


@dataclass(slots=True, kw_only=True)
class Part:
    """A call, as it was told to one agent."""

    call: str  # linkedid
    agent: str
    contacts: set[str] = field(default_factory=set[str])  # legs that this agent has talked with
    answered: bool = False
    recording: bool = False
    paused: bool | None = False  # None: it was told that this is not known
    held: bool = False
    transferred: bool = False  # the agent has handed it over
    left_by: str = ""  # who hung up, as the queue says it


def paused_of(recordings: list[CallRecording]) -> bool | None:
    """Paused if any is; not known if of any it is not known."""
    flags = [recording.paused for recording in recordings]
    return True if True in flags else None if None in flags else False


def about(recorded: list[Channel], *, unknown: bool) -> dict[str, Any]:
    """Which recording it is, so that its audio can be found and put in place."""
    channel = min(recorded, key=lambda known: known.uniqueid)
    since = channel.recordings[-1].since
    about: dict[str, Any] = {"channel": channel.name}
    if channel.file:
        about["file"] = channel.file
    if since is not None:
        about["audio_starts_at"] = since
    return {**about, PAUSE: UNKNOWN} if unknown else about
