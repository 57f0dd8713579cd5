from __future__ import annotations

import json
import re
import tracemalloc
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from sound_samples import decode, shift_ms, speechlike, write_wav

from deskreel.core.errors import BadAudioError
from deskreel.media.audio import encode_call_audio
from deskreel.media.boxes import descend, iter_boxes


def write_with(path: Path, codec: str, samples: np.ndarray, rate: int, fmt: str = "s16") -> None:
    layout = "mono" if samples.shape[1] == 1 else "stereo"
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate, layout=layout)
        assert isinstance(stream, av.AudioStream)
        resampler = av.AudioResampler(stream.format, layout, rate, frame_size=stream.frame_size or 1024)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format=fmt, layout=layout)
        frame.sample_rate = rate
        at = 0
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            part.pts, part.time_base = at, Fraction(1, rate)
            at += part.samples
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))


SOURCES = {
    "wav 8 kHz mono": ("a.wav", None, 8000, 1),
    "wav 8 kHz stereo": ("a.wav", None, 8000, 2),
    "wav 44.1 kHz stereo": ("a.wav", None, 44_100, 2),
    "mu-law wav": ("a.wav", "pcm_mulaw", 8000, 1),
    "mp3": ("a.mp3", "libmp3lame", 16_000, 1),
    "ogg opus": ("a.ogg", "libopus", 48_000, 2),
    "flac": ("a.flac", "flac", 16_000, 1),
    "m4a": ("a.m4a", "aac", 48_000, 1),
}


@pytest.mark.parametrize("name", SOURCES)
def test_sound_stays_where_it_was(name, tmp_path):
    file, codec, rate, channels = SOURCES[name]
    samples = speechlike(13.37, rate, channels)
    source, out = tmp_path / file, tmp_path / "out"
    out.mkdir()
    if codec is None:
        write_wav(source, samples, rate)
    else:
        write_with(source, codec, samples, rate)
    audio = encode_call_audio(source, out)
    assert (audio.channels, audio.sample_rate) == (channels, 48_000)
    assert {path.name for path in out.iterdir()} == {audio.media, audio.playlist, audio.peaks}
    _, heard = decode(source)  # lossy formats: what any player makes of the source
    assert abs(audio.duration_ms - heard.shape[1] / 48) <= 30
    assert abs(audio.duration_ms - 13_370) <= 60
    for played in (out / audio.media, out / audio.playlist):
        start, sound = decode(played)
        assert sound.shape[0] == channels
        assert abs(sound.shape[1] / 48 - audio.duration_ms) <= 30
        for channel in range(channels):
            error = shift_ms(heard[channel], sound[channel], start)
            print(f"{name}: {played.suffix} channel {channel}: {error:+.3f} ms, start {start * 1000:.3f} ms")
            assert abs(error) <= 1


@pytest.fixture(scope="module")
def call(tmp_path_factory):
    out = tmp_path_factory.mktemp("call")
    samples = speechlike(21.5, 8000, 2)
    samples[:, 1] //= 4
    write_wav(out / "source.wav", samples, 8000)
    return out, samples, encode_call_audio(out / "source.wav", out)


def test_the_playlist_covers_the_file_and_its_segments_play_alone(call):
    out, _, audio = call
    text = (out / audio.playlist).read_text()
    assert text.endswith("#EXT-X-ENDLIST\n")
    assert "#EXT-X-TARGETDURATION:5\n" in text
    (header,) = map(int, re.findall(r'BYTERANGE="(\d+)@0"', text))
    lengths = [float(found) for found in re.findall(r"#EXTINF:([\d.]+)", text)]
    assert sum(lengths) == pytest.approx(audio.duration_ms / 1000, abs=0.002)
    assert all(3.9 < length < 4.1 for length in lengths[:-1])
    ranges = [tuple(map(int, found)) for found in re.findall(r"RANGE:(\d+)@(\d+)", text)]
    data = (out / audio.media).read_bytes()
    at, begin = header, 0.0
    for (size, offset), length in zip(ranges, lengths, strict=True):
        assert offset == at
        assert [box.kind for box in iter_boxes(data[at : at + size])] == [b"moof", b"mdat"]
        (out / "one.mp4").write_bytes(data[:header] + data[at : at + size])
        start, sound = decode(out / "one.mp4")
        assert start == pytest.approx(begin, abs=0.001)
        assert sound.shape[1] / 48_000 == pytest.approx(length, abs=0.022)
        at, begin = at + size, begin + length
    assert at == len(data)


def test_the_media_has_no_edit_list_and_is_aac_lc(call):
    out, _, audio = call
    data = (out / audio.media).read_bytes()
    assert b"elst" not in data[: data.index(b"moof")]
    moov = next(box for box in iter_boxes(data) if box.kind == b"moov")
    descend(data, moov, b"mvex", b"trex")
    with av.open(str(out / audio.media)) as file:
        stream = file.streams.audio[0]
        assert (stream.codec_context.name, stream.profile, stream.rate) == ("aac", "LC", 48_000)
        assert next(file.decode(stream)).pts == 0
    assert 30_000 < len(data) * 8000 / audio.duration_ms < 80_000  # bit/s


def test_channels_do_not_leak_into_each_other(tmp_path):
    samples = speechlike(5, 16_000, 2)
    samples[:, 1] = 0
    write_wav(tmp_path / "a.wav", samples, 16_000)
    encode_call_audio(tmp_path / "a.wav", tmp_path)
    _, sound = decode(tmp_path / "audio.mp4")
    assert np.abs(sound[0]).max() > 0.5
    assert np.abs(sound[1]).max() < 0.001


def test_peaks_are_those_of_the_samples(tmp_path):
    samples = speechlike(3.21, 48_000, 2)
    samples[:, 1] //= 4
    write_wav(tmp_path / "a.wav", samples, 48_000)
    audio = encode_call_audio(tmp_path / "a.wav", tmp_path)
    peaks = json.loads((tmp_path / audio.peaks).read_text())
    data = np.array(peaks.pop("data")).reshape(-1, 2, 2)  # pixel, channel, min and max
    assert peaks == {
        "version": 2,
        "channels": 2,
        "sample_rate": 48_000,
        "samples_per_pixel": 960,
        "bits": 8,
        "length": 161,
    }
    assert len(data) == 161
    for pixel, got in enumerate(data):
        stretch = samples[pixel * 960 : (pixel + 1) * 960] / 256
        assert np.abs(got[:, 0] - stretch.min(axis=0)).max() <= 0.51
        assert np.abs(got[:, 1] - stretch.max(axis=0)).max() <= 0.51


def test_peaks_of_a_telephone_call_follow_its_loudness(call):
    """8 kHz become 48: single peaks differ, the shape does not."""
    out, samples, audio = call
    peaks = json.loads((out / audio.peaks).read_text())
    assert peaks["length"] == -(-audio.duration_ms * 48 // 960)
    data = np.array(peaks["data"]).reshape(peaks["length"], 2, 2)
    highest = samples[: len(data) * 160].reshape(-1, 160, 2).max(axis=1) / 256
    assert np.corrcoef(highest.ravel(), data[:, :, 1].ravel())[0, 1] > 0.99


def test_more_than_two_channels_become_two(tmp_path):
    samples = speechlike(1, 8000, 4)
    write_wav(tmp_path / "a.wav", samples, 8000)
    assert encode_call_audio(tmp_path / "a.wav", tmp_path).channels == 2


def test_a_very_short_sound(tmp_path):
    write_wav(tmp_path / "a.wav", speechlike(0.01, 8000, 1), 8000)
    assert encode_call_audio(tmp_path / "a.wav", tmp_path).duration_ms == 10
    assert json.loads((tmp_path / "peaks.json").read_text())["length"] == 1


@pytest.mark.parametrize("file", ["a.ogg", "a.mka"])
def test_what_follows_a_hole_stays_in_place(file, tmp_path):
    """0.6 s of packets were lost before the file was written; their times were not."""
    samples = speechlike(12, 48_000, 1)
    write_with(tmp_path / file, "libopus", samples, 48_000)
    _, heard = decode(tmp_path / file)
    with av.open(str(tmp_path / file)) as whole, av.open(str(tmp_path / f"holed-{file}"), "w") as out:
        stream = out.add_stream_from_template(whole.streams.audio[0])
        for index, packet in enumerate(whole.demux(audio=0)):
            if packet.size and not 200 <= index < 230:
                packet.stream = stream
                out.mux(packet)
    audio = encode_call_audio(tmp_path / f"holed-{file}", tmp_path)
    start, sound = decode(tmp_path / "audio.mp4")
    assert abs(audio.duration_ms - heard.shape[1] / 48) <= 30
    for part in (slice(0, 3 * 48_000), slice(6 * 48_000, 11 * 48_000)):
        assert abs(shift_ms(heard[0][part], sound[0][part], start)) <= 1
    assert np.abs(sound[0][int(4.2 * 48_000) : int(4.5 * 48_000)]).max() < 0.05


def test_a_file_cut_off_in_mid_call_gives_what_is_there(tmp_path):
    write_wav(tmp_path / "a.wav", speechlike(6, 8000, 1), 8000)
    (tmp_path / "b.wav").write_bytes((tmp_path / "a.wav").read_bytes()[: 44 + 16_000 * 4])
    assert encode_call_audio(tmp_path / "b.wav", tmp_path).duration_ms == 4000


BAD = {
    "empty": b"",
    "text": b"this is no sound at all\n" * 50,
    "header only": b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\0\0\0\0",
    "noise": np.random.default_rng(3).bytes(5000),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_a_reason_and_leaves_nothing(name, tmp_path):
    source, out = tmp_path / "source.bin", tmp_path / "out"
    out.mkdir()
    source.write_bytes(BAD[name])
    with pytest.raises(BadAudioError) as caught:
        encode_call_audio(source, out)
    assert caught.value.detail
    assert list(out.iterdir()) == []


def test_a_missing_file_and_a_video_without_sound(tmp_path):
    with pytest.raises(BadAudioError, match="no file"):
        encode_call_audio(tmp_path / "none.wav", tmp_path)
    from x264_samples import encode

    from deskreel.media import fmp4

    encoded = encode([40] * 5, keyframes={0})
    fragment = fmp4.write_fragment(sequence=1, decode_time_ms=0, frames=encoded.frames)
    (tmp_path / "v.mp4").write_bytes(encoded.init + fragment)
    with pytest.raises(BadAudioError, match="no sound"):
        encode_call_audio(tmp_path / "v.mp4", tmp_path)


def test_a_playlist_cannot_make_us_open_other_files(tmp_path):
    """An upload that is an HLS or concat script naming a file of the server."""
    write_wav(tmp_path / "secret.wav", speechlike(2, 8000, 1), 8000)
    scripts = {
        "evil.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{tmp_path}/secret.wav\n#EXT-X-ENDLIST\n",
        "evil.ffconcat": f"ffconcat version 1.0\nfile '{tmp_path}/secret.wav'\n",
    }
    for name, text in scripts.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(BadAudioError):
            encode_call_audio(tmp_path / name, tmp_path)


def test_memory_does_not_grow_with_the_call(tmp_path):
    peaks = []
    for minutes in (1, 4):
        write_wav(tmp_path / "a.wav", np.tile(speechlike(60, 8000, 1), (minutes, 1)), 8000)
        tracemalloc.start()
        encode_call_audio(tmp_path / "a.wav", tmp_path)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 200_000
