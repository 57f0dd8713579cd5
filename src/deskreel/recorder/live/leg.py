"""The live leg: has the screen published, or not, as the server's order says, and reports on it.

All of it is on the event loop's thread but the encoder. An order that is gone takes effect at once, before anybody
stops the capture; frames of before a stop are taken back by the tap, and pictures made of them do not leave.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx2
import structlog

from deskreel.core.live import LiveOrder, LiveReport
from deskreel.core.messages import Phase
from deskreel.core.time import WallTime
from deskreel.recorder.control.view import ServerView
from deskreel.recorder.live.climb import Climber, NewSending, TryRelay, new_sending, try_relay
from deskreel.recorder.live.publisher import Publisher
from deskreel.recorder.live.tap import Tap
from deskreel.recorder.live.whip import Whip

log = structlog.get_logger(__name__)
_CHECK_S = 0.5
_EXIT_S = 2.0  # a recorder that ends does not wait longer for a gateway that is silent
FRESH_MS = 4_500  # the server's word, confirmed every two seconds
_CAPTURING = (Phase.RECORDING, Phase.ACW)


def order_of(view: ServerView, now: WallTime) -> LiveOrder | None:
    """What is to be sent now, if anything.

    Only what is being recorded, and only while the server's word on that is fresh: a pause that did not reach this
    desktop must not be seen.
    """
    desired = view.desired
    if desired is None or desired.live is None or desired.order is None or desired.phase not in _CAPTURING:
        return None
    if desired.live.screen_recording_id != desired.order.screen_recording_id:
        return None
    if now >= desired.live.until or now - view.confirmed_until > FRESH_MS:
        return None
    return desired.live


class LiveLeg:
    """One at a time, as `view` says, of the frames in `tap`; `changed` is called when there is news to report."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        *,
        view: Callable[[], ServerView],
        now: Callable[[], WallTime],
        forbidden: Callable[[], str],  # why nothing may be sent now, for people; empty: it may
        changed: Callable[[], None],
        sending: NewSending = new_sending,
        relay: TryRelay = try_relay,
    ) -> None:
        self.tap = Tap()
        whip = Whip(client)
        self._publisher = Publisher(
            self.tap,
            whip,
            Climber(whip, sending=sending, relay=relay),
            order=lambda: self._order,
            changed=changed,
        )
        self._view = view
        self._now = now
        self._forbidden = forbidden
        self._changed = changed
        self._order: LiveOrder | None = None
        self._failing = False  # the last look at what is wanted failed

    @property
    def sending(self) -> bool:
        """Whether it costs the desktop anything worth mentioning."""
        return self._publisher.encoding

    @property
    def report(self) -> LiveReport | None:
        """How it goes; None: nobody watches."""
        return None if self._order is None else self._publisher.report

    def reconcile(self) -> None:
        """Look at what is wanted, now; what is not wanted any more has ended on return.

        It never raises: what fails here ends the view and not the recorder.
        """
        try:
            self._reconcile()
            self._failing = False
        except Exception:
            if not self._failing:
                log.exception("live.failed")
            self._failing = True
            self._order = None
            self._cut_for_certain()

    def _reconcile(self) -> None:
        before = self._order
        view = self._view()
        order = self._order = order_of(view, self._now())
        if order is None or (before and before.screen_recording_id != order.screen_recording_id):
            self._publisher.cut()
        self._publisher.limit(None if view.desired is None else view.desired.policy.max_kbps)
        if order is not None:
            if why := self._forbidden():
                self._publisher.forbid(why)
            else:
                self._publisher.start()
        if (before is None) != (order is None):
            log.info("live.watched", on=order is not None)
            self._changed()

    def _cut_for_certain(self) -> None:
        try:
            self._publisher.cut()
        except Exception:  # by then all that sends is cancelled
            log.exception("live.not_cut")

    async def run(self) -> None:
        """Reconcile for ever; the end of it is the end of the leg."""
        try:
            while True:
                self.reconcile()
                await asyncio.sleep(_CHECK_S)
        finally:
            self._order = None
            self._cut_for_certain()
            await self._publisher.drain(_EXIT_S)
