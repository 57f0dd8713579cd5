"""What the server said, as far as the recorder knows: the newest desired state and until when it is complete.

Pure. Everything that may leave the desktop is decided from one of these.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from deskreel.core.ids import ScreenRecordingId
from deskreel.core.messages import Desired, Keep, Phase, Pong
from deskreel.core.time import WallTime

_NEVER = WallTime(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerView:
    """The server's timeline as it reached this desktop."""

    desired: Desired | None = None  # None until the first one came
    confirmed_until: WallTime = _NEVER  # `desired` is all there is up to here

    @property
    def version(self) -> int:
        """Of the desired state that stands; -1 before the first."""
        return -1 if self.desired is None else self.desired.version

    def with_desired(self, desired: Desired, *, first_of_connection: bool = False) -> ServerView:
        """The view after a desired state came; an older one changes nothing.

        The first one of a connection stands whatever its version: the server may have come back from a backup.
        """
        known = self.desired
        if known is None or first_of_connection or desired.version > known.version:
            return ServerView(desired=desired, confirmed_until=desired.as_of)
        if desired.version < known.version or desired.as_of < known.as_of:
            return self
        return ServerView(desired=desired, confirmed_until=WallTime(max(self.confirmed_until, desired.as_of)))

    def with_pong(self, pong: Pong) -> ServerView:
        """The view after a pong: one for our version confirms it until the server's time."""
        if self.desired is None or pong.version != self.desired.version:
            return self
        return replace(self, confirmed_until=WallTime(max(self.confirmed_until, int(pong.server_time))))

    def dismissed(self) -> ServerView:
        """The view once the server said that it does not know us: capture nothing, let nothing leave."""
        if self.desired is None:
            return self
        # what was captured after the last confirmation is cut: nobody asked for it any more
        idle = replace(
            self.desired,
            phase=Phase.IDLE,
            order=None,
            keep=(),
            as_of=self.confirmed_until,
            look_back_until=None,
            live=None,
        )
        return ServerView(desired=idle, confirmed_until=self.confirmed_until)

    @property
    def asked_for(self) -> frozenset[ScreenRecordingId]:
        """The recordings of which something may leave."""
        return frozenset(() if self.desired is None else (k.screen_recording_id for k in self.desired.keep))

    def keep_of(self, recording: ScreenRecordingId) -> Keep | None:
        """What of a recording may leave; None when the server does not ask for it."""
        if self.desired is None:
            return None
        return next((k for k in self.desired.keep if k.screen_recording_id == recording), None)
