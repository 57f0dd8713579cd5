"""What would be recorded from a captured AMI stream: `follow` and `CaptureSession`, and no server. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deskreel.core.capture_session import CaptureSession, SessionRules, SessionView, UnknownPause
from deskreel.core.errors import InvalidInputError
from deskreel.core.events import CallEvent
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime, Window
from deskreel.core.timeline import RecordingTimeline, Span
from deskreel.telephony.asterisk.follow import Follower
from deskreel.telephony.asterisk.protocol import BANNER, Message, Parser


class ReplaySettings(BaseModel):
    """Under which settings the capture is read; a JSON object."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agents: dict[str, str] = Field(default_factory=dict)  # interface, member name or extension → agent
    enabled: list[str] | None = None  # agents for whom screen recording is on; None: everyone
    acw: bool = True
    acw_timeout_s: float = Field(default=30.0, ge=0)
    acw_reasons: list[str] = ["ACW"]
    max_length_minutes: float = Field(default=240.0, gt=0)
    on_unknown_pause: UnknownPause = UnknownPause.PAUSE

    @property
    def rules(self) -> SessionRules:
        """As the sessions take them."""
        return SessionRules(
            acw=self.acw,
            acw_timeout_ms=round(self.acw_timeout_s * 1000),
            max_length_ms=round(self.max_length_minutes * 60_000),
            on_unknown_pause=self.on_unknown_pause,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A captured stream, understood."""

    events: tuple[CallEvent, ...]  # of all agents, as they were told
    agents: frozenset[str]
    messages: int
    ended_at: WallTime  # when the last message came
    signed_off: bool  # whether the stream ends because we left, and not because the PBX did


def parse_settings(document: bytes) -> ReplaySettings:
    """The settings in a JSON file.

    Raises:
        InvalidInputError: no JSON, or a setting that is not known or not possible.
    """
    try:
        return ReplaySettings.model_validate_json(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the file"
        known = ", ".join(ReplaySettings.model_fields)
        raise InvalidInputError(
            f"{place}: {first['msg']}", hint=f"A JSON object with any of: {known}."
        ) from error


def messages_of(stream: bytes, arrivals: bytes | None) -> list[Message]:
    """The messages of a captured stream, with when each came: by `arrivals`, else by their own timestamps.

    Raises:
        InvalidInputError: the arrivals do not fit the stream, or there are neither arrivals nor timestamps.
    """
    parser = Parser(banner=stream.startswith(BANNER))
    if arrivals is not None:
        pieces = [(stream[start:end], at) for start, end, at in _arrivals(arrivals, len(stream))]
        return [message for piece, at in pieces for message in parser.feed(piece, at)]
    whole = parser.feed(stream, WallTime(2**53))
    stamps = [message.occurred_at for message in whole if message.get("Timestamp")]
    if not stamps:
        raise InvalidInputError(
            "the stream has no timestamps",
            hint="Give --arrivals, or set timestampevents = yes in manager.conf and capture again.",
        )
    now = stamps[0]
    out: list[Message] = []
    for message in whole:
        now = max(now, message.occurred_at) if message.get("Timestamp") else now
        out.append(Message(fields=message.fields, received_at=now))
    return out


def _arrivals(document: bytes, size: int) -> Iterator[tuple[int, int, WallTime]]:
    """Begin, end and moment of each piece."""
    at = 0
    for number, line in enumerate(document.splitlines(), 1):
        try:
            row = json.loads(line)
            start, length, received = (
                int(row["offset"]),
                int(row["len"]),
                int(float(row["recv"]) * 1000 + 0.001),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInputError(
                f"arrivals, line {number}: {error!r}", hint='One {"offset", "len", "recv"} per line.'
            ) from error
        if start != at or length < 0 or start + length > size:
            raise InvalidInputError(
                f"arrivals, line {number}: bytes {start} to {start + length} do not follow byte {at} of {size}",
                hint="The two files belong to different captures, or one of them is cut.",
            )
        at = start + length
        yield start, at, WallTime(received)


def understand(messages: list[Message], settings: ReplaySettings) -> Capture:
    """Follow the messages to their end."""
    follower = Follower(settings.agents, settings.acw_reasons)
    events = [event for message in messages for event in follower.feed(message)]
    return Capture(
        events=tuple(events),
        agents=frozenset({*follower.known_agents, *(event.agent for event in events)}),
        messages=len(messages),
        ended_at=max((message.received_at for message in messages), default=WallTime(0)),
        signed_off=any(message.get("Response") == "Goodbye" for message in messages[-3:]),
    )


def views(capture: Capture, settings: ReplaySettings) -> dict[str, SessionView]:
    """Each agent's session at the end of the stream, for those who are enabled."""
    enabled = capture.agents if settings.enabled is None else capture.agents & set(settings.enabled)
    return {
        agent: CaptureSession(rules=settings.rules)
        .apply_all(event for event in capture.events if event.agent == agent)
        .at(capture.ended_at)
        for agent in sorted(enabled)
    }


def document(capture: Capture, found: dict[str, SessionView]) -> dict[str, Any]:
    """As `deskreel telephony replay --json` prints it. Times are seconds since the epoch, null while open."""
    return {
        "agents": {
            agent: {
                "screen_recordings": [
                    {"spans": [_span(span, recording, capture) for span in recording.spans]}
                    for recording in view.recordings
                ]
            }
            for agent, view in found.items()
        }
    }


def _span(span: Span, recording: RecordingTimeline, capture: Capture) -> dict[str, Any]:
    reason = span.reason
    if span.window.end is None and not capture.signed_off:
        reason = reason or ReasonCode.TELEPHONY_LOST  # its end was never told
    return {
        "state": span.state.value,
        "from": span.window.start / 1000,
        "to": None if span.window.end is None else span.window.end / 1000,
        "interaction": call_of(span.window, recording),
        "reason": None if reason is None else reason.value,
    }


def call_of(window: Window, recording: RecordingTimeline) -> str | None:
    """The interaction that a stretch belongs to: of several, the one that began last; after all, the last to end."""
    here = [part for part in recording.parts if part.window.contains(window.start)]
    if here:
        return max(here, key=lambda part: part.window.start).call_id
    over = [part for part in recording.parts if part.window.limit <= window.start]
    return max(over, key=lambda part: part.window.limit).call_id if over else None


def table(capture: Capture, found: dict[str, SessionView]) -> list[str]:
    """The same for people: one line for each span, in UTC."""
    lines: list[str] = []
    for agent, view in found.items():
        if not view.recordings:
            lines.append(f"{agent}: nothing is recorded")
        for number, recording in enumerate(view.recordings, 1):
            lines.append(f"{agent}, screen recording {number}:")
            for span in recording.spans:
                row = _span(span, recording, capture)
                length = "still open" if row["to"] is None else f"{row['to'] - row['from']:7.3f} s"
                why = f"  ({row['reason']})" if row["reason"] else ""
                lines.append(
                    f"  {_clock(row['from'])}  {row['state']:9} {length:>10}  {row['interaction']}{why}"
                )
    return lines


def _clock(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
