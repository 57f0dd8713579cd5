"""What every part of a server process is handed: settings, database, clock, key, jobs. Made once, in `serve`."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from procrastinate import App

from deskreel.core.chunk import sha256
from deskreel.core.ids import CallRecordingId, DownloadId, ScreenRecordingId, make_id
from deskreel.core.time import WallTime, Window
from deskreel.core.tokens import Grant, Purpose
from deskreel.server.db.engine import Database
from deskreel.server.settings import ServerSettings
from deskreel.storage.region_key import RegionPublicKey
from deskreel.storage.signing import SigningKey, sign_grant

AUDIO_UPLOAD_MS = 3_600_000  # from announcing a call's audio until it is put
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
    region_key: RegionPublicKey  # for which recorders seal
    clock: Callable[[], WallTime] = system_clock

    def new_id(self, prefix: str) -> str:
        """A fresh id of a kind."""
        return make_id(prefix, self.clock(), secrets.token_bytes(10))

    def upload_token(self, recording: ScreenRecordingId) -> str:
        """Lets a recorder write one screen recording."""
        return self._token("upload", recording, self.settings.upload_token_hours * 3_600_000)

    def play_token(self, recording: ScreenRecordingId, windows: tuple[Window, ...], *, final: bool) -> str:
        """Lets a reviewer read what lies in `windows` of one screen recording."""
        return self._token("play", recording, self._play_ms, windows=windows, final=final)

    def audio_token(self, purpose: Purpose, recording: CallRecordingId) -> str:
        """Lets the telephony put, or a reviewer get, one call's audio."""
        lifetime_ms = AUDIO_UPLOAD_MS if purpose == "audio_upload" else self._play_ms
        return self._token(purpose, recording, lifetime_ms)

    def download_token(self, download: DownloadId) -> str:
        """Lets a person get an interaction's MP4, soon."""
        return self._token("download", download, DOWNLOAD_MS)

    @property
    def _play_ms(self) -> int:
        return self.settings.play_token_minutes * 60_000

    def _token(
        self,
        purpose: Purpose,
        subject: ScreenRecordingId | CallRecordingId | DownloadId,
        lifetime_ms: int,
        *,
        windows: tuple[Window, ...] = (),
        final: bool = False,
    ) -> str:
        expires = WallTime(self.clock() + lifetime_ms)
        grant = Grant(purpose=purpose, subject=subject, expires_at=expires, windows=windows, final=final)
        return sign_grant(self.signing_key, grant)


def secret_hash(secret: str) -> str:
    """How bearer secrets of high entropy are stored: sha-256, so that a copy of the database opens nothing."""
    return sha256(secret.encode())
