"""What passes between the recorder and its tray: panels and answers down, wishes up; a line of JSON each.

Pure, and of the standard library alone: the tray's process stays small.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Face(StrEnum):
    """What the icon shows; each has a shape and a colour of its own."""

    IDLE = "idle"
    RECORDING = "recording"
    PAUSED = "paused"
    ACW = "acw"
    UPLOADING = "uploading"
    OFFLINE = "offline"
    PROBLEM = "problem"


class Pausing(StrEnum):
    """What the agent may do about a pause now."""

    NO = "no"  # the policy leaves it to the telephony
    IDLE = "idle"  # allowed, but nothing is being recorded
    PAUSE = "pause"
    RESUME = "resume"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of the health section."""

    name: str
    value: str
    warning: str = ""  # why the value is not good; empty when it is


@dataclass(frozen=True, slots=True, kw_only=True)
class MapMonitor:
    """One monitor of the map; pixels of the desktop."""

    name: str
    x: int
    y: int
    width: int
    height: int
    primary: bool
    active: bool  # in the picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """The strip on the screen."""

    face: Face
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """All that the agent is shown, in words; made anew when something changed."""

    face: Face
    headline: str  # the state in two or three words
    detail: str  # what it means for the agent, one sentence
    watched: str = ""  # that somebody watches the screen live; empty: nobody, or the agent is not told
    since: str = ""  # local time at which the state began
    agent: str = ""  # their name
    statuses: tuple[str, ...] = ()  # for the selector; none: no selector
    status: str = ""  # the one that stands; empty: not known
    pausing: Pausing = Pausing.NO
    capturing: bool = False  # quitting now would leave a hole in a recording
    problem: str = ""  # what is wrong
    hint: str = ""  # and what to do
    upload: str = ""  # what waits, how old it is, how long it takes
    network: str = ""  # in a few words, for the menu
    machine: str = ""
    sending: str = ""
    facts: tuple[Fact, ...] = ()
    adaptations: tuple[str, ...] = ()  # what was lowered, and why
    monitors: tuple[MapMonitor, ...] = ()
    about: tuple[tuple[str, str], ...] = ()  # name and value: version, recorder, server
    banner: Banner | None = None
    notice: str = ""  # to be acknowledged now; empty: nothing
    staying: str = ""  # why the agent cannot quit; empty: they can
    final: bool = False  # the recorder cannot go on, and waits only until the agent has seen this

    @property
    def tooltip(self) -> str:
        """For the icon: state, and the hint when there is one."""
        lines = [f"Deskreel: {self.headline}" + (f" since {self.since}" if self.since else "")]
        return "\n".join([*lines, *filter(None, (self.watched, self.problem, self.hint or self.detail))])


class Verb(StrEnum):
    """What the agent may ask for."""

    CHOOSE_STATUS = "choose_status"  # text: the status
    PAUSE = "pause"
    RESUME = "resume"
    ACKNOWLEDGE = "acknowledge"  # text: the notice that was confirmed
    DIAGNOSE = "diagnose"  # text: path of the zip to write
    CHECK = "check"  # the connection; its answer has the lines
    QUIT = "quit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """From the tray to the recorder."""

    verb: Verb
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One row of the connectivity check (`doctor.rows.Row`)."""

    title: str
    measured: str
    required: str
    verdict: str  # ok, warning, failed, not checked
    advice: str  # what to do; empty when there is nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """From the recorder to the tray: how a wish went."""

    verb: Verb
    failed: str = ""  # what went wrong; empty: done
    hint: str = ""
    text: str = ""  # of the wish
    lines: tuple[CheckLine, ...] = ()  # of a check


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """From the recorder to the tray: open the window, the agent started the program again."""


Message = Panel | Wish | Answer | Show


def to_line(message: Message) -> bytes:
    """A message as one line."""
    return json.dumps({"type": type(message).__name__, **asdict(message)}).encode() + b"\n"


def from_line(line: bytes) -> Message:
    """The message of a line, from a peer of the same version.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    fields: dict[str, Any] = json.loads(line)
    match fields.pop("type"):
        case "Panel":
            return _panel(fields)
        case "Wish":
            return Wish(verb=Verb(fields.pop("verb")), **fields)
        case "Answer":
            lines = tuple(CheckLine(**line) for line in fields.pop("lines"))
            return Answer(verb=Verb(fields.pop("verb")), lines=lines, **fields)
        case "Show":
            return Show(**fields)
        case other:
            raise ValueError(f"no message is called {other!r}")


def _panel(fields: dict[str, Any]) -> Panel:
    banner = fields.pop("banner")
    return Panel(
        face=Face(fields.pop("face")),
        pausing=Pausing(fields.pop("pausing")),
        statuses=tuple(fields.pop("statuses")),
        facts=tuple(Fact(**fact) for fact in fields.pop("facts")),
        adaptations=tuple(fields.pop("adaptations")),
        monitors=tuple(MapMonitor(**monitor) for monitor in fields.pop("monitors")),
        about=tuple((name, value) for name, value in fields.pop("about")),
        banner=None if banner is None else Banner(face=Face(banner["face"]), text=banner["text"]),
        **fields,
    )
