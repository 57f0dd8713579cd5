"""The recorder program: makes the parts, wires them, runs them until it is told to stop."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable

import httpx2
import structlog

from deskreel import __version__
from deskreel.core.enrolment import EnrolmentEndedError
from deskreel.core.errors import DeskreelError, NotEnrolledError
from deskreel.core.messages import Desired, Hello, Observed, Pong
from deskreel.recorder import memory
from deskreel.recorder.adapt.health import ProcessHealth
from deskreel.recorder.adapt.readings import PartReadings
from deskreel.recorder.adapt.vitals import Vitals
from deskreel.recorder.capture.job import CaptureSettings
from deskreel.recorder.capture.loop import CaptureLoop
from deskreel.recorder.control.channel import ControlClient, ControlSettings
from deskreel.recorder.control.clock import ServerClock
from deskreel.recorder.control.desk import Desk
from deskreel.recorder.control.link import LinkMeter
from deskreel.recorder.control.news import CaptureNews
from deskreel.recorder.doctor.program import check_daily
from deskreel.recorder.encode import EncoderChoice
from deskreel.recorder.enrol import identity
from deskreel.recorder.enrol.renewal import CredentialKeeper
from deskreel.recorder.live.leg import LiveLeg
from deskreel.recorder.screen.port import Screen
from deskreel.recorder.settings import RecorderSettings
from deskreel.recorder.signals import stopped_by_signals
from deskreel.recorder.spool.sink import SpoolSink
from deskreel.recorder.spool.spool import Spool
from deskreel.recorder.spool.thread import SpoolThread
from deskreel.recorder.status.news import StatusNews
from deskreel.recorder.status.reporter import Reporter
from deskreel.recorder.status.status import RecorderStatus
from deskreel.recorder.upload.drain import drain
from deskreel.recorder.upload.remote import Access, HttpGateway, HttpServer, new_http_client
from deskreel.recorder.upload.settings import UploadSettings
from deskreel.recorder.upload.uploader import Uploader

log = structlog.get_logger(__name__)
_CONFIRM_MARGIN_MS = 20.0  # on top of the hold-back, for a chunk that ends a little after it was captured
_READY_S = 2.0  # wait so long for the display before the server is told that this desktop is there


async def run(
    settings: RecorderSettings,
    *,
    screen_factory: Callable[[], Screen] | None = None,
    stop: asyncio.Event | None = None,
    capture_settings: CaptureSettings | None = None,
    control_settings: ControlSettings | None = None,
    on_status: Callable[[RecorderStatus], None] | None = None,
) -> None:
    """Record what the server asks for, until `stop` is set or SIGTERM or SIGINT comes; then returns.

    `on_status` is told, on this loop's thread, how the recorder is, whenever that changed.

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
        with stopped_by_signals(stop):
            async with new_http_client() as client:
                parts = _Parts(settings, who, spool, client, on_status or (lambda status: None))
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
    from deskreel.recorder.screen.choose import open_screen

    return open_screen()


class _Parts:
    """The parts, each knowing as little of the others as it can; also the control channel's peer and
    the hearer of the capture's news, where one message concerns several parts."""

    def __init__(
        self,
        settings: RecorderSettings,
        who: identity.Identity,
        spool: SpoolThread,
        client: httpx2.AsyncClient,
        on_status: Callable[[RecorderStatus], None],
    ) -> None:
        self._settings = settings
        self._who = who
        self._spool = spool
        self._status = StatusNews(settings.home, lambda: self._reporter.status(self._who), on_status)
        self._clock = ServerClock()
        self._link = LinkMeter(settings.loss_limit_percent)
        self._encoder = EncoderChoice(settings.encoder)
        self._capture: CaptureLoop | None = None
        self._control: ControlClient | None = None
        self._desk = Desk(spool=spool, clock=self._clock, changed=self._state_changed)
        self._server = HttpServer(client, who)
        self._keeper = CredentialKeeper(
            home=settings.home,
            who=who,
            renew=self._server.renew_credential,
            adopt=self._adopt,
            now=lambda: None if self._clock.offset() is None else self._clock.now(),
        )
        self._readings = PartReadings(
            desk=self._desk,
            spool=spool,
            clock=self._clock,
            link=self._link,
            encoder=self._encoder,
            max_spool_bytes=settings.max_spool_mb * 1024 * 1024,
        )
        self._uploader = Uploader(
            spool=spool,
            gateway=HttpGateway(client),
            server=self._server,
            view=self._readings.view,
            now=self._clock.now,
            clock_offset=self._clock.offset,
            settings=UploadSettings(
                hold_back_ms=settings.hold_back_ms,
                parallel=settings.upload_parallel,
                max_age_ms=settings.max_spool_hours and settings.max_spool_hours * 3_600_000,
            ),
        )
        self._readings.uploader = self._uploader
        self._vitals = Vitals(
            self._readings,
            ProcessHealth(settings.home).read,
            rules=settings.adapt_rules,
            now_ms=lambda: time.monotonic() * 1000,
            changed=self._status.tell,
        )
        self._leg = self._readings.leg = LiveLeg(
            client,
            view=lambda: self._desk.view,
            now=self._clock.now,
            forbidden=lambda: self._vitals.no_live,
            changed=self._state_changed,
        )
        self._reporter = Reporter(
            desk=self._desk,
            spool=spool,
            clock=self._clock,
            health=lambda: self._vitals.health,
            monitors=lambda: () if self._capture is None else self._capture.monitors,
            uploads=self._uploader.stats,
            connection=self._connection,
            live=lambda: self._leg.report,
        )

    async def run(
        self,
        stop: asyncio.Event,
        screen_factory: Callable[[], Screen],
        capture_settings: CaptureSettings,
        control_settings: ControlSettings | None,
    ) -> None:
        """Until `stop`."""
        sink = SpoolSink(self._spool, asyncio.get_running_loop(), CaptureNews(self._desk, self._spooled))
        capture = CaptureLoop(
            screen_factory,
            self._clock,
            sink,
            capture_settings,
            encoder_factory=self._encoder,
            tap=self._leg.tap,
        )
        self._capture = self._desk.capture = self._readings.capture = capture
        self._control = ControlClient(
            url=self._who.server_url,
            credential=self._who.credential,
            hello=Hello(
                recorder_id=self._who.recorder_id, version=__version__, platform=f"{sys.platform}-x11"
            ),
            clock=self._clock,
            peer=self,
            link=self._link,
            settings=control_settings,
        )
        # a call that is up now is to find screen and encoder ready
        await asyncio.to_thread(capture.wait_tried, _READY_S)
        parts = [
            asyncio.create_task(part, name=name)
            for name, part in (
                ("control", self._control.run()),
                ("desk", self._desk.run()),
                ("uploader", self._uploader.run()),
                ("live", self._leg.run()),
                ("vitals", self._vitals.run()),
                ("credential", self._keeper.run()),
                ("status", self._status.file.run()),
                ("memory", memory.keep_giving_back()),
                ("check", check_daily(self._settings.home, idle=self._status.idle)),
            )
        ]
        stopping = asyncio.create_task(stop.wait(), name="stop")
        try:
            done, _ = await asyncio.wait([*parts, stopping], return_when=asyncio.FIRST_COMPLETED)
            parts[1].cancel()  # nothing begins any more
            await asyncio.to_thread(capture.close)
            if stopping in done:
                await drain(self._spool, within_s=self._settings.exit_upload_s)
        finally:
            for task in (*parts, stopping):
                task.cancel()
            results = await asyncio.gather(*parts, return_exceptions=True)
            await asyncio.to_thread(capture.close)
            await asyncio.to_thread(self._status.file.write)
        for result in results:
            if isinstance(result, Exception):
                raise result

    # --- the control channel's peer -------------------------------------------------------------------------

    def desired(self, desired: Desired, *, first_of_connection: bool) -> None:
        """A desired state: for the desk, and its token for the uploader."""
        self._desk.desired(desired, first_of_connection=first_of_connection)
        self._leg.reconcile()  # at once: before the desk stops a capture, nothing of it leaves any more
        if (order := desired.order) is not None:
            access = Access(gateway_url=order.gateway_url.rstrip("/"), token=order.upload_token)
            self._uploader.offer_access(order.screen_recording_id, access)
        self._uploader.wake()
        self._status.tell()

    def pong(self, pong: Pong) -> None:
        """Chunks may have been waiting for it."""
        self._desk.pong(pong)
        self._uploader.wake()

    async def observed(self) -> Observed:
        """The report."""
        return await self._reporter.observed()

    def connection_changed(self) -> None:
        """The control channel is up or down."""
        _, error = self._connection()
        if isinstance(error, NotEnrolledError):
            self._keeper.refused()
        if isinstance(error, EnrolmentEndedError):  # the server's own word, not a proxy's
            self._desk.dismissed()
            self._leg.reconcile()
        self._status.tell()

    def _adopt(self, who: identity.Identity) -> None:
        """Another credential for the same recorder."""
        self._who = who
        self._server.use(who)
        self._uploader.known_again()
        if self._control is not None:
            self._control.use_credential(who.credential)

    def _state_changed(self) -> None:
        if self._control is not None:
            self._control.report()
        self._uploader.wake()
        self._status.tell()

    def _spooled(self) -> None:
        """A chunk waits until the server has confirmed its time and the hold-back: ask when that may be."""
        if self._control is not None:
            offset = self._clock.offset()
            doubt_ms = 0.0 if offset is None else offset.uncertainty_ms
            self._control.confirm_in((self._settings.hold_back_ms + doubt_ms + _CONFIRM_MARGIN_MS) / 1000)
        self._uploader.wake()

    # --- how it is ------------------------------------------------------------------------------------------

    def _connection(self) -> tuple[bool, DeskreelError | None]:
        return (False, None) if self._control is None else (self._control.connected, self._control.error)
