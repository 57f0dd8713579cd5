"""One ordinary MP4 of an interaction, to hand out: screen and call audio in step, without encoding anew.

Packets are copied from the finished screen recordings and the call audio, moved to a common time zero and cut.
Picture before time zero that the decoder needs is squeezed into the first ticks, so that the picture of time zero
is right in every player; sound before it is skipped by an edit list.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import merge
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.error import FFmpegError
from av.packet import Packet

from deskreel.core.errors import BadFragmentError, InvalidInputError
from deskreel.core.time import WallTime, Window
from deskreel.media.h264 import parameter_sets
from deskreel.media.playlist import SLACK_MS
from deskreel.media.untyped import untyped

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream

_EARLY_MS = 300  # a keyframe this long before the start is near enough to begin with
_LATE_MS = 1000  # rather than from far before the start, begin with a keyframe up to this much after it
_TICKS = 90  # per ms, of the video track: many frames before time zero take less than a ms
_VIDEO_BASE = Fraction(1, 1000 * _TICKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoTrack:
    """A finished screen recording."""

    path: Path
    starts_at: WallTime  # wall time of file time 0
    shown: Window | None = None  # nothing else of it may be in the export; None: all of it

    @property
    def begins(self) -> WallTime:
        """Wall time of the first picture that may be shown."""
        return self.starts_at if self.shown is None else WallTime(max(self.starts_at, self.shown.start))


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioTrack:
    """Call audio as `encode_call_audio` wrote it."""

    path: Path
    starts_at: WallTime  # wall time of file time 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportResult:
    """What was written."""

    duration_ms: int  # from time zero to the end of the longer track
    frames: int  # of video


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moved:
    """A packet with its new times."""

    packet: Packet[Stream]
    at_ms: float  # decode time in the export
    end_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """The part of one screen recording that is taken."""

    container: InputContainer
    stream: VideoStream
    shift_ms: int  # file time plus this is export time
    first_ms: int  # file time of the keyframe to begin with
    until_ms: int  # export time


def export_mp4(
    out: Path, *, origin: WallTime, end: WallTime, videos: Sequence[VideoTrack], audio: AudioTrack | None
) -> ExportResult:
    """Write `[origin, end)` of the tracks to `out`, replacing it.

    Video begins with the first keyframe between 300 ms before and 1 s after its start (the later of `origin`
    and the recording's own start), else with the last keyframe before. Where screen recordings overlap, the
    later one is shown; between them the last picture stands.

    Raises:
        InvalidInputError: the stretch is empty, or no track reaches into it.
        BadFragmentError: a track cannot be read. Nothing is left at `out`.
    """
    if end <= origin:
        raise InvalidInputError(f"nothing to export between {origin} and {end}")
    try:
        with contextlib.ExitStack() as stack:
            sources = _sources(stack, videos, origin, end)
            sound = stack.enter_context(_input(audio.path)) if audio is not None else None
            options = {"movflags": "faststart", "video_track_timescale": str(1000 * _TICKS)}
            file = stack.enter_context(av.open(str(out), "w", format="mp4", options=options))
            tracks: list[Iterator[_Moved]] = []
            if sources:
                tracks.append(_video(file, sources))
            if audio is not None and sound is not None and sound.streams.audio:
                tracks.append(_audio(file, sound, audio.starts_at - origin, end - origin))
            return _write(file, tracks, end - origin)
    except FFmpegError as error:
        out.unlink(missing_ok=True)
        raise BadFragmentError(f"a track cannot be read: {error.strerror or error}") from error
    except BaseException:
        out.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _input(path: Path) -> Generator[InputContainer]:
    with av.open(
        str(path.absolute()), "r", format="mp4", options={"protocol_whitelist": "file"}
    ) as container:
        yield container


def _write(file: OutputContainer, tracks: Sequence[Iterator[_Moved]], limit_ms: int) -> ExportResult:
    """Mux the tracks in step; muxing in order of time keeps the muxer's queues short."""
    frames, end_ms, packets = 0, 0.0, 0
    for moved in merge(*tracks, key=lambda moved: moved.at_ms):
        packets += 1
        frames += moved.packet.stream.type == "video"
        end_ms = max(end_ms, moved.end_ms)
        untyped(file).mux(moved.packet)
    if not packets:
        raise InvalidInputError("no track reaches into the stretch to export")
    return ExportResult(duration_ms=min(limit_ms, round(end_ms)), frames=frames)


# --- video --------------------------------------------------------------------------------------------------


def _sources(
    stack: contextlib.ExitStack, videos: Sequence[VideoTrack], origin: WallTime, end: WallTime
) -> list[_Source]:
    ordered = sorted(videos, key=lambda video: video.begins)
    found: list[_Source] = []
    for index, video in enumerate(ordered):
        last = end if video.shown is None else min(end, video.shown.limit)
        until = min([last, *(later.begins for later in ordered[index + 1 : index + 2])])
        begin = max(origin, video.begins)
        if until <= begin:
            continue
        container = stack.enter_context(_input(video.path))
        if not container.streams.video:
            raise BadFragmentError(f"{video.path.name} holds no video")
        stream = container.streams.video[0]
        if (stream.duration or 0) * _base_ms(stream) <= begin - video.starts_at:
            continue
        earliest = None if video.shown is None else video.shown.start - video.starts_at
        first_ms = _first_keyframe_ms(stream, begin - video.starts_at, earliest)
        if first_ms is not None:
            found.append(
                _Source(
                    container=container,
                    stream=stream,
                    shift_ms=video.starts_at - origin,
                    first_ms=first_ms,
                    until_ms=until - origin,
                )
            )
    return found


def _base_ms(stream: Stream) -> Fraction:
    """ms per tick of the stream."""
    return (stream.time_base or Fraction(1, 1000)) * 1000


def _first_keyframe_ms(stream: VideoStream, begin_ms: int, earliest_ms: int | None) -> int | None:
    base = _base_ms(stream)
    keyframes = [round(entry.timestamp * base) for entry in stream.index_entries if entry.is_keyframe]
    if earliest_ms is not None:  # what comes before may not be shown: rather begin late
        keyframes = [at for at in keyframes if at >= earliest_ms - SLACK_MS]
        if not any(at <= begin_ms + _LATE_MS for at in keyframes):
            return keyframes[0] if keyframes else None
    near = [at for at in keyframes if begin_ms - _EARLY_MS <= at <= begin_ms + _LATE_MS]
    before = [at for at in keyframes if at < begin_ms]
    return near[0] if near else before[-1] if before else None


def _video(file: OutputContainer, sources: Sequence[_Source]) -> Iterator[_Moved]:
    """The stream is made at once, its packets as they are asked for."""
    stream = _stream_like(file, sources[0].stream)
    return _video_packets(stream, sources)


def _stream_like(file: OutputContainer, template: Stream) -> Stream:
    stream: Stream = untyped(file).add_stream_from_template(template)
    return stream


def _video_packets(stream: Stream, sources: Sequence[_Source]) -> Iterator[_Moved]:
    written = bytes(sources[0].stream.codec_context.extradata or b"")  # the avcC of the track
    tick = -1
    for source in sources:
        config = bytes(source.stream.codec_context.extradata or b"")
        for packet in _packets_from(source):
            if packet.has_sidedata("new_extradata"):
                config = bytes(packet.get_sidedata("new_extradata"))
            at_ms = _time(packet) * float(_base_ms(source.stream)) + source.shift_ms
            if at_ms >= source.until_ms:
                break
            tick = max(tick + 1, round(at_ms * _TICKS))
            length_ms = float((packet.duration or 0) * _base_ms(source.stream))
            end_ms = min(source.until_ms, at_ms + length_ms)
            # another picture size or quality in the same track: its parameter sets go in band
            prefix = parameter_sets(config) if packet.is_keyframe and config != written else b""
            moved: Packet[Stream] = untyped(Packet)(prefix + bytes(packet)) if prefix else packet
            late = (packet.pts or 0) - _time(packet)  # of reordered frames
            moved.is_keyframe = packet.is_keyframe
            moved.stream = stream
            moved.time_base = _VIDEO_BASE
            moved.dts, moved.pts = tick, tick + round(late * _base_ms(source.stream) * _TICKS)
            moved.duration = max(1, round(end_ms * _TICKS) - tick)
            yield _Moved(packet=moved, at_ms=tick / _TICKS, end_ms=end_ms)


def _packets_from(source: _Source) -> Iterator[Packet[Stream]]:
    """Packets from the chosen keyframe on."""
    source.container.seek(round(source.first_ms / _base_ms(source.stream)), stream=source.stream)
    packets: Iterator[Packet[Stream]] = untyped(source.container).demux(source.stream)
    begun = False
    for packet in packets:
        begun = begun or _time(packet) * _base_ms(source.stream) >= source.first_ms
        if packet.size and begun:
            yield packet


def _time(packet: Packet[Stream]) -> int:
    """Decode time in the stream's ticks."""
    return packet.dts if packet.dts is not None else packet.pts or 0


# --- audio --------------------------------------------------------------------------------------------------


def _audio(
    file: OutputContainer, container: InputContainer, shift_ms: int, limit_ms: int
) -> Iterator[_Moved]:
    """As `_video`; `shift_ms` turns file time into export time."""
    source = container.streams.audio[0]
    return _audio_packets(_stream_like(file, source), container, source, shift_ms, limit_ms)


def _audio_packets(
    stream: Stream, container: InputContainer, source: AudioStream, shift_ms: int, limit_ms: int
) -> Iterator[_Moved]:
    base = _base_ms(source)
    packets: Iterator[Packet[Stream]] = untyped(container).demux(source)
    for packet in packets:
        if not packet.size:
            continue
        at_ms, length_ms = float(_time(packet) * base) + shift_ms, float((packet.duration or 0) * base)
        # one whole packet before time zero is kept: AAC decodes a packet with the help of the one before
        if at_ms + 2 * length_ms <= 0:
            continue
        if at_ms >= limit_ms:
            break
        ticks = _time(packet) + round(shift_ms / base)
        packet.stream = stream
        packet.time_base = source.time_base or Fraction(1, 48_000)
        packet.dts = packet.pts = ticks
        yield _Moved(packet=packet, at_ms=at_ms, end_ms=min(limit_ms, at_ms + length_ms))
