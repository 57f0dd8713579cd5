"""`deskreel serve`: server, gateway and worker, together in one process or one of them alone."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

import structlog
import uvicorn
from procrastinate.exceptions import ConnectorException
from starlette.types import ASGIApp

from deskreel.core.errors import PortInUseError, SettingsError
from deskreel.gateway.app import create_app as create_gateway
from deskreel.gateway.deps import Deps
from deskreel.gateway.root_page import create_turn_web
from deskreel.server.app import create_app
from deskreel.server.context import media_queue, system_clock
from deskreel.server.jobs.app import DEFAULT_QUEUE, WORKER_CONCURRENCY, make_worker
from deskreel.server.jobs.tasks import CONTEXT, WorkerContext
from deskreel.server.regions.config import load_regions
from deskreel.server.regions.workers import signs_of_life
from deskreel.server.settings import ServerSettings, prepare_data_dir
from deskreel.server.startup import open_context, server_region_key
from deskreel.storage.region_key import RegionKeys
from deskreel.storage.signing import PublicKeys, load_or_create_keypair
from deskreel.storage.store import ObjectStore, open_store

log = structlog.get_logger()
GRACE_S = 5
RETRY_S = 1.0
TIMER_S = 0.5  # how late a durable timer may fire
KEEP_ALIVE_S = 75  # recorders come back every 2 s: keep their connections
LONGEST_SEGMENT_MS = 61_000  # the recorder's limit between keyframes (55 s), and a chunk more


class Part(StrEnum):
    """What `--only` names."""

    SERVER = "server"
    GATEWAY = "gateway"
    WORKER = "worker"
    TURN_WEB = "turn-web"  # the 404 page of a TURN host; needs no data, no keys and no database


def find_web(settings: ServerSettings) -> Path | None:
    """The built web UI: where the setting says, inside the package, or in a checkout."""
    if settings.web_dir is not None and not (settings.web_dir / "index.html").is_file():
        raise SettingsError(f"DESKREEL_WEB_DIR={settings.web_dir} holds no index.html")
    package = Path(__file__).parent
    places = [settings.web_dir, package / "web", package.parent.parent / "web" / "dist"]
    return next((place for place in places if place is not None and (place / "index.html").is_file()), None)


def bind(settings: ServerSettings) -> socket.socket:
    """The listening socket.

    Raises:
        PortInUseError: another program has the address.
        SettingsError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # the protocol is named because asyncio sends small answers at once (TCP_NODELAY) only where it is
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)  # [::] is also every IPv4 address
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(f"{settings.listen} is in use") from error
        raise SettingsError(f"cannot listen on {settings.listen}: {error.strerror}") from error
    return listener


def gateway_region_keys(settings: ServerSettings) -> RegionKeys:
    """The private keys with which a gateway opens what recorders seal.

    Raises:
        SettingsError: a file holds no key, or others may read it.
    """
    if settings.region_keys is not None:
        region_keys = RegionKeys.load(settings.region_keys)
    else:
        region_keys = RegionKeys.load_or_create(settings.data_dir / "keys")
    log.info("gateway.region_key", public=region_keys.newest.text, keys=len(region_keys.keys))
    return region_keys


def _gateway_deps(settings: ServerSettings, store: ObjectStore, keys: PublicKeys) -> Deps:
    return Deps(
        store=store,
        public_keys=keys,
        region_keys=gateway_region_keys(settings),
        region=settings.region,
        now=system_clock,
        target_ms=LONGEST_SEGMENT_MS,
        listening=settings.listening,
    )


async def _serve_http(app: ASGIApp, listener: socket.socket, stop: asyncio.Event) -> None:
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # tokens stand in paths; the gateway writes its own line without them
        ws_max_size=1024 * 1024,
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    server.should_exit = True
    await serving


class _Server(uvicorn.Server):
    """Leaves signals to `serve`: uvicorn ends the process by the signal, and then nothing is cleaned up."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@contextmanager
def _stop_on_signals(stop: asyncio.Event) -> Iterator[None]:
    """SIGINT and SIGTERM set `stop`, where this is the main thread's loop."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def _work(worker: WorkerContext, queues: list[str]) -> None:
    """Work on jobs for ever; a worker that fails (the database went away) is replaced."""
    while True:
        try:
            await _work_once(worker, queues)
        except (ConnectorException, OSError) as error:
            log.warning("worker.failed", error=str(error), retry_s=RETRY_S)
        await asyncio.sleep(RETRY_S)


async def _work_once(worker: WorkerContext, queues: list[str]) -> None:
    alive = signs_of_life(worker.context, worker.region)
    async with make_worker(worker.context.db.url).open_async() as app, alive:
        await app.run_worker_async(
            queues=queues,
            concurrency=WORKER_CONCURRENCY,
            install_signal_handlers=False,
            shutdown_graceful_timeout=GRACE_S,
            fetch_job_polling_interval=TIMER_S,
            additional_context={CONTEXT: worker},
            delete_jobs="successful",
        )


async def serve(
    settings: ServerSettings,
    only: Part | None = None,
    *,
    region: str | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, or until `stop` is set.

    With `region`, a gateway of that region, or a worker on its media alone; else of the region of the settings.

    Raises:
        SettingsError: the settings cannot be, or other parts are to be of one region.
    """
    if region is not None:
        if only not in (Part.GATEWAY, Part.WORKER):
            raise SettingsError(
                "--region goes with --only gateway or --only worker", hint="The server knows all regions."
            )
        settings = settings.model_copy(update={"region": region})
    queues = [media_queue(settings.region)]
    if region is None:
        queues.append(DEFAULT_QUEUE)
    stop = stop or asyncio.Event()
    with _stop_on_signals(stop):
        if only is Part.TURN_WEB:
            listener = bind(settings)
            log.info("turn_web.ready", listen=settings.listen)
            await _serve_http(create_turn_web(), listener, stop)
        else:
            await _serve(settings, only, queues, stop)


async def _serve(settings: ServerSettings, only: Part | None, queues: list[str], stop: asyncio.Event) -> None:
    prepare_data_dir(settings)
    regions = load_regions(settings, lambda: server_region_key(settings))
    listener = None if only is Part.WORKER else bind(settings)
    store = open_store(regions[settings.region].objects_url)
    if only is Part.GATEWAY:
        assert listener is not None  # noqa: S101 - only workers have none
        if settings.media_public_keys is not None:
            keys = PublicKeys.load([settings.media_public_keys])
        else:
            keys = load_or_create_keypair(settings.data_dir / "keys").public
        log.info("gateway.ready", listen=settings.listen, region=settings.region)
        await _serve_http(create_gateway(_gateway_deps(settings, store, keys)), listener, stop)
        return
    async with open_context(settings) as context:
        gateway = None
        if only is None:
            gateway = create_gateway(_gateway_deps(settings, store, context.signing_key.public))
        worker = None
        if only in (None, Part.WORKER):
            of_region = WorkerContext(context=context, region=settings.region, store=store)
            worker = asyncio.create_task(_work(of_region, queues))
        try:
            if listener is not None:
                web = find_web(settings)
                if web is None:
                    log.warning("web.not_built", hint="run `make web`; the API works without it")
                log.info("server.ready", url=settings.base_url)
                await _serve_http(create_app(context, gateway=gateway, web_dir=web), listener, stop)
            else:
                log.info("worker.ready")
                await stop.wait()
        finally:
            if worker is not None:
                worker.cancel()
                await asyncio.gather(worker, return_exceptions=True)
