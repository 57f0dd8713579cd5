"""What every part of a server process is handed: settings, database, clock, key, jobs. Made once, in `serve`."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from procrastinate import App
from procrastinate.jobs import JobDeferrer

from deskreel.core.chunk import sha256
from deskreel.core.ids import CallRecordingId, DownloadId, LiveViewId, ProbeId, ScreenRecordingId, make_id
from deskreel.core.time import WallTime, Window
from deskreel.core.tokens import Grant, Purpose
from deskreel.server.db.engine import Database
from deskreel.server.regions.config import Regions
from deskreel.server.settings import ServerSettings
from deskreel.storage.signing import SigningKey, sign_grant

AUDIO_UPLOAD_MS = 3_600_000  # from announcing a call's audio until it is put
PROBE_MS = 300_000  # for one run of the connectivity check
DOWNLOAD_MS = 600_000  # a download may be begun for this long; who has begun may go on


def system_clock() -> WallTime:
    """The server's wall clock: the time of record."""
    return WallTime(time.time_ns() // 1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The server's outside world."""

    settings: ServerSettings
    db: Database
    jobs: App  # Procrastinate, opened
    signing_key: SigningKey  # media tokens
    regions: Regions  # where media is kept
    clock: Callable[[], WallTime] = system_clock

    def new_id(self, prefix: str) -> str:
        """A fresh id of a kind."""
        return make_id(prefix, self.clock(), secrets.token_bytes(10))

    def upload_token(self, recording: ScreenRecordingId, region: str) -> str:
        """Lets a recorder write one screen recording."""
        return self._token("upload", recording, region, self.settings.upload_token_hours * 3_600_000)

    def play_base(
        self, recording: ScreenRecordingId, region: str, windows: tuple[Window, ...], *, final: bool
    ) -> str:
        """The address below which a reviewer reads what lies in `windows` of one screen recording."""
        token = self._token("play", recording, region, self._play_ms, windows=windows, final=final)
        return self._base(region, token)

    def audio_base(self, recording: CallRecordingId, region: str) -> str:
        """The address below which a reviewer hears one call's audio."""
        return self._base(region, self._token("audio_play", recording, region, self._play_ms))

    def audio_upload_token(self, recording: CallRecordingId, region: str) -> str:
        """Lets the telephony put one call's audio."""
        return self._token("audio_upload", recording, region, AUDIO_UPLOAD_MS)

    def download_base(self, download: DownloadId, region: str) -> str:
        """The address below which a person gets an interaction's MP4, soon."""
        return self._base(region, self._token("download", download, region, DOWNLOAD_MS))

    def probe_token(self, probe: ProbeId, region: str) -> str:
        """Lets a recorder try the way to a region's gateway."""
        return self._token("probe", probe, region, PROBE_MS)

    def live_publish_token(self, recording: ScreenRecordingId, region: str, lifetime_ms: int) -> str:
        """Lets a recorder send the live view of one screen recording."""
        return self._token("live_publish", recording, region, lifetime_ms)

    def live_watch_token(
        self, recording: ScreenRecordingId, region: str, lifetime_ms: int, view: LiveViewId
    ) -> str:
        """Lets a person see the live view of one screen recording."""
        return self._token("live_watch", recording, region, lifetime_ms, view=view)

    def media_job(self, name: str, region: str, **options: Any) -> JobDeferrer:
        """A job that a worker of `region` does."""
        return self.jobs.configure_task(name, queue=media_queue(region), **options)

    def _base(self, region: str, token: str) -> str:
        return f"{self.regions[region].media_url}/v1/play/{token}"

    @property
    def _play_ms(self) -> int:
        return self.settings.play_token_minutes * 60_000

    def _token(
        self,
        purpose: Purpose,
        subject: ScreenRecordingId | CallRecordingId | DownloadId | ProbeId,
        region: str,
        lifetime_ms: int,
        *,
        windows: tuple[Window, ...] = (),
        final: bool = False,
        view: str = "",
    ) -> str:
        expires = WallTime(self.clock() + lifetime_ms)
        grant = Grant(
            purpose=purpose,
            subject=subject,
            expires_at=expires,
            windows=windows,
            final=final,
            region=region,
            view=view,
        )
        return sign_grant(self.signing_key, grant)


def media_queue(region: str) -> str:
    """The queue of the jobs that a worker of a region does."""
    return f"media.{region}"


def secret_hash(secret: str) -> str:
    """How bearer secrets of high entropy are stored: sha-256, so that a copy of the database opens nothing."""
    return sha256(secret.encode())
