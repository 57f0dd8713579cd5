"""Identifiers. Each kind is a NewType over str, so that the type checker keeps them apart.

An id reads `scr_01k…`: a prefix that names the kind, then 48 bits of time and 80 random bits in Crockford's
base 32, so that ids of one kind sort by their making.
"""

from __future__ import annotations

import re
from typing import NewType

from deskreel.core.errors import InvalidInputError
from deskreel.core.time import WallTime

AgentId = NewType("AgentId", str)  # agt_: the person who takes calls
UserId = NewType("UserId", str)  # usr_: a person who signs in
TeamId = NewType("TeamId", str)  # tea_: agents and those who look after them
RecorderId = NewType("RecorderId", str)  # rcd_: one enrolled desktop program
SourceId = NewType("SourceId", str)  # src_: one telephony source
InteractionId = NewType("InteractionId", str)  # int_: one call as the contact centre sees it
ScreenRecordingId = NewType("ScreenRecordingId", str)  # scr_: one video of one agent
CallRecordingId = NewType("CallRecordingId", str)  # aud_: the audio of an interaction
DownloadId = NewType("DownloadId", str)  # dld_: an interaction as one MP4, to take away
ProbeId = NewType("ProbeId", str)  # prb_: one run of the connectivity check
LiveViewId = NewType("LiveViewId", str)  # lvw_: one person watching one screen recording live
CallId = NewType("CallId", str)  # the telephony's own id of a call: any text
Digest = NewType("Digest", str)  # sha-256 in lower-case hex

PREFIXES = (
    *("agt", "usr", "rcd", "src", "int", "scr", "aud", "evt", "ses", "tea", "key", "dnr"),
    *("whk", "dlv", "trn"),  # webhook endpoints, their deliveries, transcripts
    *(
        "frm",
        "evl",
        "fbk",
        "smp",
        "cal",
    ),  # forms, evaluations, feedback in them, sampling rules, calibrations
    *("cmt", "flt", "dld"),  # comments, saved filters, downloads
    *("prb", "lvw"),  # runs of the connectivity check, live views
)
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_SHAPE = re.compile(r"(?:" + "|".join(PREFIXES) + r")_[0-9a-hjkmnp-tv-z]{26}")


def make_id(prefix: str, now: WallTime, random: bytes) -> str:
    """An id of kind `prefix` made at `now` from 10 random bytes.

    Raises:
        ValueError: the prefix is unknown or `random` is not 10 bytes.
    """
    if prefix not in PREFIXES or len(random) != 10:
        raise ValueError(f"make_id({prefix!r}, {len(random)} bytes)")
    number = ((now & 0xFFFF_FFFF_FFFF) << 80) | int.from_bytes(random, "big")
    digits = "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
    return f"{prefix}_{digits}"


def check_id(prefix: str, text: str) -> str:
    """`text` if it is an id of kind `prefix`: also what keeps ids from outside safe in object keys and paths.

    Raises:
        InvalidInputError: it is not.
    """
    if not text.startswith(f"{prefix}_") or _SHAPE.fullmatch(text) is None:
        raise InvalidInputError(f"{text[:60]!r} is not an id of the kind {prefix}_")
    return text


def made_at(identifier: str) -> WallTime:
    """When an id that `check_id` lets pass was made.

    Raises:
        InvalidInputError: it is no id.
    """
    if _SHAPE.fullmatch(identifier) is None:
        raise InvalidInputError(f"{identifier[:60]!r} is not an id")
    number = 0
    for digit in identifier[4:]:
        number = number * 32 + _ALPHABET.index(digit)
    return WallTime(number >> 80)
