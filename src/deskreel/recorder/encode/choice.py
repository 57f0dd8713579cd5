"""Which encoder is used, and why: hardware that was found to work, else x264, and x264 for good once it failed.

The probe runs in the background from the start of the program on. Until it has ended, x264 encodes: no first frame
waits for it. A run in progress keeps its encoder, for another one has another init segment.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Literal

import av
import structlog

from deskreel.core.errors import InvalidInputError
from deskreel.recorder.encode.hardware import BY_NAME, KINDS, HardwareEncoder, Kind
from deskreel.recorder.encode.port import EncodedPicture, Encoder, EncoderError, EncoderSettings
from deskreel.recorder.encode.probe import why_not
from deskreel.recorder.encode.x264 import X264Encoder

log = structlog.get_logger(__name__)
SOFTWARE = "x264"
WANTED = ("auto", SOFTWARE, *BY_NAME)  # what a setting may say


class EncoderChoice:
    """A factory of encoders (width, height), for the whole program; from any thread.

    Args:
        wanted: one of WANTED: any hardware that works, software, or one kind of hardware.
        probe: tells why a codec does not work, None if it does.

    Raises:
        InvalidInputError: no such encoder.
    """

    def __init__(self, wanted: str = "auto", *, probe: Callable[[str], str | None] = why_not) -> None:
        if wanted not in WANTED:
            raise InvalidInputError(f"{wanted!r} is no encoder: {', '.join(WANTED)} are")
        self._probe = probe
        self._lock = threading.Lock()
        self._kind: Kind | None = None
        self._made: list[_ChosenEncoder] = []  # before the probe ended
        self._why = "set so"
        if wanted != SOFTWARE:
            self._why = "hardware is being tried"
            kinds = KINDS if wanted == "auto" else (BY_NAME[wanted],)
            threading.Thread(target=self._choose, args=(kinds,), name="encoder-probe", daemon=True).start()

    @property
    def name(self) -> str:
        """Of what new runs use: "x264", or FFmpeg's name."""
        kind = self._kind
        return SOFTWARE if kind is None else kind.codec

    @property
    def why(self) -> str:
        """Why that one, for people."""
        return self._why

    def __call__(self, width: int, height: int) -> Encoder:
        """A new encoder.

        Raises:
            EncoderError: not even x264 opens.
        """
        encoder = _ChosenEncoder(self, width, height)
        with self._lock:
            kind = self._kind
            if kind is None:
                self._made = [*self._made[-1:], encoder]
        if kind is not None:
            encoder.prepare(kind)
        return encoder

    def failed(self, kind: Kind, error: EncoderError) -> None:
        """Hardware stopped working: never again in this program's life."""
        with self._lock:
            self._kind = None
            self._why = f"{kind.codec} failed: {error.detail}"
        log.warning("encoder.fallback", encoder=self.name, why=self._why)

    def _choose(self, kinds: tuple[Kind, ...]) -> None:
        found: list[str] = []
        for kind in kinds:
            reason = self._probe(kind.codec)
            if reason is None:
                with self._lock:
                    self._kind, self._why = kind, f"{kind.what} works here"
                    made, self._made = self._made, []
                for encoder in made:
                    encoder.prepare(kind)
                break
            found.append(f"{kind.codec}: {reason}")
        else:
            with self._lock:
                self._why = "no hardware encoder works here: " + "; ".join(found)
        log.info("encoder.chosen", encoder=self.name, why=self._why)


class _ChosenEncoder:
    """An `Encoder` that goes over to hardware between two runs, once that is ready."""

    def __init__(self, choice: EncoderChoice, width: int, height: int) -> None:
        self._choice = choice
        self._size = (width, height)
        self._encoder: X264Encoder | HardwareEncoder = X264Encoder(width, height)
        self._kind: Kind | None = None  # of `_encoder`
        self._next: tuple[Kind, HardwareEncoder] | None = None
        self._state: Literal["new", "running", "drained"] = "new"

    def prepare(self, kind: Kind) -> None:
        """Open the hardware, to be used from the next run on; on any thread."""
        try:
            self._next = (kind, HardwareEncoder(kind, *self._size))
        except EncoderError as error:
            self._choice.failed(kind, error)

    @property
    def config(self) -> bytes:
        """The init segment; a run asks for it as it begins."""
        following = self._next
        if following is not None and self._state != "running":
            self._encoder.close()
            (self._kind, self._encoder), self._next = following, None
        return self._encoder.config

    @property
    def settings(self) -> EncoderSettings:
        """In use now."""
        return self._encoder.settings

    @property
    def held(self) -> int:
        """Pictures inside."""
        return self._encoder.held

    def encode(self, frame: av.VideoFrame, pts_ms: int, keyframe: bool) -> list[EncodedPicture]:
        """Encode one frame."""
        self._state = "running"
        with _Watch(self._choice, self._kind):
            return self._encoder.encode(frame, pts_ms, keyframe)

    def drain(self, settings: EncoderSettings | None = None) -> list[EncodedPicture]:
        """All that is inside."""
        self._state = "drained"
        with _Watch(self._choice, self._kind):
            return self._encoder.drain(settings)

    def close(self) -> None:
        """Free it."""
        self._encoder.close()


class _Watch:
    """Tells the choice when hardware fails; the error goes on."""

    def __init__(self, choice: EncoderChoice, kind: Kind | None) -> None:
        self._choice = choice
        self._kind = kind

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if self._kind is not None and isinstance(error, EncoderError):
            self._choice.failed(self._kind, error)
