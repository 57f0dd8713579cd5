"""Whom and which calls to capture: facts in, allowed or the reason why not out.

Two questions. `agent_refusal` asks whether an agent is captured at all: features of the account, the user, the
selection. `call_refusal` asks whether one call of such an agent is: do-not-record rules first, then the sample.
Every answer depends on values alone, so that all servers agree.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from deskreel.core.errors import ConflictError, InvalidInputError
from deskreel.core.ids import AgentId


class ScreenRecordingNeedsQmError(ConflictError):
    """Screen recording without Quality Management."""

    code = "screen_recording_needs_qm"
    title = "Screen recording needs Quality Management"
    hint = "Switch on Quality Management first, or both at once; switch off screen recording before it."


class Refusal(StrEnum):
    """Why an agent, or a call, is not captured."""

    QM_OFF = "quality_management_off"
    CALL_RECORDING_OFF = "call_recording_off"
    SCREEN_RECORDING_OFF = "screen_recording_off"
    NO_AGENT = "no_agent"
    USER_INACTIVE = "user_inactive"
    NOT_IN_QM = "not_in_quality_management"
    NOT_SELECTED = "not_selected"
    NUMBER_EXCLUDED = "number_excluded"
    QUEUE_EXCLUDED = "queue_excluded"
    AGENT_EXCLUDED = "agent_excluded"
    NOT_IN_SAMPLE = "not_in_sample"

    @property
    def words(self) -> str:
        """One sentence: why, and what to do."""
        return _WORDS[self]


_WORDS = {
    Refusal.QM_OFF: "Quality Management is off for the account: switch it on under Features.",
    Refusal.CALL_RECORDING_OFF: "Call recording is off for the account: switch it on under Features.",
    Refusal.SCREEN_RECORDING_OFF: "Screen recording is off for the account: switch it on under Features.",
    Refusal.NO_AGENT: "This user takes no calls: give them an extension, an interface or an external id.",
    Refusal.USER_INACTIVE: "This user is not active: activate them first.",
    Refusal.NOT_IN_QM: "This user is not enabled in Quality Management: enable them there first.",
    Refusal.NOT_SELECTED: "This user is not selected for screen recording.",
    Refusal.NUMBER_EXCLUDED: "A do-not-record rule names this number.",
    Refusal.QUEUE_EXCLUDED: "A do-not-record rule names this queue.",
    Refusal.AGENT_EXCLUDED: "A do-not-record rule names this agent.",
    Refusal.NOT_IN_SAMPLE: "Only a percentage of this agent's calls is recorded, and this one is not among them.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What an account has switched on."""

    quality_management: bool = False
    call_recording: bool = False
    screen_recording: bool = False

    def __post_init__(self) -> None:
        if self.screen_recording and not self.quality_management:
            raise ScreenRecordingNeedsQmError


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFacts:
    """What the choice of agents goes by."""

    active: bool = True  # the user is; an agent without a user counts as active
    in_qm: bool = False  # enabled in Quality Management
    selected: bool = False  # for screen recording, by themselves
    team_selected: bool = False  # their whole team is


def selection_refusal(features: Features, agent: AgentFacts) -> Refusal | None:
    """Why this agent cannot be chosen for screen recording; None: they can."""
    if not features.quality_management:
        return Refusal.QM_OFF
    if not agent.active:
        return Refusal.USER_INACTIVE
    return None if agent.in_qm else Refusal.NOT_IN_QM


def agent_refusal(features: Features, agent: AgentFacts) -> Refusal | None:
    """Why this agent is not captured; None: they are."""
    if not features.quality_management:
        return Refusal.QM_OFF
    if not features.call_recording:
        return Refusal.CALL_RECORDING_OFF
    if not features.screen_recording:
        return Refusal.SCREEN_RECORDING_OFF
    unfit = selection_refusal(features, agent)
    if unfit is not None:
        return unfit
    return None if agent.selected or agent.team_selected else Refusal.NOT_SELECTED


# --- calls --------------------------------------------------------------------------------------------------


class RuleKind(StrEnum):
    """What a do-not-record rule looks at."""

    NUMBER = "number"  # of either party; * stands for any characters, ? for one
    QUEUE = "queue"  # its name, whatever the case
    AGENT = "agent"  # an agent's id


@dataclass(frozen=True, slots=True, kw_only=True)
class DoNotRecord:
    """A rule that keeps calls from being captured."""

    kind: RuleKind
    value: str  # a number pattern, a queue's name, or an agent's id

    def __post_init__(self) -> None:
        if not self.value.strip() or len(self.value) > 200:
            raise InvalidInputError("a do-not-record rule needs a value of 1 to 200 characters")
        if self.kind is RuleKind.NUMBER and not re.search(r"[^*?]", plain_number(self.value)):
            raise InvalidInputError(
                f"the pattern {self.value!r} names every number",
                hint="Switch off screen recording to record nothing.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """What the choice of calls goes by."""

    call_id: str  # the telephony's
    agent_id: AgentId
    numbers: tuple[str, ...] = ()  # caller and callee, as far as known
    queues: tuple[str, ...] = ()  # by name


def call_refusal(call: CallFacts, rules: Iterable[DoNotRecord], percentage: float) -> Refusal | None:
    """Why this call is not captured; None: it is. `percentage` is that of the agent's calls, 0 to 100."""
    for rule in rules:
        match rule.kind:
            case RuleKind.NUMBER if any(number_matches(rule.value, number) for number in call.numbers):
                return Refusal.NUMBER_EXCLUDED
            case RuleKind.QUEUE if _plain_name(rule.value) in map(_plain_name, call.queues):
                return Refusal.QUEUE_EXCLUDED
            case RuleKind.AGENT if call.agent_id == rule.value:
                return Refusal.AGENT_EXCLUDED
            case _:
                pass
    return None if in_sample(call.call_id, percentage) else Refusal.NOT_IN_SAMPLE


def plain_number(text: str) -> str:
    """A number without the characters that people put in for the eye."""
    return re.sub(r"[\s().\-/]", "", text).casefold()


def _plain_name(text: str) -> str:
    return text.strip().casefold()


def number_matches(pattern: str, number: str) -> bool:
    """Whether a number is one of a pattern's."""
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in plain_number(pattern))
    return re.fullmatch("".join(parts), plain_number(number)) is not None


def in_sample(call_id: str, percentage: float) -> bool:
    """Whether a call is among that percentage of calls; a larger percentage holds every call of a smaller."""
    place = int.from_bytes(hashlib.sha256(call_id.encode()).digest()[:8], "big")
    return place * 100 < percentage * 2**64
