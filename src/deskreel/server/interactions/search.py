"""The text of a search: what it asks of numbers, names and transcripts, and where it hits. Pure.

Words are looked for by how they begin, "words in quotes" as they stand, numbers by any four or more characters in
a row, or as a whole. Nothing is stemmed: the calls are in any language. Marks on letters do not count, nor does how
an s is written: "grosse" finds "Größe".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_TERM = re.compile(r'"([^"]*)"|(\S+)')
_WORD = re.compile(r"\w+")
NUMBER_PART = 4  # characters of a number that the index holds in a row; fewer must be all of it
_AROUND = 60  # characters shown on each side of a hit
_SHOWN = 3  # places in one transcript


# letters and what they are without their marks: of Latin, Greek, Cyrillic
_LETTERS = (*range(0xC0, 0x250), *range(0x370, 0x530), *range(0x1E00, 0x2000))


def fold(text: str) -> str:
    """Without the marks of its letters, as the database's `deskreel_folded`."""
    plain = text.replace("ß", "ss").replace("ẞ", "SS")
    return unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFD", plain)))


def _spellings() -> dict[str, str]:
    """A regular expression for each letter that may have marks."""
    found: dict[str, str] = {}
    for letter in map(chr, _LETTERS):
        bare = fold(letter)
        if len(bare) == 1 and bare != letter:
            found[bare.lower()] = found.get(bare.lower(), "") + letter
    return {bare: f"[{bare}{bare.upper()}{more}][\u0300-\u036f]*" for bare, more in found.items()}


_SPELLINGS = _spellings()


def _spelled(word: str) -> str:
    """A regular expression for all spellings of a folded word: two s may be one ß."""
    return "".join(
        _spelled_s(len(piece))
        if piece.startswith("ss")
        else "".join(_SPELLINGS.get(letter, re.escape(letter)) for letter in piece)
        for piece in re.split("(ss+)", word.lower())
    )


def _spelled_s(count: int) -> str:
    """So many s in a row."""
    one = _SPELLINGS["s"]
    return f"(?:{one}{one}|ß|ẞ)" if count == 2 else f"(?:{one}|ß|ẞ){{{(count + 1) // 2},{count}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One thing that must be said."""

    words: tuple[str, ...]  # folded, in this order, at least one
    whole: bool  # in quotes: the last word may not go on

    @property
    def tsquery(self) -> str:
        """For `to_tsquery`."""
        quoted = "'" + " ".join(self.words).replace("\\", "\\\\").replace("'", "''") + "'"
        return quoted if self.whole else f"{quoted}:*"

    @property
    def pattern(self) -> str:
        """As a regular expression."""
        return r"(?<!\w)" + r"\W+".join(map(_spelled, self.words)) + (r"(?!\w)" if self.whole else r"\w*")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchText:
    """What a reviewer typed."""

    plain: str  # as a part of a number: lower case, letters and digits alone
    name_parts: tuple[str, ...]  # each of them stands in a name, lower case
    terms: tuple[Term, ...]  # all of them are in a transcript

    @property
    def gram(self) -> str | None:
        """What the index holds of a number that contains `plain`: its end, which varies most. None: no number."""
        return self.plain[-NUMBER_PART:] or None

    @property
    def gram_is_all(self) -> bool:
        """Whether whatever the index finds fits."""
        return len(self.plain) <= NUMBER_PART

    @property
    def tsquery(self) -> str | None:
        """For `to_tsquery`; None without a word."""
        return " & ".join(term.tsquery for term in self.terms) or None


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a text, hit or not."""

    text: str
    hit: bool


def parse_search(typed: str) -> SearchText:
    """What a text asks for."""
    terms: list[Term] = []
    for quoted, bare in _TERM.findall(typed):
        words = tuple(_WORD.findall(fold(quoted or bare)))
        if words:
            terms.append(Term(words=words, whole=bool(quoted)))
    return SearchText(
        plain=_plain(typed),
        name_parts=tuple(typed.replace('"', " ").lower().split()),
        terms=tuple(terms),
    )


def in_number(wanted: SearchText, number: str | None) -> list[Piece] | None:
    """The number with the part that was asked for; None if it is not in there."""
    if number is None or not wanted.plain:
        return None
    kept = [at for at, character in enumerate(number) if _plain(character)]
    plain = "".join(_plain(number[at])[0] for at in kept)
    found = plain.find(wanted.plain)
    if found < 0 or (len(wanted.plain) < NUMBER_PART and plain != wanted.plain):
        return None
    start, end = kept[found], kept[found + len(wanted.plain) - 1] + 1
    return _pieces(number, [(start, end)])


def in_name(wanted: SearchText, name: str) -> list[Piece] | None:
    """The name with the parts that were asked for; None unless all of them are in there."""
    if not wanted.name_parts:
        return None
    places = [_find(part, name) for part in wanted.name_parts]
    return (
        None if any(at is None for at in places) else _pieces(name, [at for at in places if at is not None])
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A place of a transcript."""

    pieces: list[Piece]  # with what stands around it
    at: int  # where in the text its first hit begins


def in_transcript(wanted: SearchText, body: str) -> Iterator[Said]:
    """The first places of a transcript where a word that was asked for is said."""
    if not wanted.terms:
        return
    said = re.compile("|".join(f"(?:{term.pattern})" for term in wanted.terms), re.IGNORECASE)
    shown = until = 0
    for match in said.finditer(body):
        if shown == _SHOWN:
            return
        if match.start() < until:
            continue
        start, until = _margin(body, match.start(), match.end())
        places = [hit.span() for hit in said.finditer(body, match.start(), until) if hit.end() <= until]
        pieces = _pieces(body[start:until], [(a - start, b - start) for a, b in places])
        before, behind = (
            [Piece("…", False)] if start else [],
            [Piece("…", False)] if until < len(body) else [],
        )
        yield Said(pieces=[*before, *pieces, *behind], at=match.start())
        shown += 1


def line_of(body: str, at: int) -> tuple[int, int]:
    """The number of the line in which a place lies, and where in that line: a line is a segment."""
    return body.count("\n", 0, at), at - (body.rfind("\n", 0, at) + 1)


def said_at_ms(segment: Mapping[str, Any], at: int) -> int:
    """When the word at character `at` of a segment's text is said, after the transcript's zero.

    Words whose times are not known are said when their segment begins.
    """
    found, behind = int(segment["start_ms"]), 0
    for word in segment.get("words", ()):
        place = segment["text"].find(word["text"], behind)
        if place > at:
            break
        if place >= 0:
            found, behind = int(word["start_ms"]), place + len(word["text"])
    return found


def _margin(body: str, start: int, end: int) -> tuple[int, int]:
    """Around a hit, to the borders of words."""
    left, right = max(0, start - _AROUND), min(len(body), end + _AROUND)
    if left and (space := body.find(" ", left, start)) >= 0:
        left = space + 1
    if right < len(body) and (space := body.rfind(" ", end, right)) >= 0:
        right = space
    return left, right


def _find(part: str, text: str) -> tuple[int, int] | None:
    match = re.search(re.escape(part), text, re.IGNORECASE)
    return None if match is None else match.span()


def _pieces(text: str, places: Sequence[tuple[int, int]]) -> list[Piece]:
    """The text cut where `places` begin and end; they may overlap."""
    pieces: list[Piece] = []
    at = 0
    for start, end in sorted(places):
        if start > at:
            pieces.append(Piece(text[at:start], False))
        if end > max(at, start):
            pieces.append(Piece(text[max(at, start) : end], True))
        at = max(at, end)
    return [*pieces, Piece(text[at:], False)] if at < len(text) else pieces


def _plain(text: str) -> str:
    """As the database's `deskreel_plain`."""
    return "".join(character for character in text.lower() if character.isalnum())
