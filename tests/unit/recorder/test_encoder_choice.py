"""Hardware encoders are not here: libx264 behind FFmpeg's common interface stands in for one."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace

import av
import pytest

from deskreel.core.errors import InvalidInputError
from deskreel.recorder.canvas import Canvas
from deskreel.recorder.encode import (
    EncoderChoice,
    EncoderError,
    X264Encoder,
    choice,
    hardware,
    probe,
)
from deskreel.recorder.encode.hardware import HardwareEncoder, Kind

SIZE = (320, 180)
STAND_IN = Kind(
    codec="libx264",
    what="A stand-in",
    ask=(
        "preset=ultrafast tune=zerolatency forced-idr=1 qp={q} "
        "x264-params=stitchable=1:keyint=infinite:scenecut=0:repeat-headers=0"
    ),
)
HOLDING = Kind(codec="libx264", what="Holds back", ask="x264-params=rc-lookahead=5")
DEADLINE_S = 20.0


@pytest.fixture
def with_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "KINDS", (STAND_IN,))


def frame() -> av.VideoFrame:
    return Canvas(*SIZE).frame


class Probe:
    """Answers when told to."""

    def __init__(self, answer: str | None) -> None:
        self.answer = answer
        self.gate = threading.Event()
        self.asked: list[str] = []

    def __call__(self, codec: str) -> str | None:
        self.asked.append(codec)
        assert self.gate.wait(DEADLINE_S)
        return self.answer

    def until_done(self) -> None:
        """The probe's thread has ended."""
        self.gate.set()
        for thread in threading.enumerate():
            if thread.name == "encoder-probe":
                thread.join(DEADLINE_S)
                assert not thread.is_alive()


def test_no_first_frame_waits_for_the_probe_and_the_next_run_uses_the_hardware(with_stand_in: None):
    found = Probe(None)
    chosen = EncoderChoice(probe=found)
    encoder = chosen(*SIZE)
    software = encoder.config
    assert chosen.name == "x264"
    assert encoder.encode(frame(), 0, keyframe=True)[0].keyframe
    found.until_done()
    assert (chosen.name, chosen.why) == ("libx264", "A stand-in works here")
    assert encoder.config == software  # the run goes on as it began
    assert not encoder.encode(frame(), 200, keyframe=False)[0].keyframe
    encoder.drain()
    assert encoder.config != software
    assert encoder.encode(frame(), 400, keyframe=True)[0].keyframe
    assert chosen(*SIZE).config == encoder.config


def test_without_hardware_that_works_it_is_x264_and_the_reasons_are_told(with_stand_in: None):
    found = Probe("no such device")
    chosen = EncoderChoice(probe=found)
    found.until_done()
    assert chosen.name == "x264"
    assert chosen.why == "no hardware encoder works here: libx264: no such device"


def test_x264_can_be_demanded_and_nothing_is_tried(with_stand_in: None):
    found = Probe(None)
    chosen = EncoderChoice("x264", probe=found)
    assert (chosen.name, chosen.why, found.asked) == ("x264", "set so", [])


def test_one_kind_can_be_demanded():
    found = Probe("no such device")
    EncoderChoice("h264_qsv", probe=found)
    found.until_done()
    assert found.asked == ["h264_qsv"]


def test_an_unknown_encoder_is_refused():
    with pytest.raises(InvalidInputError, match="h264_nvenc"):
        EncoderChoice("best")


def test_hardware_that_fails_in_a_run_is_not_used_again(with_stand_in: None, monkeypatch: pytest.MonkeyPatch):
    found = Probe(None)
    chosen = EncoderChoice(probe=found)
    found.until_done()
    encoder = chosen(*SIZE)
    assert encoder.config  # a run begins

    def broken(*_: object) -> None:
        raise EncoderError("the driver is gone")

    monkeypatch.setattr(HardwareEncoder, "encode", broken)
    with pytest.raises(EncoderError):
        encoder.encode(frame(), 0, keyframe=True)
    assert (chosen.name, chosen.why) == ("x264", "libx264 failed: the driver is gone")
    again = chosen(*SIZE)  # as the capture loop does
    assert again.config == X264Encoder(*SIZE).config
    assert again.encode(frame(), 200, keyframe=True)[0].keyframe


def test_hardware_that_does_not_open_after_all_is_not_used(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(choice, "KINDS", (replace(STAND_IN, ask="nonsense=1"),))
    found = Probe(None)
    chosen = EncoderChoice(probe=found)
    found.until_done()
    encoder = chosen(*SIZE)
    assert chosen.name == "x264"
    assert encoder.config == X264Encoder(*SIZE).config


@pytest.fixture
def as_hardware(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(hardware.BY_NAME, "stand-in", STAND_IN)
    monkeypatch.setitem(hardware.BY_NAME, "holding", HOLDING)


def test_the_probe_accepts_an_encoder_that_does_what_a_recording_needs(
    as_hardware: None, capsys: pytest.CaptureFixture[str]
):
    probe.main("stand-in")
    assert capsys.readouterr().out == "works\n"


def test_the_probe_refuses_an_encoder_that_holds_pictures_back(
    as_hardware: None, capsys: pytest.CaptureFixture[str]
):
    probe.main("holding")
    assert "holds pictures back" in capsys.readouterr().out


def test_the_probe_says_why_an_encoder_cannot_be_opened():
    done = subprocess.run(
        [sys.executable, "-m", "deskreel.recorder.encode.probe", "h264_amf"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert "h264_amf" in done.stdout


def test_a_codec_that_this_ffmpeg_lacks_is_not_tried():
    assert probe.why_not("h264_nonsense") == "not in this build of FFmpeg"


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import os; os.abort()", "crashed"),
        ("import time; time.sleep(60)", "did not answer"),
        ("", "crashed"),
    ],
)
def test_a_driver_that_crashes_or_hangs_costs_the_recorder_nothing(
    program: str, said: str, monkeypatch: pytest.MonkeyPatch
):
    real = subprocess.run
    monkeypatch.setattr(probe, "_DEVICES", {"libx264": ("/dev/null",)})
    monkeypatch.setattr(probe, "TIMEOUT_S", 1.0)
    monkeypatch.setattr(
        probe.subprocess, "run", lambda command, **more: real([sys.executable, "-c", program], **more)
    )
    reason = probe.why_not("libx264")
    assert reason is not None
    assert said in reason
