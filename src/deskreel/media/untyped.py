"""The one door around PyAV's partial types."""

from __future__ import annotations

from typing import Any


def untyped(thing: object) -> Any:
    """`thing`, unchecked. PyAV's stubs leave parameters open (`**kwargs`, `Packet[Unknown]`), which strict
    checking refuses at each use; the caller states the type of what comes out.
    """
    return thing
