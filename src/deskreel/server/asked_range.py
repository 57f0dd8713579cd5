"""Which stretch of time a report is asked for, and in which time zone its days begin. Pure."""

from __future__ import annotations

import zoneinfo

from deskreel.core.errors import InvalidInputError
from deskreel.core.time import WallTime

DAY_MS = 86_400_000


def asked_range(from_: int | None, to: int | None, *, now: WallTime, days: int) -> tuple[WallTime, WallTime]:
    """Begin and end; without an end until now, without a begin so many days before the end.

    Raises:
        InvalidInputError: it ends before it begins.
    """
    end = now + 1 if to is None else to
    start = max(0, end - days * DAY_MS) if from_ is None else from_
    if start > end:
        raise InvalidInputError("`from` comes after `to`")
    return WallTime(start), WallTime(end)


def check_timezone(name: str) -> str:
    """The name of a time zone.

    Raises:
        InvalidInputError: there is none of this name.
    """
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:  # a folder of the zones is no zone
        raise InvalidInputError(f"there is no time zone {name!r}") from error
    return name
