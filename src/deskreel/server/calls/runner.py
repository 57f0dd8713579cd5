"""Runs the Asterisk sources: each by one server at a time, which holds the database's lock of that source.

Every server looks once a second which sources nobody follows. A server that dies loses its connection to the
database, and with it its locks, so another one goes on within seconds. Until when everything was heard stands in the
source's row: what lies between that and the new link is a loss, and `losses` has the sessions worked out anew.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import structlog
from sqlalchemy import Row, select, update

from deskreel.core.errors import DeskreelError
from deskreel.core.events import CallEvent
from deskreel.core.ids import SourceId
from deskreel.core.time import WallTime
from deskreel.server.calls import losses
from deskreel.server.calls.service import take_followed
from deskreel.server.calls.sources import asterisk_settings
from deskreel.server.calls.tables import sources
from deskreel.server.context import Context
from deskreel.telephony.asterisk.source import AsteriskSource, LinkState

log = structlog.get_logger()
LOOK_S = 1.0  # between looks for sources that nobody follows
REPORT_S = 2.0  # between two notes of how a link stands
RETRY_S = 1.0
_LOCK = "SELECT pg_try_advisory_lock(hashtextextended(%s, 2))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtextextended(%s, 2))"


@dataclass(slots=True, kw_only=True)
class _Running:
    """A source that this server follows."""

    version: int  # of its settings
    task: asyncio.Task[None]


class SourceRunner:
    """Follows what nobody else does, until cancelled."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._running: dict[str, _Running] = {}

    async def run(self) -> None:
        """Look after the sources for ever."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._context.db.url, autocommit=True
                ) as locks:
                    while True:
                        await self._look(locks)
                        await asyncio.sleep(LOOK_S)
            except (psycopg.Error, DeskreelError) as error:
                log.warning("sources.lost_database", error=str(error).strip(), retry_s=RETRY_S)
            except Exception:  # whatever it is, telephony must go on
                log.exception("sources.failed")
            finally:
                await self._stop(list(self._running))  # the locks are gone, or go now
            await asyncio.sleep(RETRY_S)

    async def _look(self, locks: psycopg.AsyncConnection[Any]) -> None:
        await locks.execute("SELECT 1")  # without that connection nothing here is ours
        await self._judge_silence()
        wanted = {row.id: row for row in await self._asterisks()}
        for source_id in list(self._running):
            if source_id not in wanted:
                await self._stop([source_id])
                await losses.let_go_now(self._context, SourceId(source_id))
                await locks.execute(_UNLOCK, (source_id,))
            elif (
                wanted[source_id].version != self._running[source_id].version
                or self._running[source_id].task.done()  # it failed while it told of a failure
            ):
                await self._stop([source_id])
                self._start(wanted[source_id])
        for row in wanted.values():
            if row.id not in self._running:
                got = await (await locks.execute(_LOCK, (row.id,))).fetchone()
                if got is not None and got[0]:
                    self._start(row)

    async def _asterisks(self) -> Sequence[Row[Any]]:
        query = select(sources).where(
            sources.c.kind == "asterisk", sources.c.active, sources.c.deleted_at.is_(None)
        )
        async with self._context.db.begin() as connection:
            return (await connection.execute(query)).all()

    async def _judge_silence(self) -> None:
        async with self._context.db.begin() as connection:
            query = losses.silent_sources(self._context.clock())
            silent = (await connection.execute(query)).all()
        for row in silent:
            log.warning("source.silent", source=row.id, since=row.last_event_at)
            await losses.link_lost(self._context, SourceId(row.id), WallTime(row.last_event_at))

    def _start(self, row: Row[Any]) -> None:
        log.info("source.following", source=row.id)
        task = asyncio.create_task(_Following(self._context, SourceId(row.id)).run())
        self._running[row.id] = _Running(version=row.version, task=task)

    async def _stop(self, source_ids: Sequence[str]) -> None:
        tasks = [self._running.pop(source_id).task for source_id in source_ids]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Following:
    """One source, followed by this server."""

    def __init__(self, context: Context, source_id: SourceId) -> None:
        self._context = context
        self._id = source_id
        self._stopping = False  # this server lets go of the source

    async def run(self) -> None:
        """Follow until cancelled; whatever fails, begin anew."""
        while True:
            try:
                await self._follow()
            except Exception as error:
                log.warning("source.failed", source=self._id, error=str(error))
                await self._note_failure(error)
            await asyncio.sleep(RETRY_S)

    async def _follow(self) -> None:
        async with self._context.db.begin() as connection:
            row = (await connection.execute(select(sources).where(sources.c.id == self._id))).one()
        settings = asterisk_settings(self._context, row)
        if row.heard_at is not None:  # somebody followed it before: since then nothing is known
            await losses.link_lost(self._context, self._id, WallTime(row.heard_at))
        self._stopping = False
        source = AsteriskSource(settings, self._context.clock, self._deliver, on_link=self._on_link)
        following = asyncio.create_task(source.run())
        try:
            while not following.done():
                await self._note(source.state)
                await asyncio.wait([following], timeout=REPORT_S)
            following.result()
        finally:
            self._stopping = True
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    async def _deliver(self, events: list[CallEvent]) -> None:
        await take_followed(self._context, self._id, events)

    async def _on_link(self, state: LinkState) -> None:
        if state.connected:
            await losses.link_back(self._context, self._id, state.since or self._context.clock())
        elif state.lost:
            await losses.link_lost(self._context, self._id, state.lost[-1].start)
        if self._stopping:
            state = replace(state, error=None, hint=None)
        await self._note(state)

    async def _note(self, state: LinkState) -> None:
        values: dict[str, Any] = {"status": _document(state), "status_at": self._context.clock()}
        if state.connected:
            values["heard_at"] = state.heard_at
        async with self._context.db.begin() as connection:
            await connection.execute(update(sources).where(sources.c.id == self._id).values(**values))

    async def _note_failure(self, error: Exception) -> None:
        known = isinstance(error, DeskreelError)
        state = replace(
            LinkState(),
            error=f"{error.code}: {error.detail}"
            if isinstance(error, DeskreelError)
            else f"internal: {error!r}",
            hint=error.hint_text if isinstance(error, DeskreelError) and known else "See the server's log.",
        )
        with contextlib.suppress(DeskreelError):
            await self._note(state)


def _document(state: LinkState) -> dict[str, Any]:
    return {
        "connected": state.connected,
        "since": state.since,
        "error": state.error,
        "hint": state.hint,
        "connects": state.connects,
        "messages": state.messages,
        "events": state.events,
    }
