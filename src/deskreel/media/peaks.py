"""Waveform peaks in the JSON format of audiowaveform (version 2), written as the sound goes by.

A pixel is the least and the greatest sample of a stretch, per channel, in 8 bits.
"""

from __future__ import annotations

from typing import TextIO

import numpy as np
from numpy.typing import NDArray


class PeaksWriter:
    """Reduces sound to peaks and writes them to an open text file; call `close` at the end."""

    def __init__(self, out: TextIO, *, channels: int, sample_rate: int, samples_per_pixel: int) -> None:
        self._out = out
        self._per_pixel = samples_per_pixel
        self._rest = np.empty((channels, 0), dtype=np.float32)  # samples of the pixel that is not full yet
        self._pixels = 0
        out.write(
            f'{{"version":2,"channels":{channels},"sample_rate":{sample_rate},'
            f'"samples_per_pixel":{samples_per_pixel},"bits":8,"data":['
        )

    def add(self, samples: NDArray[np.float32]) -> None:
        """More sound: shape (channels, n), full scale ±1."""
        samples = np.concatenate((self._rest, samples), axis=1)
        whole = samples.shape[1] // self._per_pixel * self._per_pixel
        self._rest = samples[:, whole:]
        if whole:
            self._write(samples[:, :whole].reshape(samples.shape[0], -1, self._per_pixel))

    def close(self) -> None:
        """Write the last, shorter pixel and the end of the document; the file stays open."""
        if self._rest.shape[1]:
            self._write(self._rest[:, None, :])
        self._out.write(f'],"length":{self._pixels}}}')

    def _write(self, pixels: NDArray[np.float32]) -> None:
        """Pixels of shape (channels, pixels, samples) as min, max of channel 0, min, max of channel 1, …"""
        scaled = np.stack((pixels.min(axis=2), pixels.max(axis=2)), axis=2) * 128
        rows = np.clip(np.round(scaled), -128, 127).astype(np.int8).transpose(1, 0, 2)
        text = ",".join(map(str, rows.ravel().tolist()))
        self._out.write(f",{text}" if self._pixels else text)
        self._pixels += rows.shape[0]
