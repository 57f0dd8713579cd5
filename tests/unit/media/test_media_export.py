from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from sound_samples import decode, shift_ms, speechlike, write_wav
from x264_samples import chunked, encode, read_number

from deskreel.core.chunk import sha256
from deskreel.core.errors import BadFragmentError, InvalidInputError
from deskreel.core.time import WallTime, Window
from deskreel.media.assemble import AssemblyPart, plan_assembly
from deskreel.media.audio import encode_call_audio
from deskreel.media.boxes import iter_boxes
from deskreel.media.export import AudioTrack, VideoTrack, export_mp4
from deskreel.media.fmp4 import parse_fragment

T = 1_700_000_000_000


def assembled(path, chunks, inits) -> dict[int, int]:
    """Write the finished recording; wall time of each frame by its number."""
    parts = [AssemblyPart(meta=meta, fragment=parse_fragment(data), size=len(data)) for meta, data in chunks]
    assembly = plan_assembly(inits, parts)
    path.write_bytes(assembly.header + b"".join(data for _, data in chunks))
    walls = {}
    for part in parts:
        at = int(part.meta.start)
        for sample in part.fragment.samples:
            walls[len(walls)] = at
            at += sample.duration_ms
    return walls


@pytest.fixture(scope="module")
def call(tmp_path_factory):
    """A recording from T on (100 frames, a keyframe every 20, a pause of 3 s in the middle) and 20 s of sound."""
    folder = tmp_path_factory.mktemp("export")
    durations = [60 + (index * 31) % 170 for index in range(100)]
    encoded = encode(durations, keyframes={0, 20, 40, 60, 80})
    chunks = chunked(encoded, start=T, origin=T, per_chunk=10)
    late = [(replace(meta, start=WallTime(meta.start + 3000)), data) for meta, data in chunks[4:]]
    walls = assembled(folder / "video.mp4", chunks[:4] + late, {sha256(encoded.init): encoded.init})
    samples = speechlike(20, 8000, 1)
    write_wav(folder / "source.wav", samples, 8000)
    encode_call_audio(folder / "source.wav", folder)
    return folder, walls, decode(folder / "audio.mp4")[1][0]


def ms(ticks: int | None, time_base: Fraction | None) -> float:
    assert ticks is not None
    assert time_base is not None
    return float(ticks * time_base) * 1000


def shown(path) -> list[tuple[float, int]]:
    """Time in ms and number of each frame, as FFmpeg presents the file."""
    with av.open(str(path)) as file:
        return [
            (ms(frame.pts, frame.time_base), read_number(frame.to_ndarray(format="gray")))
            for frame in file.decode(video=0)
        ]


def starts(path) -> dict[str, float]:
    with av.open(str(path)) as file:
        return {s.type: ms(s.start_time, s.time_base) for s in file.streams}


@pytest.mark.parametrize("audio_at", [-700, 0, 10, 1234])
@pytest.mark.parametrize("video_at", [-5000, -2600, -13, 0, 777])
def test_both_tracks_stand_at_their_wall_time(call, tmp_path, video_at, audio_at):
    """Times are those of the tracks' starts relative to the origin."""
    folder, walls, heard = call
    origin = T - video_at
    end = origin + 9000
    out = tmp_path / "out.mp4"
    result = export_mp4(
        out,
        origin=WallTime(origin),
        end=WallTime(end),
        videos=[VideoTrack(path=folder / "video.mp4", starts_at=WallTime(T))],
        audio=AudioTrack(path=folder / "audio.mp4", starts_at=WallTime(origin + audio_at)),
    )
    assert [box.kind for box in iter_boxes(out.read_bytes())][:2] == [b"ftyp", b"moov"]
    assert abs(result.duration_ms - 9000) <= 1
    frames = shown(out)
    assert len(frames) == result.frames
    numbers = [number for _, number in frames]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    begin = max(T, origin)
    keys = {number: wall for number, wall in walls.items() if number % 20 == 0}
    near = [number for number, wall in keys.items() if begin - 300 <= wall <= begin + 1000]
    assert numbers[0] == (near[0] if near else max(n for n, wall in keys.items() if wall < begin))
    worst = 0.0
    for at, number in frames:
        worst = max(worst, abs(at - max(0, walls[number] - origin)))
        assert walls[number] < end
    assert numbers[-1] == max(number for number, wall in walls.items() if wall < end)
    assert worst <= 1
    got = starts(out)
    assert abs(got["video"] - max(0, walls[numbers[0]] - origin)) <= 1
    assert abs(got["audio"] - max(0, audio_at)) <= 1
    start, sound = decode(out)
    error = shift_ms(heard, sound[0], start) - audio_at
    print(f"video {video_at} audio {audio_at}: worst frame {worst:.3f} ms, sound {error:+.3f} ms")
    assert abs(error) <= 1
    assert start * 1000 + sound.shape[1] / 48 <= 9000 + 22


def test_the_picture_at_time_zero_is_the_one_that_stood_then(call, tmp_path):
    """The nearest keyframe is seconds before: what lies between takes less than a ms."""
    folder, walls, _ = call
    origin = walls[14] + 20
    export_mp4(
        tmp_path / "out.mp4",
        origin=WallTime(origin),
        end=WallTime(origin + 2000),
        videos=[VideoTrack(path=folder / "video.mp4", starts_at=WallTime(T))],
        audio=None,
    )
    frames = shown(tmp_path / "out.mp4")
    if frames[0][1] == 0:  # no keyframe within a second after
        assert [number for at, number in frames if at <= 1][-1] == 14
        assert all(abs(at - (walls[number] - origin)) <= 1 for at, number in frames if number > 14)
    else:
        assert frames[0][1] == 20


def test_two_recordings_of_other_sizes_follow_each_other(tmp_path):
    """A transfer: the second agent's recording takes over where it begins; each decodes with its own sets."""
    one = encode([100] * 60, keyframes={0, 30})
    two = encode([100] * 60, keyframes={0, 30}, width=256, height=160, first=100)
    first = chunked(one, start=T, origin=T, per_chunk=10)
    second = chunked(two, start=T + 4000, origin=T + 4000, per_chunk=10)
    assembled(tmp_path / "1.mp4", first, {sha256(one.init): one.init})
    assembled(tmp_path / "2.mp4", second, {sha256(two.init): two.init})
    result = export_mp4(
        tmp_path / "out.mp4",
        origin=WallTime(T),
        end=WallTime(T + 60_000),
        videos=[
            VideoTrack(path=tmp_path / "2.mp4", starts_at=WallTime(T + 4000)),
            VideoTrack(path=tmp_path / "1.mp4", starts_at=WallTime(T)),
        ],
        audio=None,
    )
    assert (result.duration_ms, result.frames) == (10_000, 100)
    assert shown(tmp_path / "out.mp4") == [(n * 100, n if n < 40 else n + 60) for n in range(100)]


@pytest.mark.parametrize("origin", [0, 3500])
def test_one_recording_with_two_inits_decodes(tmp_path, origin):
    one = encode([100] * 30, keyframes={0})
    two = encode([100] * 30, keyframes={0, 15}, width=256, height=160, first=30)
    chunks = chunked(one, start=T, origin=T, per_chunk=10)
    chunks += chunked(two, start=T + 3000, origin=T, per_chunk=15, first_seq=9)
    assembled(tmp_path / "1.mp4", chunks, {sha256(e.init): e.init for e in (one, two)})
    export_mp4(
        tmp_path / "out.mp4",
        origin=WallTime(T + origin),
        end=WallTime(T + 60_000),
        videos=[VideoTrack(path=tmp_path / "1.mp4", starts_at=WallTime(T))],
        audio=None,
    )
    frames = shown(tmp_path / "out.mp4")
    first = 0 if origin == 0 else 45
    assert [number for _, number in frames] == list(range(first, 60))
    assert all(abs(at - (number * 100 - origin)) < 1 for at, number in frames)


def test_sound_alone_and_picture_alone(call, tmp_path):
    folder, _, _ = call
    audio = AudioTrack(path=folder / "audio.mp4", starts_at=WallTime(T))
    video = VideoTrack(path=folder / "video.mp4", starts_at=WallTime(T))
    span = {"origin": WallTime(T), "end": WallTime(T + 5000)}
    assert export_mp4(tmp_path / "a.mp4", **span, videos=[], audio=audio).duration_ms == 5000
    assert list(starts(tmp_path / "a.mp4")) == ["audio"]
    far = replace(audio, starts_at=WallTime(T - 100_000))
    assert export_mp4(tmp_path / "b.mp4", **span, videos=[video], audio=far).frames > 30
    assert list(starts(tmp_path / "b.mp4")) == ["video"]


def test_nothing_to_export_and_unreadable_tracks(call, tmp_path):
    folder, _, _ = call
    out = tmp_path / "out.mp4"
    video = VideoTrack(path=folder / "video.mp4", starts_at=WallTime(T))
    for begin, end in ((T, T), (T + 500_000, T + 600_000), (T - 9000, T - 8000)):
        with pytest.raises(InvalidInputError):
            export_mp4(out, origin=WallTime(begin), end=WallTime(end), videos=[video], audio=None)
        assert not out.exists()
    (tmp_path / "bad.mp4").write_bytes(np.random.default_rng(1).bytes(2000))
    for path in (tmp_path / "bad.mp4", tmp_path / "none.mp4"):
        with pytest.raises(BadFragmentError, match="cannot be read"):
            export_mp4(
                out,
                origin=WallTime(T),
                end=WallTime(T + 1000),
                videos=[VideoTrack(path=path, starts_at=WallTime(T))],
                audio=None,
            )
        assert not out.exists()


def test_the_gateway_needs_neither_pyav_nor_numpy():
    """Fragments, playlists and the index are read where neither is installed."""
    code = (
        "import sys; sys.modules['av'] = sys.modules['numpy'] = None\n"
        "import deskreel.media.fmp4, deskreel.media.playlist, deskreel.media.assemble"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("begin", "end"), [(2000, 4000), (2100, 3950), (1900, 4000), (0, 2000), (5500, 6000)]
)
def test_what_belongs_to_another_call_is_left_out(tmp_path, begin, end):
    """A keyframe stands every second; nothing before the window is shown, not even squeezed into the first ticks."""
    film = encode([100] * 60, keyframes=set(range(0, 60, 10)))
    assembled(
        tmp_path / "1.mp4",
        chunked(film, start=T, origin=T, per_chunk=10),
        {sha256(film.init): film.init},
    )
    window = Window(WallTime(T + begin), WallTime(T + end))
    video = VideoTrack(path=tmp_path / "1.mp4", starts_at=WallTime(T), shown=window)
    key = -(-begin // 1000) * 10  # the first keyframe in the window
    out = tmp_path / "out.mp4"
    if key * 100 >= end:
        with pytest.raises(InvalidInputError):
            export_mp4(out, origin=WallTime(T), end=WallTime(T + 6000), videos=[video], audio=None)
        return
    export_mp4(out, origin=WallTime(T), end=WallTime(T + 6000), videos=[video], audio=None)
    assert shown(out) == [(n * 100, n) for n in range(key, -(-end // 100))]
