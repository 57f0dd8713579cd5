"""Errors that only the gateway knows; the tree's root and the common ones are in core."""

from __future__ import annotations

from deskreel.core.errors import ConflictError, DeskreelError


class UnknownInitError(ConflictError):
    """A chunk whose init segment the recording does not have yet."""

    code = "unknown_init"
    title = "The chunk's init segment is not stored"
    retryable = True
    hint = "PUT the init segment under its digest first, then send the chunk again."


class FinishedError(ConflictError):
    """The recording was finished: its chunks are no longer what is played."""

    code = "finished"
    title = "The screen recording is finished"
    hint = "What the recorder still holds of it is put into its quarantine; nothing that was stored is lost."


class LiveBusyError(DeskreelError):
    """This gateway process carries as many live sessions as it takes."""

    code = "live_busy"
    status = 503
    title = "The gateway takes no more live views now"
    retryable = True
    hint = "Try again in a minute, or give the region more gateway processes (live_urls)."


class RangeError(DeskreelError):
    """A Range header that lies outside the object."""

    code = "range_not_satisfiable"
    status = 416
    title = "The range lies outside the object"
    hint = "The size is in the Content-Range header."


class NoRouteError(DeskreelError):
    """A path that the gateway does not have."""

    code = "no_route"
    status = 404
    title = "No such path"
    hint = "Compare the path with the gateway's reference."


class MethodError(DeskreelError):
    """A path that does not know this method."""

    code = "method_not_allowed"
    status = 405
    title = "This path does not take this method"
    hint = "The Allow header names the methods."
