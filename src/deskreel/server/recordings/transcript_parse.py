"""Transcripts as they come, WebVTT or JSON, to segments with speakers and words. Pure.

Times are milliseconds after the transcript's zero, which is as a rule the first sample of the call's audio.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from deskreel.core.errors import InvalidInputError

MAX_SEGMENTS = 50_000
_DAY_MS = 24 * 3_600_000
_TIME = re.compile(r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)*\s+([^>]*)>")
_LINE_END = re.compile(r"[\n\r]")
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")


class Word(BaseModel):
    """A word, or what the recogniser takes for one."""

    model_config = ConfigDict(extra="ignore")

    start_ms: int = Field(ge=0, le=_DAY_MS)
    end_ms: int = Field(ge=0, le=_DAY_MS)
    text: str = Field(min_length=1, max_length=200)
    confidence: float | None = Field(default=None, ge=0, le=1)

    @model_validator(mode="after")
    def _forwards(self) -> Word:
        if self.end_ms < self.start_ms:
            raise ValueError("it ends before it begins")
        return self


class Segment(BaseModel):
    """What one speaker says in one go."""

    model_config = ConfigDict(extra="ignore")

    start_ms: int = Field(ge=0, le=_DAY_MS)
    end_ms: int = Field(ge=0, le=_DAY_MS)
    speaker: str | None = Field(default=None, max_length=100)
    text: str = Field(default="", max_length=20_000)
    words: list[Word] = Field(default_factory=list[Word], max_length=5_000)

    @model_validator(mode="after")
    def _whole(self) -> Segment:
        if self.end_ms < self.start_ms:
            raise ValueError("it ends before it begins")
        if not self.text:
            self.text = " ".join(word.text for word in self.words)
        if not self.text.strip():
            raise ValueError("it has neither text nor words")
        return self


class TranscriptDocument(BaseModel):
    """A transcript as JSON."""

    model_config = ConfigDict(extra="ignore")

    language: str | None = Field(default=None, max_length=35, description="BCP 47, such as en-GB.")
    starts_at: int | None = Field(
        default=None,
        ge=0,
        lt=2**53,
        description="Wall time of its zero in ms; null: when the call's audio begins.",
    )
    segments: list[Segment] = Field(min_length=1, max_length=MAX_SEGMENTS)


def parse_json(body: bytes) -> TranscriptDocument:
    """A transcript from JSON.

    Raises:
        InvalidInputError: it is none; names the place.
    """
    try:
        document = TranscriptDocument.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the body"
        raise InvalidInputError(f"{place}: {first['msg']}") from error
    return _clean(document)


def parse_webvtt(body: bytes) -> TranscriptDocument:
    """A transcript from WebVTT: a cue is a segment, `<v NAME>` its speaker, times within a cue its words.

    Raises:
        InvalidInputError: it is none; names the line.
    """
    try:
        text = body.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise InvalidInputError("WebVTT must be UTF-8") from error
    head, *_ = text.split("\n", 1)
    if head != "WEBVTT" and not head.startswith(("WEBVTT ", "WEBVTT\t")):
        raise InvalidInputError("WebVTT begins with the line WEBVTT")
    segments: list[Segment] = []
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        if "-->" not in lines[number] or lines[number].startswith("NOTE"):
            number += 1
            continue
        start, end = _times(lines[number], number + 1)
        payload: list[str] = []
        first = number + 1
        number += 1
        while number < len(lines) and lines[number].strip():
            payload.append(lines[number])
            number += 1
        segments += _cue(" ".join(payload), start, end, first)
        if len(segments) > MAX_SEGMENTS:
            raise InvalidInputError(f"a transcript may have {MAX_SEGMENTS} cues")
    if not segments:
        raise InvalidInputError("the WebVTT holds no cue with text")
    return _clean(TranscriptDocument(segments=segments))


def _times(line: str, number: int) -> tuple[int, int]:
    left, _, right = line.partition("-->")
    begin, end = _TIME.fullmatch(left.strip()), _TIME.match(right.strip())
    if begin is None or end is None:
        raise InvalidInputError(f"line {number}: expected HH:MM:SS.mmm --> HH:MM:SS.mmm")
    return _ms(begin), _ms(end)


def _ms(match: re.Match[str]) -> int:
    hours, minutes, seconds, fraction = match.groups()
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(fraction)


def _cue(payload: str, start: int, end: int, line: int) -> list[Segment]:
    voice = _VOICE.search(payload)
    speaker = html.unescape(voice[1]).strip()[:100] or None if voice else None
    pieces: list[tuple[int, str]] = []  # text from when on
    at, rest = start, _VOICE.sub("", payload)
    for piece in re.split(r"(<(?:\d{2,}:)?\d\d:\d\d\.\d{3}>)", rest):
        stamp = _TIME.fullmatch(piece[1:-1]) if piece.startswith("<") else None
        if stamp is not None:
            at = _ms(stamp)
        elif said := html.unescape(_TAG.sub("", piece)).strip():
            pieces.append((at, said))
    text = " ".join(said for _, said in pieces)
    if not text:
        return []
    ends = [*(begin for begin, _ in pieces[1:]), end]
    timed = len(pieces) > 1
    try:
        words = [
            Word(start_ms=begin, end_ms=until, text=said)
            for (begin, said), until in zip(pieces, ends, strict=True)
            if timed
        ]
        return [Segment(start_ms=start, end_ms=end, speaker=speaker, text=text, words=words)]
    except ValidationError as error:
        raise InvalidInputError(f"line {line}: {error.errors(include_url=False)[0]['msg']}") from error


def _clean(document: TranscriptDocument) -> TranscriptDocument:
    if any("\0" in text for text in _texts(document)):
        raise InvalidInputError("texts must not hold the character NUL")
    document.segments.sort(key=lambda segment: (segment.start_ms, segment.end_ms))
    return document


def _texts(document: TranscriptDocument) -> Iterator[str]:
    yield document.language or ""
    for segment in document.segments:
        yield segment.speaker or ""
        yield segment.text
        yield from (word.text for word in segment.words)


def plain_text(document: TranscriptDocument) -> str:
    """All that is said, to search: each segment in a line, character for character."""
    return "\n".join(_LINE_END.sub(" ", segment.text) for segment in document.segments)


def stored(document: TranscriptDocument) -> list[dict[str, Any]]:
    """Segments as a row keeps them."""
    return [segment.model_dump(mode="json") for segment in document.segments]
