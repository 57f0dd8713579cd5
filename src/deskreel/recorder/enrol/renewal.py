"""Keeps the recorder's credential good: renews it before it expires, and notices when this desktop is enrolled anew.

A renewed credential is safe in the secret store before it is used; the server keeps the old one good until then.
So a crash at any point leaves one that works.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from deskreel.core.errors import DeskreelError
from deskreel.core.time import WallTime
from deskreel.recorder.enrol import identity
from deskreel.recorder.enrol.identity import Identity
from deskreel.recorder.enrol.secret_store import Place, store_at

log = structlog.get_logger(__name__)
_LOOK_S = 600.0  # between looks at the time, which may be set or come late
_NO_TIME_S = 2.0  # the same while the server's time is not known
_AGAIN_S = 900.0  # after a renewal that failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """What the server gave."""

    credential: str = field(repr=False)
    renew_at: WallTime


class CredentialKeeper:
    """`run` it beside the parts that use the credential; `adopt` hands them each new identity.

    `renew` asks the server; `now` is the server's time, None while it is not known.
    """

    def __init__(
        self,
        *,
        home: Path,
        who: Identity,
        renew: Callable[[], Awaitable[Renewed]],
        adopt: Callable[[Identity], None],
        now: Callable[[], WallTime | None],
        look_s: float = _LOOK_S,
        again_s: float = _AGAIN_S,
    ) -> None:
        self._home = home
        self._who = who
        self._renew = renew
        self._adopt = adopt
        self._now = now
        self._look_s = look_s
        self._again_s = again_s
        self._refused = asyncio.Event()

    def refused(self) -> None:
        """The server does not know the credential: see whether this desktop was enrolled again meanwhile."""
        self._refused.set()

    async def run(self) -> None:
        """Look after the credential for ever."""
        while True:
            wait_s = self._look_s if self._now() is not None else min(_NO_TIME_S, self._look_s)
            try:
                if self._refused.is_set():
                    self._refused.clear()
                    await self._read_again()
                elif self._due():
                    await self._renew_now()
            except DeskreelError as error:
                wait_s = self._again_s
                log.warning(
                    "credential.not_renewed", code=error.code, detail=error.detail, hint=error.hint_text
                )
            try:
                async with asyncio.timeout(wait_s):
                    await self._refused.wait()
            except TimeoutError:
                pass

    def _due(self) -> bool:
        now = self._now()
        return now is not None and self._who.renew_at is not None and now >= self._who.renew_at

    async def _renew_now(self) -> None:
        answer = await self._renew()
        who = replace(self._who, credential=answer.credential, renew_at=answer.renew_at)
        place = identity.place_of(self._home) or Place.FILE
        await asyncio.to_thread(identity.save, self._home, who, store_at(place, self._home))
        self._take(who)
        log.info("credential.renewed", recorder=who.recorder_id)

    async def _read_again(self) -> None:
        who = await asyncio.to_thread(identity.load, self._home)
        if who.recorder_id != self._who.recorder_id or who.server_url != self._who.server_url:
            log.warning("credential.other_identity", recorder=who.recorder_id, hint="Restart the recorder.")
        elif who.credential != self._who.credential:
            self._take(who)
            log.info("credential.enrolled_again", recorder=who.recorder_id)

    def _take(self, who: Identity) -> None:
        self._who = who
        self._adopt(who)
