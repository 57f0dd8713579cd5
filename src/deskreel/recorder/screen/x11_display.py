# pyright: reportAttributeAccessIssue=false, reportPrivateImportUsage=false, reportOptionalMemberAccess=false
# xcffib makes its requests at run time and has no types
"""Which X display there is, whether it listens, and whether its pixels are of the kind that is understood."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import Any

import xcffib.xproto

from deskreel.core.errors import NoDisplayError


def answers(display: str) -> bool:
    """Whether an X server listens there, though it may let nobody in."""
    number = display.rpartition(":")[2].partition(".")[0]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
        probe.connect(f"/tmp/.X11-unix/X{number}")  # noqa: S108 - where X servers listen, by convention
        return True
    return False


def display_from_environment() -> str:
    """DISPLAY.

    Raises:
        NoDisplayError: it is not set.
    """
    if display := os.environ.get("DISPLAY"):
        return display
    if os.environ.get("WAYLAND_DISPLAY"):
        raise NoDisplayError(
            "this is a Wayland session without an X display",
            hint="Choose an X11 (Xorg) session when signing in; Wayland lets no program capture the screen.",
        )
    raise NoDisplayError("DISPLAY is not set")


def require_bgrx(setup: Any, root: Any) -> None:
    """Pass if the root window has 32-bit BGRX pixels.

    Raises:
        NoDisplayError: it has others.
    """
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
