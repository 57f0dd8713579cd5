# pyright: reportAttributeAccessIssue=false, reportPrivateImportUsage=false, reportOptionalMemberAccess=false
# xcffib makes its requests at run time and has no types
"""The desktop of an X server, grabbed through MIT-SHM into one segment that lives as long as the screen.

DAMAGE says when and where something changed, and only those rows are grabbed, each into its place. XFIXES says
how the cursor looks, RANDR which monitors there are. Each may be missing: then every look is a change, the
cursor is not drawn, the whole desktop is one monitor, and pictures come through the socket (a remote display).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import xcffib.damage
import xcffib.randr
import xcffib.xfixes
import xcffib.xproto

from deskreel.core.errors import NoDisplayError
from deskreel.recorder.screen.connection import REPLY_HEADER, GenericEvent, XConnection, display_errors
from deskreel.recorder.screen.logind import Logind
from deskreel.recorder.screen.port import (
    CursorImage,
    Desktop,
    Monitor,
    OutsideError,
    Picture,
    Pointer,
    Rect,
    ScreenRefusedError,
)
from deskreel.recorder.screen.rows import Columns, Rows, damaged
from deskreel.recorder.screen.x11_display import answers, display_from_environment, require_bgrx
from deskreel.recorder.screen.x11_input import X11Input
from deskreel.recorder.screen.x11_lock import X11Lock
from deskreel.recorder.screen.x11_pixels import X11Pixels

_DISPLAY_CURSOR = 1  # XFixesDisplayCursorNotifyMask
_SCREEN_CRTC_OUTPUT = 1 | 2 | 4  # RRScreenChange, RRCrtcChange, RROutputChange masks


class X11Screen:
    """A `Screen` on the X display `display` (default: DISPLAY).

    Raises:
        NoDisplayError: there is none, it refuses us, or its pixels are not 32-bit BGRX.
    """

    def __init__(
        self,
        display: str | None = None,
        *,
        share_memory: bool = True,
        answer_timeout_s: float = 2.0,
        logind: Callable[[], Logind | None] = Logind.connect,
    ) -> None:
        self._changed = True
        self._news = False  # of something else than pixels, for `desktop`
        self._layout_stale = True
        self._cursor_stale = True
        self._monitors: tuple[Monitor, ...] = ()
        self._cursor: tuple[int, CursorImage] | None = None  # with its serial
        self._pixels: X11Pixels | None = None
        self._held: Rect | None = None  # what the buffer shows
        self._input: X11Input | None = None
        self._lock: X11Lock | None = None
        self._logind: Logind | None = None
        name = display or display_from_environment()
        try:
            self._server = XConnection(name, self._note, answer_timeout_s=answer_timeout_s)
        except NoDisplayError as error:
            if answers(name):
                raise ScreenRefusedError(f"the X server {name} refused the connection") from error
            raise
        try:
            with display_errors():
                self._open(share_memory)
            self._logind = logind()
        except BaseException:
            self.close()
            raise
        if self._logind is not None:
            self._server.also(self._logind.fd)

    def desktop(self) -> Desktop:
        """What there is; asks the server only what it announced to have changed."""
        self._read()
        self._news = False
        if self._layout_stale:
            self._layout_stale = False
            with display_errors():
                self._read_layout()
        hidden = None if self._logind is None else self._logind.hidden
        if self._input is None or self._lock is None:
            return Desktop(monitors=self._monitors, hidden=hidden)
        with display_errors():
            self._lock.refresh()
            return Desktop(
                monitors=self._monitors,
                hidden=hidden or self._lock.hidden,
                click=self._input.click(),
                focus=self._input.focus(),
                stirring=self._input.stirring,
            )

    def grab(self, rect: Rect) -> Picture:
        """The pixels in `rect`, in the shared segment."""
        self._server.read_events()
        if not rect.within(self._width, self._height):
            raise OutsideError(f"{rect} is not on the desktop of {self._width}x{self._height} pixels")
        size = rect.width * rect.height * 4
        assert self._pixels is not None  # noqa: S101  # set before the first grab
        columns: Columns | None = None
        # Down before the damage is taken: the server tells of damage once, until it is taken, and an event that
        # comes with the answers below is the only word of what is drawn from then on.
        was_changed, self._changed = self._changed, False
        with display_errors():
            if rect != self._held or self._damage is None:
                self._pixels.fit(size)
                rows, changed = (Rows(0, rect.height),), None
            elif not was_changed:
                rows = changed = ()
            else:
                rows, columns = self._damaged(rect)
                changed = rows
            self._held = None  # until it is all there
            if self._damage is not None and changed is None:
                # before the grab, so that a change during it is reported after it
                self._damage.Subtract(self._damage_xid, xcffib.XCB_NONE, xcffib.XCB_NONE)
            try:
                self._pixels.grab(rect, rows)
            except OutsideError:
                self._layout_stale = self._changed = True
                raise
        self._held = rect
        pixels = self._pixels.buffer[:size].reshape(rect.height, rect.width, 4)
        return Picture(pixels=pixels, rect=rect, changed=changed, columns=columns)

    def wait_for_change(self, timeout_s: float) -> bool:
        """Wait for DAMAGE; without it any time waited in full counts as a change."""
        deadline = _Deadline(timeout_s)
        self._read()
        while not (self._changed or self._news):
            heard = self._server.wait(deadline.left_s())
            if not heard:
                if self._damage is None and deadline.left_s() <= 0:
                    self._changed = True
                break
            self._read()
        return self._changed

    def pointer(self) -> Pointer:
        """Place and shape of the mouse pointer."""
        with display_errors():
            place = self._server.reply(self._x.core.QueryPointer(self._root))
            if self._input is not None:
                self._input.pointer_seen(place.root_x, place.root_y)
            return Pointer(x=place.root_x, y=place.root_y, image=self._cursor_image())

    def wake(self) -> None:
        """End a wait, from any thread."""
        self._server.waker.wake()

    def close(self) -> None:
        """Disconnect and let go of the segment."""
        self._server.close()
        if self._logind is not None:
            self._logind.close()
        if self._pixels is not None:
            self._pixels.close()

    # --- setting up -----------------------------------------------------------------------------------------

    def _open(self, share_memory: bool) -> None:
        self._x = self._server.x
        root = self._x.get_setup().roots[self._x.pref_screen]
        require_bgrx(self._x.get_setup(), root)
        self._root = root.root
        self._width, self._height = root.width_in_pixels, root.height_in_pixels
        events = xcffib.xproto.EventMask.StructureNotify | xcffib.xproto.EventMask.PropertyChange
        self._x.core.ChangeWindowAttributes(self._root, xcffib.xproto.CW.EventMask, [events])
        self._pixels = X11Pixels(self._server, self._root, share_memory=share_memory)
        self._fixes = self._x(xcffib.xfixes.key) if self._has("XFIXES") else None
        if self._fixes is not None:
            self._server.reply(self._fixes.QueryVersion(5, 0))  # it answers nothing else before
            self._fixes.SelectCursorInput(self._root, _DISPLAY_CURSOR)
        self._damage = self._x(xcffib.damage.key) if self._fixes and self._has("DAMAGE") else None
        if self._damage is not None:
            self._server.reply(self._damage.QueryVersion(1, 1))
            self._damage_xid = self._x.generate_id()
            self._damage.Create(self._damage_xid, self._root, xcffib.damage.ReportLevel.NonEmpty)
            self._region_xid = self._x.generate_id()
            self._fixes.CreateRegion(self._region_xid, 0, [])
        self._randr = self._randr_1_5() if self._has("RANDR") else None
        self._input = X11Input(self._server, self._root)
        self._lock = X11Lock(self._server, self._root)
        self.desktop()
        self._pixels.fit(max(monitor.rect.width * monitor.rect.height * 4 for monitor in self._monitors))

    def _has(self, extension: str) -> bool:
        return self._server.has_extension(extension)

    def _randr_1_5(self) -> Any | None:
        randr = self._x(xcffib.randr.key)
        version = self._server.reply(randr.QueryVersion(1, 5))
        if (version.major_version, version.minor_version) < (1, 5):  # GetMonitors came with 1.5
            return None
        randr.SelectInput(self._root, _SCREEN_CRTC_OUTPUT)
        return randr

    # --- what the server tells ------------------------------------------------------------------------------

    def _read(self) -> None:
        """Everything that has arrived."""
        self._server.read_events()
        if self._logind is not None and self._logind.read():
            self._news = True
        if self._logind is not None and self._logind.gone:
            self._server.no_more(self._logind.fd)
            self._logind.close()
            self._logind = None

    def _note(self, event: Any) -> None:
        if isinstance(event, xcffib.damage.NotifyEvent):
            self._changed = True
        elif isinstance(event, xcffib.xfixes.CursorNotifyEvent):
            self._cursor_stale = self._news = True
        elif (self._input is not None and self._input.note(event)) or (
            self._lock is not None and self._lock.note(event)
        ):
            self._news = True
        elif not isinstance(event, xcffib.xproto.PropertyNotifyEvent | GenericEvent):
            self._layout_stale = self._changed = True  # what is left of what was asked for

    def _read_layout(self) -> None:
        size = self._server.reply(self._x.core.GetGeometry(self._root))
        self._width, self._height = size.width, size.height
        found: list[Monitor] = []
        if self._randr is not None:
            for info in self._server.reply(self._randr.GetMonitors(self._root, True)).monitors:
                rect = Rect(x=info.x, y=info.y, width=info.width, height=info.height)
                if rect.within(self._width, self._height):
                    name = self._server.reply(self._x.core.GetAtomName(info.name)).name.to_string()
                    found.append(Monitor(name=name, rect=rect, primary=bool(info.primary)))
        whole = Rect(x=0, y=0, width=self._width, height=self._height)
        self._monitors = tuple(found) or (Monitor(name="screen", rect=whole, primary=True),)

    def _cursor_image(self) -> CursorImage | None:
        if self._fixes is None:
            return None
        if self._cursor_stale:
            self._cursor_stale = False
            shape = self._server.reply_or_none(self._fixes.GetCursorImage())  # refused: no cursor is shown
            if shape is None or not shape.width * shape.height:
                self._cursor = None
            elif self._cursor is None or self._cursor[0] != shape.cursor_serial:
                pixels = np.array(shape.cursor_image.list, "<u4").view(np.uint8)
                pixels = pixels.reshape(shape.height, shape.width, 4)
                image = CursorImage(pixels=pixels, hot_x=shape.xhot, hot_y=shape.yhot)
                self._cursor = (shape.cursor_serial, image)
        return self._cursor[1] if self._cursor is not None else None

    def _damaged(self, rect: Rect) -> tuple[tuple[Rows, ...], Columns | None]:
        """What of `rect` was drawn on since the last call; the damage then begins anew."""
        self._damage.Subtract(self._damage_xid, xcffib.XCB_NONE, self._region_xid)
        raw = self._server.raw_reply(self._fixes.FetchRegion(self._region_xid))
        rects = np.frombuffer(raw[REPLY_HEADER:], np.dtype("<i2")).reshape(-1, 4).astype(np.int64)
        rects[:, 2:] &= 0xFFFF  # places are signed, sizes are not
        return damaged(rects, left=rect.x, top=rect.y, width=rect.width, height=rect.height)


class _Deadline:
    def __init__(self, timeout_s: float) -> None:
        self._at = time.monotonic() + timeout_s

    def left_s(self) -> float:
        return self._at - time.monotonic()
