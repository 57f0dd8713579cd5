"""HLS playlists of what may be played (RFC 8216): of a whole recording, or piece by piece while it grows. Pure.

URIs are relative to the playlist: `init/{digest}.mp4`, and `segments/{first}-{last}.m4s` of a final one,
`parts/{seq}.m4s` and `parts/{seq}-key.m4s` of a growing one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from deskreel.core.chunk import ChunkMeta
from deskreel.core.ids import Digest
from deskreel.core.time import WallTime, Window, merge
from deskreel.media.playlist import Fold, Listing, Segment, settled

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def render_playlist(listing: Listing, *, final: bool, target_ms: int, part_ms: int) -> str:
    """The HLS media playlist (RFC 8216, version 7) of `listing`.

    URIs are relative to the playlist: `init/{digest}.mp4`, and `segments/{first}-{last}.m4s` of a final one,
    `parts/{seq}.m4s` and `parts/{seq}-key.m4s` of a growing one.

    Args:
        listing: as `listing()` returned it.
        final: nothing will be added: VOD with an end, else EVENT.
        target_ms: the longest segment that the recorder makes. It must be the same in each call for a
            recording, as a player may not see the target change.
        part_ms: the longest chunk that the recorder makes; the same holds.
    """
    runs = listing.segments if final else (*listing.segments, *filter(None, (listing.running,)))
    entries = [entry for run in runs for entry in (_whole(run) if final else _parts(run))]
    longest_ms = max((entry.duration_ms for entry in entries), default=0)
    target_ms = target_ms if final else part_ms
    lines = [_head(final=final, target_ms=max(target_ms, longest_ms))]
    init: Digest | None = None
    for entry in entries:
        lines.append(entry.lines(init))
        init = entry.init
    if final:
        lines.append("#EXT-X-ENDLIST\n")
    return "".join(lines)


def _head(*, final: bool, target_ms: int) -> str:
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(1, -(-target_ms // 1000))}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        f"#EXT-X-PLAYLIST-TYPE:{'VOD' if final else 'EVENT'}",
        *(["#EXT-X-INDEPENDENT-SEGMENTS"] if final else []),
    ]
    return "\n".join(lines) + "\n"


class GrowingPlaylist:
    """The playlist of a recording that grows, under windows that stay: each call renders only what came since.

    Gives what `render_playlist` of `listing` gives for the same chunks (a property test compares them), and what it
    listed stays, also when a later chunk is removed for whose sake a hole was no longer waited for.
    """

    def __init__(self, windows: Sequence[Window], *, part_ms: int) -> None:
        self._windows = merge(windows)
        self._part_ms = part_ms
        self._begin()

    def __len__(self) -> int:
        """How many chunks it has taken."""
        return len(self._taken)

    def _begin(self) -> None:
        self._fold = Fold(windows=self._windows)
        self._taken: tuple[ChunkMeta, ...] = ()
        self._text = ""
        self._init: Digest | None = None
        self._longest_ms = 0

    def render(self, ordered: tuple[ChunkMeta, ...]) -> str:
        """The playlist of these chunks: all of the recording in the order of their numbers, one for each."""
        known = len(self._taken)
        if ordered[:known] != self._taken:  # one came late, or was taken away
            self._begin()
            known = 0
        until = settled(ordered, self._windows, known=known)
        texts: list[str] = []
        for chunk in ordered[known:until]:
            joined = self._fold.add(chunk)
            if joined is not None:
                entry = _part(chunk, joined.exposed_ms, discontinuity=joined.discontinuity)
                texts.append(entry.lines(self._init))
                self._init = chunk.init
                self._longest_ms = max(self._longest_ms, entry.duration_ms)
        self._taken = ordered[:until]
        self._text += "".join(texts)
        return _head(final=False, target_ms=max(self._part_ms, self._longest_ms)) + self._text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """What a playlist says of one address."""

    uri: str
    start: WallTime
    duration_ms: int
    init: Digest
    discontinuity: bool

    def lines(self, init: Digest | None) -> str:
        """As a playlist has them, behind an entry decoded by `init`."""
        return (
            ("#EXT-X-DISCONTINUITY\n" if self.discontinuity else "")
            + (f'#EXT-X-MAP:URI="init/{self.init}.mp4"\n' if self.init != init else "")
            + f"#EXT-X-PROGRAM-DATE-TIME:{_iso(self.start)}\n#EXTINF:{_seconds(self.duration_ms)},\n{self.uri}\n"
        )


def _whole(segment: Segment) -> tuple[_Entry, ...]:
    return (
        _Entry(
            uri=f"segments/{segment.first}-{segment.last}.m4s",
            start=segment.start,
            duration_ms=segment.duration_ms,
            init=segment.init,
            discontinuity=segment.discontinuity,
        ),
    )


def _parts(segment: Segment) -> Iterable[_Entry]:
    end = segment.start + segment.duration_ms
    for chunk in segment.chunks:
        first = segment.discontinuity and chunk.seq == segment.first
        yield _part(chunk, min(chunk.duration_ms, end - chunk.start), discontinuity=first)


def _part(chunk: ChunkMeta, exposed_ms: int, *, discontinuity: bool) -> _Entry:
    return _Entry(
        uri=f"parts/{chunk.seq}{'-key' if chunk.keyframe else ''}.m4s",
        start=chunk.start,
        duration_ms=exposed_ms,
        init=chunk.init,
        discontinuity=discontinuity,
    )


def _seconds(ms: int) -> str:
    return f"{ms // 1000}.{ms % 1000:03d}"


def _iso(at: WallTime) -> str:
    """ISO 8601 in UTC with ms."""
    moment = _EPOCH + timedelta(milliseconds=at)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
