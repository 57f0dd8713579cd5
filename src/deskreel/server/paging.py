"""Cursors: where a page of a stably sorted list ended, as an opaque text."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from deskreel.core.errors import InvalidInputError

LARGEST = 500  # lines of a page
SHOWN = 100  # lines of a page unless asked otherwise


def encode_cursor(*place: str | int) -> str:
    """The sort key of a page's last line as a cursor."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """The sort key in a cursor of ours, with values of these kinds.

    Raises:
        InvalidInputError: it is none.
    """
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if [type(part) for part in place] == list(kinds):
            return tuple(place)
    except (binascii.Error, ValueError, TypeError):
        pass
    raise InvalidInputError("the cursor is not valid", hint="Take next_cursor of the page before.")
