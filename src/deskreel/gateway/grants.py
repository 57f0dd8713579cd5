"""Grants whose signature was checked lately: a player shows the same token with each request.

What is kept is found by the token's digest, so nobody gets a grant who does not have the token. Whether it has
expired is looked at each time. Bounded by the length of the tokens, for their windows are what takes memory.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from deskreel.core.errors import TokenExpiredError
from deskreel.core.time import WallTime
from deskreel.core.tokens import Grant
from deskreel.storage.signing import PublicKeys, verify_grant

_MOST_CHARS = 4_000_000  # of all tokens that are kept; one has about 500


class Grants:
    """The last grants that were good."""

    def __init__(self, public_keys: PublicKeys) -> None:
        self._public_keys = public_keys
        self._kept: OrderedDict[bytes, tuple[Grant, int]] = OrderedDict()  # with the token's length
        self._chars = 0

    def verify(self, token: str, now: WallTime) -> Grant:
        """As `verify_grant`.

        Raises:
            TokenExpiredError, TokenError: as `verify_grant`.
        """
        key = hashlib.sha256(token.encode()).digest()
        kept = self._kept.get(key)
        if kept is None:
            grant = verify_grant(self._public_keys, token, now)
            self._keep(key, grant, len(token))
            return grant
        self._kept.move_to_end(key)
        if kept[0].expires_at <= now:
            raise TokenExpiredError
        return kept[0]

    def _keep(self, key: bytes, grant: Grant, chars: int) -> None:
        self._kept[key] = (grant, chars)
        self._chars += chars
        while self._chars > _MOST_CHARS:
            _, (_, gone) = self._kept.popitem(last=False)
            self._chars -= gone

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._kept)
