"""Call audio for the player: AAC in one fragmented MP4, an HLS playlist of byte ranges, waveform peaks.

Sound flows through in frames of 1024 samples; nothing holds the whole call. Time 0 of the result is sample 0
of the source in every player, without edit lists, which some players ignore: the encoder puts one packet of
priming before the sound, and that packet is left out. The price is that the first 21 ms fade in.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.error import FFmpegError, InvalidDataError
from numpy.typing import NDArray

from deskreel.core.errors import BadAudioError, BadFragmentError
from deskreel.media.boxes import Reader, descend, iter_boxes
from deskreel.media.peaks import PeaksWriter
from deskreel.media.untyped import untyped

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet

RATE = 48_000  # Hz of the result
FRAME = 1024  # samples in an AAC packet; as many are the encoder's priming
SEGMENT_MS = 4000
SAMPLES_PER_PIXEL = 960  # of the peaks: 50 pixels per second
_BIT_RATE = 32_000  # per channel
_SMALLEST_HOLE_S = 0.02  # below this, times are rounded
_LONGEST_HOLE_S = 60.0  # more than this is no hole but a wrong time
MEDIA, PLAYLIST, PEAKS = "audio.mp4", "audio.m3u8", "peaks.json"

# Uploads are not trusted. Playlist-like formats (hls, concat, dash, sdp…) would let a file name other files
# and addresses for FFmpeg to open, so only plain containers of sound are read, and only from disk.
_OPEN_OPTIONS = {
    "format_whitelist": "wav,w64,mp3,ogg,flac,mov,aac,amr,au,aiff,caf,matroska,gsm,asf",
    "protocol_whitelist": "file",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAudio:
    """What `encode_call_audio` wrote; names are relative to its directory."""

    duration_ms: int  # of the source's sound
    channels: int  # 1 or 2
    sample_rate: int  # Hz of the result
    playlist: str  # HLS, byte ranges of `media`
    media: str  # fragmented MP4, AAC-LC
    peaks: str  # audiowaveform JSON


def encode_call_audio(source: Path, out_dir: Path) -> CallAudio:
    """Encode `source` (WAV, MP3, Ogg, FLAC, MP4, …) into `out_dir`, which exists.

    More than two channels are mixed down to two. Where the source's own times show that something is
    missing, there is silence of that length, so that the rest stays in place.

    Raises:
        BadAudioError: no sound can be decoded from it; nothing is left in `out_dir`.
        OSError: the directory cannot be written.
    """
    try:
        with _opened(source) as container:
            channels = min(2, container.streams.audio[0].codec_context.channels)
            samples = _encode(container, channels, out_dir)
        header, fragments = _scan(out_dir / MEDIA)
        (out_dir / PLAYLIST).write_text(_playlist(header, fragments, samples))
    except BaseException:
        for name in (MEDIA, PLAYLIST, PEAKS):
            (out_dir / name).unlink(missing_ok=True)
        raise
    return CallAudio(
        duration_ms=round(samples * 1000 / RATE),
        channels=channels,
        sample_rate=RATE,
        playlist=PLAYLIST,
        media=MEDIA,
        peaks=PEAKS,
    )


@contextlib.contextmanager
def _opened(source: Path) -> Generator[InputContainer]:
    if not source.is_file():
        raise BadAudioError(f"there is no file {source.name}")
    try:
        # the absolute path: a name such as "http:x" must not be read as an address
        container = av.open(str(source.absolute()), "r", options=_OPEN_OPTIONS)
    except (FFmpegError, ValueError) as error:
        raise BadAudioError(f"not a sound file: {_reason(error)}") from error
    with container:
        if not container.streams.audio or not container.streams.audio[0].codec_context.channels:
            raise BadAudioError("the file holds no sound")
        yield container


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


def _encode(container: InputContainer, channels: int, out_dir: Path) -> int:
    """Write media and peaks; the number of samples (per channel) of the source at 48 kHz."""
    samples = 0
    options = {
        "movflags": "empty_moov+default_base_moof+skip_trailer",
        "frag_duration": str(SEGMENT_MS * 1000),
        "use_editlist": "0",
    }
    with (
        av.open(str(out_dir / MEDIA), "w", format="mp4", options=options) as out,
        (out_dir / PEAKS).open("w") as peaks_file,
    ):
        stream = _aac_stream(out, channels)
        peaks = PeaksWriter(
            peaks_file, channels=channels, sample_rate=RATE, samples_per_pixel=SAMPLES_PER_PIXEL
        )
        for frame in _frames(container, "mono" if channels == 1 else "stereo"):
            peaks.add(_samples_of(frame))
            frame.pts, frame.time_base = samples, Fraction(1, RATE)
            samples += frame.samples
            _mux(out, stream, frame)
        if not samples:
            raise BadAudioError("no sound could be decoded")
        _mux(out, stream, None)
        peaks.close()
    return samples


def _aac_stream(out: OutputContainer, channels: int) -> AudioStream:
    # the two channels are the two ends of a call: nothing may leak from one into the other
    # the fast coder takes an eighth of the time of the default one, which speech does not gain by
    options = {"aac_is": "0", "aac_ms": "0", "aac_coder": "fast"}
    stream: AudioStream = untyped(out).add_stream("aac", RATE, options=options)
    context = stream.codec_context
    context.layout = "mono" if channels == 1 else "stereo"
    context.format = "fltp"
    context.bit_rate = _BIT_RATE * channels
    context.time_base = Fraction(1, RATE)
    return stream


def _mux(out: OutputContainer, stream: AudioStream, frame: AudioFrame | None) -> None:
    packets: list[Packet[AudioStream]] = untyped(stream).encode(frame)
    for packet in packets:
        # the encoder stamps its priming with times before 0
        if packet.pts is not None and packet.pts >= 0:
            untyped(out).mux(packet)


def _frames(container: InputContainer, layout: str) -> Iterator[AudioFrame]:
    """The source's sound as frames of 1024 samples (the last one shorter), 48 kHz, float planes."""
    resampler: AudioResampler | None = None
    shape: tuple[object, ...] | None = None
    for frame in _decoded(container):
        now = (frame.format.name, frame.layout.name, frame.sample_rate)
        if resampler is None or now != shape:  # some files change their format on the way
            if resampler is not None:
                yield from resampler.resample(None)
            resampler, shape = AudioResampler("fltp", layout, RATE, frame_size=FRAME), now
        frame.pts = None
        yield from resampler.resample(frame)
    if resampler is not None:
        yield from resampler.resample(None)


def _decoded(container: InputContainer) -> Iterator[AudioFrame]:
    """Frames in order; where their times leave a hole (lost or damaged packets) there is silence."""
    stream = container.streams.audio[0]
    end: float | None = None  # of the frame before, in s
    problem = "no sound could be decoded"
    try:
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except InvalidDataError as error:
                problem = _reason(error)
                continue
            for frame in frames:
                start = end if frame.time is None else frame.time
                if start is not None and end is not None and start - end > _SMALLEST_HOLE_S:
                    yield _silence(frame, min(start - end, _LONGEST_HOLE_S))
                end = (start or 0.0) + frame.samples / frame.sample_rate
                yield frame
    except FFmpegError as error:
        # a file cut off in mid call is still most of a call
        problem = _reason(error)
    if end is None:
        raise BadAudioError(problem)


def _silence(like: AudioFrame, seconds: float) -> AudioFrame:
    count = round(seconds * like.sample_rate)
    frame = AudioFrame(like.format.name, like.layout.name, count)
    # unsigned 8-bit sound rests at 128, everything else at 0
    rest = b"\x80" if like.format.name.startswith("u8") else b"\0"
    for plane in frame.planes:
        plane.update(rest * plane.buffer_size)
    frame.sample_rate = like.sample_rate
    return frame


def _samples_of(frame: AudioFrame) -> NDArray[np.float32]:
    """Shape (channels, n). PyAV types the array as one of several; the format is fltp here."""
    return untyped(frame).to_ndarray()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Range:
    """One fragment in the file."""

    offset: int  # bytes
    size: int  # bytes
    start: int  # decode time in samples


def _scan(path: Path) -> tuple[int, list[_Range]]:
    """The length of the init segment (ftyp and moov), and the fragments behind it."""
    header = 0
    fragments: list[_Range] = []
    with path.open("rb") as file:
        at = 0
        while head := file.read(8):
            size, kind = int.from_bytes(head[:4], "big"), head[4:]
            if size < 8:
                raise BadFragmentError(f"unexpected box {kind!r} in {path.name}")
            if kind in (b"ftyp", b"moov"):
                header = at + size
            elif kind == b"moof":
                fragments.append(_Range(offset=at, size=size, start=_decode_time(head + file.read(size - 8))))
            elif kind == b"mdat" and fragments:
                last = fragments[-1]
                fragments[-1] = _Range(offset=last.offset, size=at + size - last.offset, start=last.start)
            at += size
            file.seek(at)
    return header, fragments


def _decode_time(moof: bytes) -> int:
    reader = Reader(moof, descend(moof, next(iter_boxes(moof)), b"traf", b"tfdt"))
    version, _ = reader.version_flags()
    return reader.uint(8 if version == 1 else 4)


def _playlist(header: int, fragments: list[_Range], samples: int) -> str:
    """HLS (RFC 8216, version 7), one segment for each fragment."""
    ends = [*(fragment.start for fragment in fragments[1:]), max(samples, fragments[-1].start + 1)]
    lengths = [end - fragment.start for fragment, end in zip(fragments, ends, strict=True)]
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{-(-max(lengths) // RATE)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MAP:URI="{MEDIA}",BYTERANGE="{header}@0"',
    ]
    for fragment, length in zip(fragments, lengths, strict=True):
        lines.append(f"#EXTINF:{length / RATE:.6f},")
        lines.append(f"#EXT-X-BYTERANGE:{fragment.size}@{fragment.offset}")
        lines.append(MEDIA)
    return "\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n"
