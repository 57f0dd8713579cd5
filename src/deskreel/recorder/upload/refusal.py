"""What to do about a gateway's refusal. Pure."""

from __future__ import annotations

from enum import Enum, auto
from http import HTTPStatus

from deskreel.core.errors import DeskreelError

MAX_DAMAGED_ON_THE_WAY = 5  # attempts at a chunk whose bytes do not arrive as they were sent


class Remedy(Enum):
    """What helps."""

    RETRY = auto()  # the same again, later
    RENEW_TOKEN = auto()  # at once, with a new token
    SEND_INIT = auto()  # at once, with the init segment first
    KEEP = auto()  # someone has to put something right: the same again, seldom
    QUARANTINE = auto()  # nothing: put the chunk aside and go on


_BY_CODE = {
    "bad_token": Remedy.RENEW_TOKEN,
    "token_expired": Remedy.RENEW_TOKEN,
    "token_scope": Remedy.RENEW_TOKEN,
    "wrong_region": Remedy.RENEW_TOKEN,
    "unknown_init": Remedy.SEND_INIT,
    "unknown_region_key": Remedy.KEEP,
    "stored_otherwise": Remedy.KEEP,
    "bad_seal": Remedy.QUARANTINE,
    "finished": Remedy.QUARANTINE,
    "chunk_conflict": Remedy.QUARANTINE,
    "bad_fragment": Remedy.QUARANTINE,
    "invalid_input": Remedy.QUARANTINE,
    "too_large": Remedy.QUARANTINE,
    "damaged_chunk": Remedy.QUARANTINE,  # our own, found on reading
}


def remedy(error: DeskreelError, *, attempt: int) -> Remedy:
    """What to do after failure number `attempt` (0, 1, …) of a chunk.

    A refusal without a problem document comes from something in between, such as a proxy, and is never final: a
    body that is too large for a proxy is kept until someone has raised the proxy's limit.
    """
    if error.code == "digest_mismatch" and attempt + 1 >= MAX_DAMAGED_ON_THE_WAY:
        return Remedy.QUARANTINE
    if error.code not in _BY_CODE and error.extra.get("http_status") == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return Remedy.KEEP
    return _BY_CODE.get(error.code, Remedy.RETRY)
