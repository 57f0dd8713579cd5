# pyright: reportAttributeAccessIssue=false, reportPrivateImportUsage=false, reportOptionalMemberAccess=false
# xcffib makes its requests at run time and has no types
"""The desktop of an X server, grabbed through MIT-SHM into one segment that lives as long as the screen.

DAMAGE says when something changed, XFIXES how the cursor looks, RANDR which monitors there are. Each may be
missing: then every look is a change, the cursor is not drawn, the whole desktop is one monitor, and pictures
come through the socket (a remote display). Of keyboard and mouse nothing is read but the pointer's place.
"""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np
import xcffib.damage
import xcffib.randr
import xcffib.shm
import xcffib.xfixes
import xcffib.xproto
from numpy.typing import NDArray

from deskreel.core.errors import NoDisplayError
from deskreel.recorder.screen.connection import XConnection, display_errors
from deskreel.recorder.screen.port import CursorImage, Monitor, Picture, Pointer, Rect
from deskreel.recorder.screen.shm import SharedSegment

_ALL_PLANES = 0xFFFF_FFFF
_DISPLAY_CURSOR = 1  # XFixesDisplayCursorNotifyMask
_SCREEN_CRTC_OUTPUT = 1 | 2 | 4  # RRScreenChange, RRCrtcChange, RROutputChange masks
_REPLY_HEADER = 32  # bytes before the data of every reply


class X11Screen:
    """A `Screen` on the X display `display` (default: DISPLAY).

    Raises:
        NoDisplayError: there is none, it refuses us, or its pixels are not 32-bit BGRX.
    """

    def __init__(
        self, display: str | None = None, *, share_memory: bool = True, answer_timeout_s: float = 2.0
    ) -> None:
        self._changed = True
        self._layout_stale = True
        self._cursor_stale = True
        self._monitors: tuple[Monitor, ...] = ()
        self._cursor: tuple[int, CursorImage] | None = None  # with its serial
        self._segment: SharedSegment | None = None
        self._segment_xid = 0
        self._buffer: NDArray[np.uint8] = np.empty(0, np.uint8)
        self._server = XConnection(
            display or _display_from_environment(), self._note, answer_timeout_s=answer_timeout_s
        )
        try:
            with display_errors():
                self._open(share_memory)
        except BaseException:
            self.close()
            raise

    def monitors(self) -> tuple[Monitor, ...]:
        """The monitors; asked of the server only after it reported a change."""
        self._server.read_events()
        if self._layout_stale:
            self._layout_stale = False
            with display_errors():
                self._read_layout()
        return self._monitors

    def grab(self, rect: Rect) -> Picture:
        """The pixels in `rect`, in the shared segment."""
        self.monitors()
        if not rect.within(self._width, self._height):
            raise NoDisplayError(f"{rect} is not on the desktop of {self._width}x{self._height} pixels")
        size = rect.width * rect.height * 4
        self._changed = False
        with display_errors():
            if self._damage is not None:
                # before the grab, so that a change during it is reported after it
                self._damage.Subtract(self._damage_xid, xcffib.XCB_NONE, xcffib.XCB_NONE)
            if self._segment is not None:
                self._grab_shared(rect)
            else:
                self._grab_through_socket(rect, size)
        pixels = self._buffer[:size].reshape(rect.height, rect.width, 4)
        return Picture(pixels=pixels, rect=rect)

    def wait_for_change(self, timeout_s: float) -> bool:
        """Wait for DAMAGE; without it any time waited in full counts as a change."""
        deadline = _Deadline(timeout_s)
        self._server.read_events()
        while not self._changed:
            heard = self._server.wait(deadline.left_s())
            if not heard:
                if self._damage is None and deadline.left_s() <= 0:
                    self._changed = True
                break
            self._server.read_events()
        return self._changed

    def pointer(self) -> Pointer:
        """Place and shape of the mouse pointer."""
        with display_errors():
            place = self._server.reply(self._x.core.QueryPointer(self._root))
        return Pointer(x=place.root_x, y=place.root_y, image=self._cursor_image())

    def wake(self) -> None:
        """End a wait, from any thread."""
        self._server.waker.wake()

    def close(self) -> None:
        """Disconnect and let go of the segment."""
        self._server.close()
        if self._segment is not None:
            self._segment.close()
        self._segment = None
        self._buffer = np.empty(0, np.uint8)

    # --- setting up -----------------------------------------------------------------------------------------

    def _open(self, share_memory: bool) -> None:
        self._x = self._server.x
        root = self._x.get_setup().roots[self._x.pref_screen]
        _require_bgrx(self._x.get_setup(), root)
        self._root = root.root
        self._width, self._height = root.width_in_pixels, root.height_in_pixels
        self._x.core.ChangeWindowAttributes(
            self._root, xcffib.xproto.CW.EventMask, [xcffib.xproto.EventMask.StructureNotify]
        )
        self._shm = self._x(xcffib.shm.key) if share_memory and self._has("MIT-SHM") else None
        self._fixes = self._x(xcffib.xfixes.key) if self._has("XFIXES") else None
        if self._fixes is not None:
            self._server.reply(self._fixes.QueryVersion(5, 0))  # it answers nothing else before
            self._fixes.SelectCursorInput(self._root, _DISPLAY_CURSOR)
        self._damage = self._x(xcffib.damage.key) if self._fixes and self._has("DAMAGE") else None
        if self._damage is not None:
            self._server.reply(self._damage.QueryVersion(1, 1))
            self._damage_xid = self._x.generate_id()
            self._damage.Create(self._damage_xid, self._root, xcffib.damage.ReportLevel.NonEmpty)
        self._randr = self._randr_1_5() if self._has("RANDR") else None
        self.monitors()

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

    def _note(self, event: Any) -> None:
        if isinstance(event, xcffib.damage.NotifyEvent):
            self._changed = True
        elif isinstance(event, xcffib.xfixes.CursorNotifyEvent):
            self._cursor_stale = True
        else:  # nothing else was asked for but news of the layout
            self._layout_stale = self._changed = True

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
        self._fit_buffer(self._width * self._height * 4)

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

    # --- pixels ---------------------------------------------------------------------------------------------

    def _fit_buffer(self, size: int) -> None:
        if self._buffer.size >= size:
            return
        if self._shm is not None and (segment := self._share(size)) is not None:
            self._buffer = segment.bytes
            return
        self._shm = None
        self._buffer = np.zeros(size, np.uint8)

    def _share(self, size: int) -> SharedSegment | None:
        """A segment that the server has attached, None when it cannot (it runs elsewhere)."""
        try:
            segment = SharedSegment(size)
        except OSError:
            return None
        xid = self._x.generate_id()
        try:
            accepted = self._server.accepted(self._shm.AttachChecked(xid, segment.id, False))
        finally:
            segment.forget()  # from here on a crash leaves nothing behind
        if not accepted:
            segment.close()
            return None
        if self._segment is not None:
            self._shm.Detach(self._segment_xid)
            self._segment.close()
        self._segment, self._segment_xid = segment, xid
        return segment

    def _grab_shared(self, rect: Rect) -> None:
        z_pixmap = xcffib.xproto.ImageFormat.ZPixmap
        x, y, width, height = rect.x, rect.y, rect.width, rect.height
        self._server.reply(
            self._shm.GetImage(self._root, x, y, width, height, _ALL_PLANES, z_pixmap, self._segment_xid, 0)
        )

    def _grab_through_socket(self, rect: Rect, size: int) -> None:
        z_pixmap = xcffib.xproto.ImageFormat.ZPixmap
        x, y, width, height = rect.x, rect.y, rect.width, rect.height
        raw = self._server.raw_reply(
            self._x.core.GetImage(z_pixmap, self._root, x, y, width, height, _ALL_PLANES)
        )
        self._buffer[:size] = np.frombuffer(raw[_REPLY_HEADER : _REPLY_HEADER + size], np.uint8)


class _Deadline:
    def __init__(self, timeout_s: float) -> None:
        self._at = time.monotonic() + timeout_s

    def left_s(self) -> float:
        return self._at - time.monotonic()


def _display_from_environment() -> str:
    if display := os.environ.get("DISPLAY"):
        return display
    if os.environ.get("WAYLAND_DISPLAY"):
        raise NoDisplayError(
            "this is a Wayland session without an X display",
            hint="Choose an X11 (Xorg) session when signing in; Wayland lets no program capture the screen.",
        )
    raise NoDisplayError("DISPLAY is not set")


def _require_bgrx(setup: Any, root: Any) -> None:
    depths = {fmt.depth: fmt.bits_per_pixel for fmt in setup.pixmap_formats}
    visual = next(
        (v for depth in root.allowed_depths for v in depth.visuals if v.visual_id == root.root_visual), None
    )
    little = setup.image_byte_order == xcffib.xproto.ImageOrder.LSBFirst
    masks = visual and (visual.red_mask, visual.green_mask, visual.blue_mask)
    if not little or depths.get(root.root_depth) != 32 or masks != (0xFF0000, 0xFF00, 0xFF):
        raise NoDisplayError(
            f"the display has {root.root_depth}-bit pixels of another kind than 8-bit blue, green, red",
            hint="Run the desktop with 24-bit colour (X option DefaultDepth 24).",
        )
