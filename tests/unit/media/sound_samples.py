"""Sound like speech, written and read, and how far two of it are apart."""

from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np

RNG = np.random.default_rng(7)


def speechlike(seconds: float, rate: int, channels: int) -> np.ndarray:
    """Noise in syllables, below 3 kHz; the channels differ. Shape (n, channels), int16."""
    count = round(seconds * rate)
    noise = RNG.normal(size=(count, channels))
    kernel = np.hanning(max(3, rate // 3000))
    smooth = np.stack([np.convolve(noise[:, c], kernel, "same") for c in range(channels)], axis=1)
    level = (np.sin(2 * np.pi * 3 * np.arange(count) / rate) > 0)[:, None]
    smooth = smooth / np.abs(smooth).max() * (0.1 + 0.8 * level)
    return np.round(smooth * 30000).astype("<i2")


def write_wav(path: Path, samples: np.ndarray, rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())


def decode(path: Path | str, rate: int = 48_000, **options) -> tuple[float, np.ndarray]:
    """Time of the first sample in s, and the sound with shape (channels, n)."""
    with av.open(str(path), **options) as file:
        resampler = av.AudioResampler("fltp", None, rate)
        frames = list(file.decode(audio=0))
        start = frames[0].time
        assert start is not None
        for frame in frames:
            frame.pts = None
        parts = [part.to_ndarray() for frame in [*frames, None] for part in resampler.resample(frame)]
    return start, np.concatenate(parts, axis=1)


def shift_ms(source: np.ndarray, result: np.ndarray, start: float, rate: int = 48_000) -> float:
    """How much later the result sounds than the source: cross-correlation by FFT."""
    count = min(len(source), len(result), 20 * rate)
    size = 1 << (2 * count - 1).bit_length()
    spectrum = np.fft.rfft(result[:count], size) * np.conj(np.fft.rfft(source[:count], size))
    lag = int(np.argmax(np.fft.irfft(spectrum, size)))
    lag = lag - size if lag > size // 2 else lag
    return lag * 1000 / rate + start * 1000
