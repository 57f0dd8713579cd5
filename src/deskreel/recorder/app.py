"""The recorder program: makes the parts, wires them, runs them until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from deskreel import __version__
from deskreel.core.messages import Desired, Hello, Observed, Pong
from deskreel.recorder import identity
from deskreel.recorder.capture import CaptureLoop, CaptureSettings
from deskreel.recorder.clock import ServerClock
from deskreel.recorder.control import ControlClient, ControlSettings
from deskreel.recorder.desk import Desk
from deskreel.recorder.health import ProcessHealth
from deskreel.recorder.job import CaptureJob
from deskreel.recorder.remote import Access, HttpGateway, HttpServer, new_http_client
from deskreel.recorder.screen.port import Screen
from deskreel.recorder.settings import RecorderSettings
from deskreel.recorder.sink import SpoolSink
from deskreel.recorder.spool import Spool
from deskreel.recorder.spool_thread import SpoolThread
from deskreel.recorder.upload import Uploader, UploadSettings

log = structlog.get_logger(__name__)
_DRAIN_LOOK_S = 0.05


async def run(
    settings: RecorderSettings,
    *,
    screen_factory: Callable[[], Screen] | None = None,
    stop: asyncio.Event | None = None,
    capture_settings: CaptureSettings | None = None,
    control_settings: ControlSettings | None = None,
) -> None:
    """Record what the server asks for, until `stop` is set or SIGTERM or SIGINT comes; then returns.

    Raises:
        NotEnrolledError: there is no identity.
        SpoolLockedError: another recorder uses the directory.
        SettingsError: the directory cannot be used.
        ReplacedError: another recorder came with our identity.
    """
    who = identity.load(settings.home)
    spool = SpoolThread(
        Spool(settings.spool_dir, settings.quarantine_dir, max_bytes=settings.max_spool_mb * 1024 * 1024)
    )
    stop = stop or asyncio.Event()
    log.info("recorder.started", recorder=who.recorder_id, server=who.server_url, version=__version__)
    try:
        with _signals(stop):
            async with new_http_client() as client:
                parts = _Parts(settings, who, spool, HttpGateway(client), HttpServer(client, who))
                await parts.run(
                    stop,
                    screen_factory or default_screen,
                    capture_settings or CaptureSettings(),
                    control_settings,
                )
    finally:
        await asyncio.to_thread(spool.close)
        log.info("recorder.stopped", recorder=who.recorder_id)


def default_screen() -> Screen:
    """The screen of the desktop session that this program runs in."""
    from deskreel.recorder.screen.x11 import X11Screen

    return X11Screen()


class _Parts:
    """The parts, each knowing as little of the others as it can; also the control channel's peer and
    the hearer of the capture's news, where one message concerns several parts."""

    def __init__(
        self,
        settings: RecorderSettings,
        who: identity.Identity,
        spool: SpoolThread,
        gateway: HttpGateway,
        server: HttpServer,
    ) -> None:
        self._settings = settings
        self._who = who
        self._spool = spool
        self._clock = ServerClock()
        self._control: ControlClient | None = None
        self._desk = Desk(
            spool=spool, clock=self._clock, health=ProcessHealth().read, changed=self._state_changed
        )
        self._uploader = Uploader(
            spool=spool,
            gateway=gateway,
            server=server,
            view=lambda: self._desk.view,
            clock_offset=self._clock.offset,
            settings=UploadSettings(hold_back_ms=settings.hold_back_ms, parallel=settings.upload_parallel),
        )

    async def run(
        self,
        stop: asyncio.Event,
        screen_factory: Callable[[], Screen],
        capture_settings: CaptureSettings,
        control_settings: ControlSettings | None,
    ) -> None:
        """Until `stop`."""
        sink = SpoolSink(self._spool, asyncio.get_running_loop(), _News(self._desk, self._uploader))
        capture = CaptureLoop(screen_factory, self._clock, sink, capture_settings)
        self._desk.capture = capture
        self._control = ControlClient(
            url=self._who.server_url,
            credential=self._who.credential,
            hello=Hello(
                recorder_id=self._who.recorder_id, version=__version__, platform=f"{sys.platform}-x11"
            ),
            clock=self._clock,
            peer=self,
            settings=control_settings,
        )
        parts = [
            asyncio.create_task(part, name=name)
            for name, part in (
                ("control", self._control.run()),
                ("desk", self._desk.run()),
                ("uploader", self._uploader.run()),
            )
        ]
        stopping = asyncio.create_task(stop.wait(), name="stop")
        try:
            done, _ = await asyncio.wait([*parts, stopping], return_when=asyncio.FIRST_COMPLETED)
            parts[1].cancel()  # nothing begins any more
            await asyncio.to_thread(capture.close)
            if stopping in done:
                await self._drain()
        finally:
            for task in (*parts, stopping):
                task.cancel()
            results = await asyncio.gather(*parts, return_exceptions=True)
            await asyncio.to_thread(capture.close)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _drain(self) -> None:
        """Try for a moment to send what is left; what stays is sent after the next start."""
        try:
            async with asyncio.timeout(self._settings.exit_upload_s):
                while any(h.count for h in await self._spool.call(Spool.holdings, 0)):  # noqa: ASYNC110
                    await asyncio.sleep(_DRAIN_LOOK_S)
        except TimeoutError:
            log.info("recorder.left_in_spool", reason="time is up")

    # --- the control channel's peer -------------------------------------------------------------------------

    def desired(self, desired: Desired, *, first_of_connection: bool) -> None:
        """A desired state: for the desk, and its token for the uploader."""
        self._desk.desired(desired, first_of_connection=first_of_connection)
        if (order := desired.order) is not None:
            access = Access(gateway_url=order.gateway_url.rstrip("/"), token=order.upload_token)
            self._uploader.offer_access(order.screen_recording_id, access)
        self._uploader.wake()

    def pong(self, pong: Pong) -> None:
        """Chunks may have been waiting for it."""
        self._desk.pong(pong)
        self._uploader.wake()

    async def observed(self) -> Observed:
        """The report."""
        return await self._desk.observed()

    @property
    def active(self) -> bool:
        """Whether to ask for confirmation often."""
        return self._desk.active

    def _state_changed(self) -> None:
        if self._control is not None:
            self._control.report()
        self._uploader.wake()


class _News:
    """The capture's news: all for the desk, a new chunk also for the uploader."""

    def __init__(self, desk: Desk, uploader: Uploader) -> None:
        self._uploader = uploader
        self.first_frame = desk.first_frame
        self.capture_problem = desk.capture_problem
        self.spool_full = desk.spool_full
        self._spooled = desk.spooled

    def spooled(self, job: CaptureJob) -> None:
        """A chunk is safe on the disk."""
        self._spooled(job)
        self._uploader.wake()


@contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    """SIGTERM and SIGINT set `stop`, where the event loop can have it so."""
    loop = asyncio.get_running_loop()
    taken: list[signal.Signals] = []
    for name in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(name, stop.set)
            taken.append(name)
        except (NotImplementedError, RuntimeError, ValueError):
            pass  # not the main thread, or a system without
    try:
        yield
    finally:
        for name in taken:
            loop.remove_signal_handler(name)
