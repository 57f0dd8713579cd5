"""The control channel's messages: tagged unions, JSON on the wire, one line of meaning per field.

Control is level-triggered: `Desired` says all that should be so, `Observed` all that is. Losing any of them,
or getting one twice, changes nothing but the delay.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import Annotated, Any, Literal, cast

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from deskreel.core.errors import InvalidInputError
from deskreel.core.ids import RecorderId, ScreenRecordingId
from deskreel.core.live import LiveOrder, LiveReport
from deskreel.core.policy import CapturePolicy
from deskreel.core.time import WallTime

_LARGEST = 2**53
RUN_HEADER = "Deskreel-Run"  # of the control channel's handshake: one text for each start of the program
MAX_RUN = 64  # characters of it
PROTOCOL = 1  # raised when a message changes its meaning
SIGNED_OUT = ("offline", "signed out", "logged out", "logged off")  # statuses that end a shift, in lower case
_CONFIG = ConfigDict(extra="ignore")  # unknown fields come from a newer peer


class Phase(StrEnum):
    """What a recorder should be doing now."""

    IDLE = "idle"  # capture nothing
    RECORDING = "recording"  # capture; a recorded call is up
    PAUSED = (
        "paused"  # capture nothing; the call recording is paused or stopped, the screen recording is open
    )
    ACW = "acw"  # capture; After Call Work


@dataclass(frozen=True, slots=True, kw_only=True, config=_CONFIG)
class Keep:
    """What of one screen recording may leave the desktop."""

    screen_recording_id: ScreenRecordingId
    windows: tuple[tuple[WallTime, WallTime | None], ...]  # [start, end) in server time; end null: still open
    ended: bool  # nothing will be added: send what is left, then the manifest


@dataclass(frozen=True, slots=True, kw_only=True, config=_CONFIG)
class Order:
    """The screen recording to capture now."""

    screen_recording_id: ScreenRecordingId
    origin: WallTime  # zero of the media timeline (server time)
    gateway_url: str  # base address, no trailing slash
    upload_token: str  # for this recording; renewed over HTTP when it expires
    canvas_width: int
    canvas_height: int
    boundary: int = 0  # raised when another interaction begins or ends: the recorder cuts here
    region_key: str = ""  # X25519 public key of the region, base64url: chunks are sealed for it


@dataclass(frozen=True, slots=True, kw_only=True, config=_CONFIG)
class AgentDesk:
    """What the desktop program shows its agent, and lets them choose."""

    name: str  # of the agent
    statuses: tuple[str, ...] = ()  # to choose from; none when the telephony knows the agent's status
    status: str | None = None  # as it stands

    @property
    def signed_out(self) -> bool:
        """Whether the status says that their shift is over."""
        return self.status is not None and self.status.casefold() in SIGNED_OUT


# --- server to recorder -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, config=_CONFIG)
class Desired:
    """All that should be so, as of a moment."""

    version: int  # rises with every change for this agent
    as_of: WallTime  # the server's timeline is complete up to here, as far as the server knows
    phase: Phase
    order: Order | None  # None when idle
    keep: tuple[Keep, ...]  # every screen recording that the recorder has not finished
    policy: CapturePolicy = field(default_factory=CapturePolicy)
    agent: AgentDesk | None = None  # None from a server that does not say
    look_back_until: WallTime | None = (
        None  # idle, it may remember the screen as the policy says; None: it may not
    )
    live: LiveOrder | None = None  # None: nobody watches
    type: Literal["desired"] = "desired"


@dataclass(frozen=True, slots=True, kw_only=True, config=_CONFIG)
class Pong:
    """Answer to a ping; also confirms that version `version` still stands at `server_time`."""

    sent_ms: float  # echoed
    server_time: float  # ms, fractions kept for the clock offset
    version: int
    type: Literal["pong"] = "pong"


# --- recorder to server -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, config=_CONFIG)
class Hello:
    """First message of a connection."""

    recorder_id: RecorderId
    version: str  # of the program
    platform: str  # "linux-x11"
    protocol: int = PROTOCOL
    type: Literal["hello"] = "hello"


@dataclass(frozen=True, slots=True, kw_only=True, config=_CONFIG)
class Ping:
    """Measures the clock offset and keeps the connection alive."""

    sent_ms: float  # recorder's wall clock
    type: Literal["ping"] = "ping"


@dataclass(frozen=True, slots=True, kw_only=True, config=_CONFIG)
class SpooledRecording:
    """What the recorder still holds of one screen recording."""

    screen_recording_id: ScreenRecordingId
    chunks: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True, config=_CONFIG)
class MonitorInfo:
    """One monitor of the desktop."""

    name: str  # as the display server calls it
    x: int  # pixels from the left of the desktop
    y: int
    width: int  # pixels
    height: int
    primary: bool
    active: bool = False  # the one in the picture


@dataclass(frozen=True, slots=True, kw_only=True, config=_CONFIG)
class Health:
    """What the recorder costs, what it copes with, and what it decided for it. None: not known yet."""

    cpu_percent: float | None = None  # of this process, of one core, since the last report
    machine_cpu_percent: float | None = None  # of all cores
    rss_bytes: int | None = None  # resident memory of this process
    disk_free_bytes: int | None = None  # where the spool is
    encoder: str = ""  # such as "libx264", and why it was chosen
    encoder_why: str = ""
    fps_limit: int | None = None  # frames per second at most, after adaptation
    frame_ms_p50: float | None = None  # from looking at the screen until the frame is in the encoder
    frame_ms_p95: float | None = None
    frames: int = 0  # encoded since the program began
    dropped_slots: dict[str, int] = field(default_factory=dict[str, int])  # by reason, since it began
    upload_kbps: float | None = None  # while something was being sent
    rtt_ms: float | None = None  # to the server
    loss_percent: float | None = None  # pings without an answer in time
    jitter_ms: float | None = None  # of the round trip
    oldest_backlog_ms: int | None = None  # age of the oldest chunk that waits
    backlog_eta_s: float | None = None  # until all that waits is sent, at the present rate
    adaptations: tuple[str, ...] = ()  # in force now, each "what: why"


@dataclass(frozen=True, slots=True, kw_only=True, config=_CONFIG)
class Observed:
    """All that is so at the recorder."""

    version: int  # of the desired state that was applied last
    phase: Phase
    screen_recording_id: ScreenRecordingId | None
    first_frame_at: WallTime | None = None  # server time of the first frame of this recording
    problem: str | None = None  # a ReasonCode, or an upload error's code, while something is wrong
    problem_detail: str = ""
    clock_offset_ms: float | None = None  # server minus recorder
    clock_uncertainty_ms: float | None = None
    backlog: tuple[SpooledRecording, ...] = ()
    health: Health = field(default_factory=Health)
    monitors: tuple[MonitorInfo, ...] = ()
    live: LiveReport | None = None  # None: no live leg is asked for
    type: Literal["observed"] = "observed"


ServerMessage = Annotated[Desired | Pong, Field(discriminator="type")]
RecorderMessage = Annotated[Hello | Ping | Observed, Field(discriminator="type")]

_SERVER: TypeAdapter[Desired | Pong] = TypeAdapter(ServerMessage)
_RECORDER: TypeAdapter[Hello | Ping | Observed] = TypeAdapter(RecorderMessage)


def dump(message: Desired | Pong | Hello | Ping | Observed) -> str:
    """A message as one line of JSON."""
    return TypeAdapter(type(message)).dump_json(message).decode()


def parse_server_message(text: str | bytes) -> Desired | Pong:
    """What the server sent.

    Raises:
        InvalidInputError: it is no message of this protocol.
    """
    try:
        return _SERVER.validate_json(text)
    except ValidationError as error:
        raise InvalidInputError(f"not a server message: {error.errors(include_url=False)[:3]}") from error


def parse_recorder_message(text: str | bytes) -> Hello | Ping | Observed:
    """What the recorder sent.

    Raises:
        InvalidInputError: it is no message of this protocol.
    """
    try:
        message = _RECORDER.validate_json(text)
    except ValidationError as error:
        raise InvalidInputError(f"not a recorder message: {error.errors(include_url=False)[:3]}") from error
    if not _can_be_kept(message):
        raise InvalidInputError("not a recorder message: a NUL in a text, or a number beyond 2^53")
    return message


def _can_be_kept(value: Any) -> bool:
    """Whether a database keeps every text and number in a message."""
    if isinstance(value, str):
        return "\0" not in value
    if isinstance(value, int | float):
        return -_LARGEST < value < _LARGEST  # nor is NaN
    if isinstance(value, dict):
        known = cast(dict[str, Any], value)
        return all(map(_can_be_kept, known)) and all(map(_can_be_kept, known.values()))
    if isinstance(value, tuple):
        return all(map(_can_be_kept, cast(tuple[Any, ...], value)))
    return value is None or all(_can_be_kept(getattr(value, name)) for name in value.__slots__)
