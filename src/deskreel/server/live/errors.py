"""Why a live view is not opened, or does not go on."""

from __future__ import annotations

from deskreel.core.errors import ConflictError, DeskreelError, ForbiddenError


class NotLiveError(ConflictError):
    """There is nothing to watch any more."""

    code = "not_live"
    title = "This screen recording has ended"
    hint = "Open the call in Activities: it can be played there."


class LiveViewOffError(ForbiddenError):
    """The recording settings do not let anybody watch this agent live."""

    code = "live_view_off"
    title = "Watching live is switched off for this agent"
    hint = "An admin can switch it on in the recording settings (live_view); recordings are not concerned."


class TooManyLiveViewsError(DeskreelError):
    """One person has too many open at once."""

    code = "too_many_live_views"
    status = 429
    title = "Too many live views are open"
    retryable = True
    hint = "Close some of the live views that are open under your name; one left behind ends after a minute."
