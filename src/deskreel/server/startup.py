"""What server, worker and admin commands open first: database up to date, queue, key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from deskreel.server.context import Context
from deskreel.server.db.embedded import start_embedded
from deskreel.server.db.engine import Database, make_engine
from deskreel.server.db.migrate import migrate
from deskreel.server.jobs.app import make_queue
from deskreel.server.regions.config import load_regions
from deskreel.server.settings import ServerSettings, prepare_data_dir
from deskreel.storage.region_key import RegionKeys, RegionPublicKey
from deskreel.storage.signing import load_or_create_keypair


@asynccontextmanager
async def open_context(settings: ServerSettings) -> AsyncIterator[Context]:
    """Everything that server, worker and admin commands share: database up to date, jobs open, key loaded."""
    data_dir = prepare_data_dir(settings)
    regions = load_regions(settings, lambda: server_region_key(settings))
    url = settings.database_url or await asyncio.to_thread(start_embedded, data_dir)
    await asyncio.to_thread(migrate, url)
    async with AsyncExitStack() as stack:
        database = Database(make_engine(url), url)
        stack.push_async_callback(database.close)
        jobs = make_queue(url)
        await stack.enter_async_context(jobs.open_async())
        key = load_or_create_keypair(data_dir / "keys")
        yield Context(settings=settings, db=database, jobs=jobs, signing_key=key, regions=regions)


def server_region_key(settings: ServerSettings) -> RegionPublicKey:
    """The key for which recorders are to seal; the private half stays where the gateways are.

    Raises:
        SettingsError: what is set is no key.
    """
    if settings.region_public_key is not None:
        return RegionPublicKey.parse(settings.region_public_key)
    if settings.region_keys is not None:
        return RegionKeys.load(settings.region_keys).newest
    return RegionKeys.load_or_create(settings.data_dir.resolve() / "keys").newest
