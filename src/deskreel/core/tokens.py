"""What a media token grants. Signing and checking live at the edges (server signs, gateway checks).

A token is a JWT (EdDSA, Ed25519) whose claims are one of these grants: `upload` lets a recorder write one
screen recording, `play` lets a reviewer read the exposed windows of one, `audio` moves call audio, `download` lets
a person take an interaction away, `probe` lets a recorder try the way to a gateway, `live_publish` and `live_watch`
send and show a live view. The server's timeline is the
truth about what may be seen, and the token is how it reaches a gateway that keeps no state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast

from deskreel.core.errors import TokenError, TokenScopeError, WrongRegionError
from deskreel.core.ids import CallRecordingId, DownloadId, ProbeId, ScreenRecordingId
from deskreel.core.time import WallTime, Window

DEFAULT_REGION = "default"  # of an installation that names none, and of tokens that say none
Purpose = Literal[
    "upload", "play", "audio_upload", "audio_play", "download", "probe", "live_publish", "live_watch"
]
# the kind of id that a grant of each purpose is about
SUBJECTS: dict[str, str] = {
    "upload": "scr",
    "play": "scr",
    "audio_upload": "aud",
    "audio_play": "aud",
    "download": "dld",
    "probe": "prb",
    "live_publish": "scr",
    "live_watch": "scr",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One permission on one recording."""

    purpose: Purpose
    subject: ScreenRecordingId | CallRecordingId | DownloadId | ProbeId
    expires_at: WallTime
    windows: tuple[Window, ...] = ()  # play: what may be shown; an open one is a call in progress
    final: bool = False  # play: nothing will be added to the windows any more
    region: str = DEFAULT_REGION  # whose gateways take it
    view: str = ""  # live_watch: whose view it is (lvw_)

    def claims(self) -> dict[str, Any]:
        """As JWT claims."""
        return {
            "sub": self.subject,
            "purpose": self.purpose,
            "exp": self.expires_at // 1000,
            "win": [[w.start, w.end] for w in self.windows],
            "fin": self.final,
            "reg": self.region,
            **({"viw": self.view} if self.view else {}),
        }

    @staticmethod
    def from_claims(claims: dict[str, Any]) -> Grant:
        """Back from JWT claims whose signature holds.

        Raises:
            TokenError: the claims are not those of a grant.
        """
        try:
            windows = tuple(Window(WallTime(a), None if b is None else WallTime(b)) for a, b in claims["win"])
            return Grant(
                purpose=cast(Purpose, claims["purpose"]),
                subject=ScreenRecordingId(claims["sub"]),
                expires_at=WallTime(int(claims["exp"]) * 1000),
                windows=windows,
                final=bool(claims["fin"]),
                region=str(claims.get("reg", DEFAULT_REGION)),
                view=str(claims.get("viw", "")),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise TokenError("the token carries no grant") from error

    def require(self, purpose: Purpose, subject: str) -> None:
        """Pass if this grant is for `purpose` on `subject`.

        Raises:
            TokenScopeError: it is for something else.
        """
        if self.purpose != purpose or self.subject != subject:
            raise TokenScopeError(f"the token grants {self.purpose} on another recording or purpose")

    def require_region(self, region: str) -> None:
        """Pass if this grant is for a gateway of `region`.

        Raises:
            WrongRegionError: it is for another region's.
        """
        if self.region != region:
            raise WrongRegionError(f"the token is for the region {self.region}, this gateway is of {region}")
