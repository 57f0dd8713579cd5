"""Thumbnails of a screen recording: which pictures, and where each lies among the stored ones. Pure.

A thumbnail is the first picture of a chunk that begins with a keyframe, so nothing else need be decoded, and its
time is exact. The pictures lie one behind the other in one object, `thumbnails.json` says where. They are not laid
out on sheets: who may see one call of a recording must not get the pictures of another, and a gateway can leave
out pictures of a list without decoding anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from deskreel.core.chunk import ChunkMeta
from deskreel.core.errors import InvalidInputError
from deskreel.core.time import WallTime, Window, merge
from deskreel.media.playlist import SLACK_MS

MOST = 200  # of one recording
WIDTH = 160  # pixels; the height follows from the picture
LATEST_WIDTH = 320  # pixels, of a call that goes on
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnail:
    """One stored picture."""

    at: WallTime  # when it was in the picture
    offset: int  # bytes, in the object of all pictures
    size: int  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnails:
    """All that are stored of a recording."""

    pictures: str  # name of the object that holds them
    width: int  # pixels
    height: int  # pixels
    tiles: tuple[Thumbnail, ...]  # in the order of time


def choose(chunks: Iterable[ChunkMeta], windows: Sequence[Window], most: int = MOST) -> tuple[ChunkMeta, ...]:
    """Up to `most` chunks whose first pictures are spread evenly over what may be seen, the first one among them.

    Only chunks count that begin with a keyframe, within a window.
    """
    merged = merge(windows)
    keys = sorted((c for c in chunks if c.keyframe and shown_window(c.start, merged)), key=lambda c: c.start)
    if len(keys) <= most:
        return tuple(keys)
    first, length_ms = keys[0].start, keys[-1].start - keys[0].start + 1
    chosen: dict[int, ChunkMeta] = {}
    for chunk in keys:
        chosen.setdefault((chunk.start - first) * most // length_ms, chunk)
    return tuple(chosen.values())


def shown_window(at: WallTime, windows: Sequence[Window]) -> Window | None:
    """The one of merged `windows` that shows the moment `at`."""
    return next((w for w in windows if w.start - SLACK_MS <= at < w.limit), None)


def index_json(thumbnails: Thumbnails) -> bytes:
    """As it is stored."""
    document: dict[str, Any] = {
        "version": _VERSION,
        "pictures": thumbnails.pictures,
        "width": thumbnails.width,
        "height": thumbnails.height,
        "columns": ["at", "offset", "size"],
        "tiles": [[tile.at, tile.offset, tile.size] for tile in thumbnails.tiles],
    }
    return json.dumps(document, separators=(",", ":")).encode()


def parse_index(data: bytes) -> Thumbnails:
    """The reverse of `index_json`.

    Raises:
        InvalidInputError: it is no index of this version.
    """
    try:
        document = cast("dict[str, Any]", json.loads(data))
        if document["version"] != _VERSION:
            raise InvalidInputError("the thumbnails have another version")
        rows = cast("list[list[Any]]", document["tiles"])
        return Thumbnails(
            pictures=str(document["pictures"]),
            width=int(document["width"]),
            height=int(document["height"]),
            tiles=tuple(
                Thumbnail(at=WallTime(int(at)), offset=int(offset), size=int(size))
                for at, offset, size in rows
            ),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInputError(f"not an index of thumbnails: {error}") from error


def exposed_json(thumbnails: Thumbnails, windows: Sequence[Window]) -> bytes:
    """What a player gets who may see `windows`: each picture with the stretch for which it stands.

    That ends with the next picture or with its window, whichever is first: nothing stands for a pause.
    """
    merged = merge(windows)
    seen = [(tile, w) for tile in thumbnails.tiles if (w := shown_window(tile.at, merged)) is not None]
    tiles: list[dict[str, Any]] = []
    following: WallTime | None = None
    for tile, window in reversed(seen):
        until = window.end if following is None else min(following, window.limit)
        tiles.append({"at": tile.at, "until": until, "uri": f"thumbnails/{tile.at}.jpg"})
        following = tile.at
    tiles.reverse()
    document = {"width": thumbnails.width, "height": thumbnails.height, "tiles": tiles}
    return json.dumps(document, separators=(",", ":")).encode()
