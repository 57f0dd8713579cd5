# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false
# xcffib makes its requests at run time and has no types
"""Pixels of an X desktop: rows of a part of it, each grabbed into its place in one buffer that stays.

Through MIT-SHM the server writes into our memory; where it cannot (a remote display), pictures come through the
socket.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xcffib.shm
import xcffib.xproto
from numpy.typing import NDArray

from deskreel.recorder.screen.connection import REPLY_HEADER, XConnection
from deskreel.recorder.screen.port import OutsideError, Rect
from deskreel.recorder.screen.rows import Rows
from deskreel.recorder.screen.shm import SharedSegment

_ALL_PLANES = 0xFFFF_FFFF


class X11Pixels:
    """The buffer for parts of the root window `root`. `buffer` is as large as the largest `fit` so far."""

    def __init__(self, server: XConnection, root: int, *, share_memory: bool) -> None:
        self._server = server
        self._x = server.x
        self._root = root
        can_share = share_memory and server.has_extension("MIT-SHM")
        self._shm: Any | None = server.x(xcffib.shm.key) if can_share else None
        self.segment: SharedSegment | None = None
        self._segment_xid = 0
        self.buffer: NDArray[np.uint8] = np.empty(0, np.uint8)

    def fit(self, size: int) -> None:
        """Have room for `size` bytes."""
        if self.buffer.size >= size:
            return
        if self._shm is not None and (segment := self._share(size)) is not None:
            self.buffer = segment.bytes
            return
        self._shm = None
        self.buffer = np.zeros(size, np.uint8)

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
        if self.segment is not None:
            self._shm.Detach(self._segment_xid)
            self.segment.close()
        self.segment, self._segment_xid = segment, xid
        return segment

    def grab(self, rect: Rect, rows: tuple[Rows, ...]) -> None:
        """Rows of `rect` into their place in the buffer. All are asked for before the first answer is read."""
        z_pixmap, core, stride = xcffib.xproto.ImageFormat.ZPixmap, self._x.core, rect.width * 4
        answers: list[tuple[Rows, Any]] = []
        for band in rows:
            x, y, width, height = rect.x, rect.y + band.top, rect.width, band.bottom - band.top
            if self.segment is not None:
                asked = self._shm.GetImage(
                    self._root, x, y, width, height, _ALL_PLANES, z_pixmap, self._segment_xid,
                    band.top * stride,
                )  # fmt: skip
            else:
                asked = core.GetImage(z_pixmap, self._root, x, y, width, height, _ALL_PLANES)
            answers.append((band, asked))
        for band, asked in answers:
            answer = self._server.raw_reply_or_none(asked)
            if answer is None:  # the desktop has become smaller than the server had told
                raise OutsideError(f"{rect} is not on the desktop any more")
            if self.segment is None:
                size = (band.bottom - band.top) * stride
                data = np.frombuffer(answer[REPLY_HEADER : REPLY_HEADER + size], np.uint8)
                self.buffer[band.top * stride : band.top * stride + size] = data

    def close(self) -> None:
        """Let go of the memory."""
        if self.segment is not None:
            self.segment.close()
        self.segment = None
        self.buffer = np.empty(0, np.uint8)
