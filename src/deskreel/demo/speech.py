"""The audio of the demo call: two invented people speaking by espeak-ng, laid out like a PBX's recording.

A call is a script of turns. `plan_call` chooses the turns that fit before and after the pause and gives each
a place; `make_call_audio` renders the plan. Left is the customer, right the agent; the pause is silent.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8_000  # samples per second of the written file: narrow-band telephony
CUSTOMER, AGENT = 0, 1  # channel numbers
_VOICES = (("en-gb-x-rp+f2", "172", "58"), ("en-us+m3", "170", "42"))  # name, words per minute, pitch
_BREATH_S = 0.30  # least silence between two turns
_LEAD_S = 0.40  # silence before the first word
_LEVEL = 0.5  # peak of a turn, of full scale

Line = tuple[int, str]  # channel and words

_OPENING: tuple[Line, ...] = (
    (AGENT, "Harbourline support, Daniel speaking."),
    (CUSTOMER, "Hello, my new desk came with a scratched top."),
    (AGENT, "I am sorry to hear that. I have your order in front of me."),
    (CUSTOMER, "It is quite a deep scratch, right along the front edge."),
    (AGENT, "Thank you. I will note that in the case, one moment please."),
    (CUSTOMER, "The frame and the motor are fine, only the top is damaged."),
    (AGENT, "Then we send you a new top, and the courier takes the old one back."),
    (CUSTOMER, "That sounds good. How long will it take?"),
    (AGENT, "Standard delivery takes five working days. Express is here on Thursday."),
    (CUSTOMER, "I would rather have it on Thursday. What does express cost?"),
    (AGENT, "Express delivery is twenty four pounds and ninety pence."),
    (CUSTOMER, "All right, let us do that."),
)
_BEFORE_PAUSE: Line = (AGENT, "I pause the recording while I take your card.")
_AFTER_PAUSE: tuple[Line, ...] = (
    (AGENT, "Thank you, the payment has gone through. We are recording again."),
    (CUSTOMER, "Lovely. Will I get a confirmation?"),
    (AGENT, "Yes, by e-mail within a few minutes, with the tracking number."),
    (CUSTOMER, "And what do I do with the old top?"),
    (AGENT, "Please keep it in its box. The courier collects it on Thursday."),
    (CUSTOMER, "Do I have to be at home for that?"),
    (AGENT, "Somebody should be, between nine and twelve. You can move it by text message."),
    (CUSTOMER, "Nine to twelve is fine, I am working from home that day."),
    (AGENT, "The new top has the same four screws, so you need no new tools."),
    (CUSTOMER, "Good, because my husband has already put everything away."),
)
_MORE: tuple[Line, ...] = (
    (AGENT, "While I have you, is the telephone number on your account still right?"),
    (CUSTOMER, "Yes, it is, and so is the address."),
    (AGENT, "Your guarantee on the frame runs for another five years, by the way."),
    (CUSTOMER, "Oh, I did not know that. Does it cover the motor as well?"),
    (AGENT, "It does. Let me just finish this note in your case."),
    (CUSTOMER, "Of course, take your time."),
)
_GOODBYE: Line = (AGENT, "Thank you for calling. Good bye.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenTurn:
    """One turn of the call with its place."""

    channel: int  # CUSTOMER or AGENT
    text: str
    start_ms: int  # from the beginning of the call
    duration_ms: int


def plan_call(seconds: float, pause: tuple[float, float] | None = None) -> tuple[SpokenTurn, ...]:
    """The turns of a call of `seconds`, in order; none is spoken in the `pause` (start and end in seconds).

    This is also the call's true transcript. Raises RuntimeError when espeak-ng is missing.
    """
    if seconds <= 0 or (pause and not 0 <= pause[0] <= pause[1]):
        raise ValueError(f"no such call: {seconds} s with the pause {pause}")
    if pause is None or pause[0] >= seconds:
        return _spread(_OPENING + _AFTER_PAUSE[1:], _GOODBYE, _LEAD_S, seconds)
    before = _spread(_OPENING, _BEFORE_PAUSE, _LEAD_S, pause[0])
    if pause[1] >= seconds:
        return before
    return before + _spread(_AFTER_PAUSE, _GOODBYE, pause[1] + _LEAD_S, seconds)


def make_call_audio(
    path: str | PathLike[str], seconds: float, pause: tuple[float, float] | None = None
) -> None:
    """Write the call as a 2-channel (customer, agent) 16-bit 8 kHz WAV of exactly `seconds`.

    Raises RuntimeError when espeak-ng is missing.
    """
    total = round(seconds * RATE)
    mix = np.zeros((total, 2), dtype=np.float64)
    for turn in plan_call(seconds, pause):
        begin = turn.start_ms * RATE // 1000
        voice = _speak(turn.channel, turn.text)[: max(0, total - begin)]
        mix[begin : begin + len(voice), turn.channel] += voice
    if pause:
        mix[round(pause[0] * RATE) : round(pause[1] * RATE)] = 0
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.round(np.clip(mix, -1, 1) * 32767).astype("<i2").tobytes())


def _spread(lines: Sequence[Line], last: Line, start: float, end: float) -> tuple[SpokenTurn, ...]:
    """As many lines as fit into [start, end) with `last` at its end, the spare time shared among the gaps."""
    room = end - start - _BREATH_S - _length(last)
    chosen: list[Line] = []
    i = 0
    while True:
        line = lines[i] if i < len(lines) else _MORE[(i - len(lines)) % len(_MORE)]
        room -= _length(line) + _BREATH_S
        if room < 0:
            break
        chosen.append(line)
        i += 1
    if chosen or end - start >= _length(last):
        chosen.append(last)
    else:
        chosen.append(lines[0])  # too short for anything whole: the beginning, cut off
    spare = max(0.0, end - start - sum(_length(line) for line in chosen))
    gap = spare / len(chosen)
    turns: list[SpokenTurn] = []
    at = start
    for channel, text in chosen:
        length = min(_length((channel, text)), end - at)
        if length > 0:
            turns.append(
                SpokenTurn(
                    channel=channel, text=text, start_ms=round(at * 1000), duration_ms=round(length * 1000)
                )
            )
        at += length + gap
    return tuple(turns)


def _length(line: Line) -> float:
    return len(_speak(*line)) / RATE


@lru_cache(maxsize=128)
def _speak(channel: int, text: str) -> NDArray[np.float64]:
    """The words as samples at RATE, trimmed of silence and set to one level."""
    program = shutil.which("espeak-ng")
    if program is None:
        raise RuntimeError("espeak-ng was not found on PATH; install it (Debian: apt-get install espeak-ng)")
    voice, speed, pitch = _VOICES[channel]
    with tempfile.TemporaryDirectory(prefix="deskreel-speech-") as folder:
        target = Path(folder) / "turn.wav"
        command = [program, "-v", voice, "-s", speed, "-p", pitch, "-w", str(target), text]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or not target.exists():
            raise RuntimeError(f"espeak-ng failed with exit {done.returncode}: {done.stderr.strip()}")
        with wave.open(str(target), "rb") as spoken:
            rate = spoken.getframerate()
            samples = np.frombuffer(spoken.readframes(spoken.getnframes()), dtype="<i2") / 32768
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    if not len(loud):
        raise RuntimeError(f"espeak-ng said nothing for {text!r}")
    narrow = _resample(samples[loud[0] : loud[-1] + 1], rate, RATE)
    return narrow * (_LEVEL / np.abs(narrow).max())


def _resample(samples: NDArray[np.float64], rate: int, target: int) -> NDArray[np.float64]:
    """To a lower rate in the frequency domain: nothing above half the target rate is left to fold back."""
    padded = np.concatenate((samples, np.zeros(rate // 10)))
    length = round(len(padded) * target / rate)
    spectrum = np.fft.rfft(padded)[: length // 2 + 1]
    return np.fft.irfft(spectrum, length) * (length / len(padded))
