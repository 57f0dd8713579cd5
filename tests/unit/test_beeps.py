"""Beeps stand at the whole wall seconds and are found again, also after a lossy codec."""

from __future__ import annotations

import io
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from deskreel.testing.beeps import RATE, find_beeps, make_beep_audio

START_MS = 1_767_225_600_250  # a quarter past a whole second


def read_wav(path: Path) -> tuple[np.ndarray, int]:
    with wave.open(str(path), "rb") as file:
        assert file.getnchannels() == 2
        assert file.getsampwidth() == 2
        data = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
        return data / 32768, file.getframerate()


def through_aac(samples: np.ndarray, rate: int) -> np.ndarray:
    """The samples after AAC in MP4, with the encoder's delay taken off as a player does."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=rate, layout="mono", bit_rate=64_000)
        frame = av.AudioFrame.from_ndarray(samples.astype(np.float32)[None, :], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    target.seek(0)
    with av.open(target, "r") as back:
        frames = [f for f in back.decode(audio=0) if f.pts is not None]
        begin = frames[0].pts or 0
        whole = np.concatenate([f.to_ndarray()[0] for f in frames])
    return whole[-begin:] if begin < 0 else np.concatenate((np.zeros(begin), whole))


def test_beeps_stand_at_whole_wall_seconds(tmp_path: Path) -> None:
    make_beep_audio(tmp_path / "b.wav", START_MS, 5.5)
    samples, rate = read_wav(tmp_path / "b.wav")
    assert (rate, len(samples)) == (RATE, round(5.5 * RATE))
    assert np.array_equal(samples[:, 0], samples[:, 1])
    assert find_beeps(samples[:, 0], rate) == pytest.approx([0.75, 1.75, 2.75, 3.75, 4.75], abs=0.0005)


def test_a_file_that_starts_on_a_whole_second_starts_with_a_beep(tmp_path: Path) -> None:
    make_beep_audio(tmp_path / "b.wav", START_MS - 250, 2.0)
    samples, rate = read_wav(tmp_path / "b.wav")
    assert find_beeps(samples[:, 0], rate) == pytest.approx([0.0, 1.0], abs=0.002)


def test_the_pause_is_silent_and_no_beep_is_cut_by_it(tmp_path: Path) -> None:
    make_beep_audio(tmp_path / "b.wav", START_MS, 6.0, (1.76, 3.0))
    samples, rate = read_wav(tmp_path / "b.wav")
    assert not samples[round(1.76 * rate) : 3 * rate].any()
    assert find_beeps(samples[:, 0], rate) == pytest.approx([0.75, 3.75, 4.75, 5.75], abs=0.0005)


@pytest.mark.parametrize("gain", [0.05, 1.0])
def test_beeps_are_found_in_noise(tmp_path: Path, gain: float) -> None:
    make_beep_audio(tmp_path / "b.wav", START_MS, 5.0)
    samples, rate = read_wav(tmp_path / "b.wav")
    noise = np.random.default_rng(7).normal(0, 0.05, len(samples))
    found = find_beeps(gain * (samples[:, 0] + noise), rate)
    assert found == pytest.approx([0.75, 1.75, 2.75, 3.75, 4.75], abs=0.002)


def test_beeps_are_found_at_telephone_rate(tmp_path: Path) -> None:
    make_beep_audio(tmp_path / "b.wav", START_MS, 3.0)
    samples, rate = read_wav(tmp_path / "b.wav")
    assert find_beeps(samples[:: rate // 8000, 0], 8000) == pytest.approx([0.75, 1.75, 2.75], abs=0.002)


def test_beeps_are_found_after_aac(tmp_path: Path) -> None:
    make_beep_audio(tmp_path / "b.wav", START_MS, 5.0)
    samples, rate = read_wav(tmp_path / "b.wav")
    found = find_beeps(through_aac(samples[:, 0], rate), rate)
    assert found == pytest.approx([0.75, 1.75, 2.75, 3.75, 4.75], abs=0.002)


def test_silence_and_clicks_hold_no_beep() -> None:
    silence = np.zeros(RATE)
    assert find_beeps(silence, RATE) == []
    assert find_beeps(np.zeros(0), RATE) == []
    click = silence.copy()
    click[1000:1100] = 1.0
    assert find_beeps(click, RATE) == []
