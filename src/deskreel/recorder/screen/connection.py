# pyright: reportAttributeAccessIssue=false, reportPrivateImportUsage=false, reportOptionalMemberAccess=false
# xcffib makes its requests at run time and has no types
"""A connection to an X server on which nothing waits for ever: bounded answers, events, a wake-up call.

Replies and events share one socket. Events are handed to `on_event` whenever the socket is read; a reply is
waited for with a deadline, because libxcb's own wait does not end when a server hangs. Every failure leaves
as `NoDisplayError`.
"""

from __future__ import annotations

import os
import select
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import xcffib

from deskreel.core.errors import NoDisplayError

_BROKEN = (xcffib.XcffibException, OSError, struct.error, IndexError, KeyError, AssertionError)
_GENERIC_EVENT = 35
REPLY_HEADER = 32  # bytes before the data of every reply


@dataclass(frozen=True, slots=True, kw_only=True)
class GenericEvent:
    """An event of the kind that XInput 2 sends; xcffib misreads the list of axes in them, so only its head."""

    extension: int  # major opcode
    kind: int  # as the extension numbers its events


@contextmanager
def display_errors() -> Iterator[None]:
    """Turn whatever the X library raises into `NoDisplayError`."""
    try:
        yield
    except _BROKEN as error:
        raise NoDisplayError(f"the X server failed: {error or type(error).__name__}") from error


class Waker:
    """A flag that a poll can wait for and any thread can raise, also after it was closed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    @property
    def fd(self) -> int:
        """What to poll; -1 once closed."""
        return self._fd

    def wake(self) -> None:
        """Raise the flag."""
        with self._lock:
            if self._fd >= 0:
                os.eventfd_write(self._fd, 1)

    def clear(self) -> None:
        """Lower the flag."""
        try:
            os.eventfd_read(self._fd)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Free the descriptor; harmless when repeated."""
        with self._lock:
            fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


class XConnection:
    """One client of the X server `display` (as in DISPLAY)."""

    def __init__(self, display: str, on_event: Callable[[Any], None], *, answer_timeout_s: float) -> None:
        with display_errors():
            self.x = xcffib.Connection(display=display)
        self.waker = Waker()
        self._on_event = on_event
        self._answer_timeout_s = answer_timeout_s
        fd = self.x.get_file_descriptor()
        self._answers = select.poll()
        self._answers.register(fd, select.POLLIN)
        self._anything = select.poll()
        self._anything.register(fd, select.POLLIN)
        self._anything.register(self.waker.fd, select.POLLIN)
        self._closed = False

    def has_extension(self, name: str) -> bool:
        """Whether the server offers the extension."""
        return bool(self.reply(self.x.core.QueryExtension(len(name), name)).present)

    def opcode(self, name: str) -> int:
        """The major opcode of an extension that there is."""
        return self.reply(self.x.core.QueryExtension(len(name), name)).major_opcode

    def reply(self, cookie: Any) -> Any:
        """The answer to a request.

        Raises:
            NoDisplayError: the server refused, is gone or did not answer in time.
        """
        with display_errors():
            return cookie.reply_type(self._await(cookie))

    def reply_or_none(self, cookie: Any) -> Any | None:
        """As `reply`, but None when the server refused."""
        with display_errors():
            try:
                return cookie.reply_type(self._await(cookie))
            except xcffib.Error:
                return None

    def raw_reply(self, cookie: Any) -> memoryview:
        """As `reply`, but the bytes as they came: a header of 32 bytes, then the data."""
        with display_errors():
            return memoryview(self._await(cookie).buf)

    def raw_reply_or_none(self, cookie: Any) -> memoryview | None:
        """As `raw_reply`, but None when the server refused."""
        with display_errors():
            try:
                return memoryview(self._await(cookie).buf)
            except xcffib.Error:
                return None

    def accepted(self, cookie: Any) -> bool:
        """Whether the server took a request that has no answer."""
        with display_errors():
            try:
                cookie.check()
            except xcffib.Error:
                return False
            return True

    def read_events(self) -> None:
        """Hand on every event that has arrived, without waiting."""
        with display_errors():
            self.x.flush()
            while (event := self._next_event()) is not None:
                self._on_event(event)

    def also(self, fd: int) -> None:
        """Let `wait` end when there is something to read at `fd` too."""
        self._anything.register(fd, select.POLLIN)

    def no_more(self, fd: int) -> None:
        """Take an `also` back."""
        self._anything.unregister(fd)

    def wait(self, timeout_s: float) -> bool:
        """Until there is something to read (True) or the waker is raised or the time is up (False)."""
        ready = dict(self._anything.poll(max(0.0, timeout_s) * 1000))
        if self.waker.fd in ready:
            self.waker.clear()
            return False
        return bool(ready)

    def close(self) -> None:
        """Disconnect; harmless when repeated."""
        if not self._closed:
            self._closed = True
            self.waker.close()
            self.x.disconnect()

    def _next_event(self) -> Any | None:
        event = xcffib.lib.xcb_poll_for_event(self.x._conn)
        self.x.invalid()  # a broken connection has no events either
        if event == xcffib.ffi.NULL:
            return None
        event = xcffib.ffi.gc(event, xcffib.c_free)
        if event.response_type & 0x7F != _GENERIC_EVENT:
            return self.x.hoist_event(event)
        head = bytes(xcffib.ffi.buffer(event, 32))
        return GenericEvent(extension=head[1], kind=int.from_bytes(head[8:10], sys.byteorder))

    def _await(self, cookie: Any) -> xcffib.CffiUnpacker:
        deadline = time.monotonic() + self._answer_timeout_s
        reply = xcffib.ffi.new("void **")
        error = xcffib.ffi.new("xcb_generic_error_t **")
        while True:
            self.read_events()  # xcb reads its socket only while it looks for events
            if xcffib.lib.xcb_poll_for_reply(self.x._conn, cookie.sequence, reply, error):
                break
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise NoDisplayError(f"the X server did not answer within {self._answer_timeout_s:g} s")
            self._answers.poll(left_s * 1000)
        try:
            self.x._process_error(error[0])
        finally:
            if error[0] != xcffib.ffi.NULL:
                xcffib.c_free(error[0])
        if reply[0] == xcffib.ffi.NULL:
            raise NoDisplayError("the X server went away before it answered")
        header = xcffib.ffi.cast("xcb_generic_reply_t *", reply[0])
        data = xcffib.ffi.gc(reply[0], xcffib.c_free)
        return xcffib.CffiUnpacker(data, known_max=32 + header.length * 4)
