"""What a text asks for, and where it hits: without a database."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.server.interactions.search import (
    Piece,
    fold,
    in_name,
    in_number,
    in_transcript,
    line_of,
    parse_search,
    said_at_ms,
)
from deskreel.server.recordings.transcript_parse import TranscriptDocument, plain_text, stored


def marked(pieces: list[Piece] | None) -> list[str]:
    return [piece.text for piece in pieces or () if piece.hit]


def test_words_ask_for_beginnings_and_quotes_for_the_whole() -> None:
    assert parse_search("refund").tsquery == "'refund':*"
    assert parse_search('"credit card" late').tsquery == "'credit card' & 'late':*"
    assert parse_search("e-mail").tsquery == "'e mail':*"
    assert parse_search('& ! \' \\ :* ""').tsquery is None


def test_a_number_is_found_by_any_part_however_it_is_written() -> None:
    for typed in ("30 555", "30-555", "+4930555", "(30)555"):
        assert in_number(parse_search(typed), "+49 (30) 555 0199") is not None, typed
    assert marked(in_number(parse_search("30555"), "+49 (30) 555 0199")) == ["30) 555"]
    assert marked(in_number(parse_search("ANON"), "anonymous")) == ["anon"]
    assert in_number(parse_search("555"), "+49 (30) 555 0199") is None
    assert marked(in_number(parse_search("55"), "5-5")) == ["5-5"]
    assert in_number(parse_search("555"), None) is None


def test_every_part_must_stand_in_a_name() -> None:
    assert marked(in_name(parse_search("abel ad"), "Ada Abel")) == ["Ad", "Abel"]
    assert in_name(parse_search("abel x"), "Ada Abel") is None


def test_a_transcript_shows_the_words_around_a_hit() -> None:
    body = " ".join(["before"] * 30 + ["refunds"] + ["after"] * 30)
    (place,) = in_transcript(parse_search("refund"), body)
    pieces = place.pieces
    assert body[place.at :].startswith("refunds")
    assert marked(pieces) == ["refunds"]
    shown = "".join(piece.text for piece in pieces)
    assert shown.startswith("…before")
    assert shown.endswith("after…")
    assert len(shown) < 140


def test_a_transcript_shows_three_places_at_most() -> None:
    body = ("refund " + "x " * 100) * 10
    assert len(list(in_transcript(parse_search("refund"), body))) == 3


def test_inside_a_word_is_no_hit() -> None:
    assert list(in_transcript(parse_search("card"), "discard")) == []
    assert list(in_transcript(parse_search('"card"'), "cards")) == []
    assert [marked(p.pieces) for p in in_transcript(parse_search("card"), "cards")] == [["cards"]]


@given(number=st.text(max_size=20), typed=st.text(max_size=8))
def test_pieces_of_a_number_are_the_number(number: str, typed: str) -> None:
    pieces = in_number(parse_search(typed), number)
    if pieces is not None:
        assert "".join(piece.text for piece in pieces) == number
        assert marked(pieces)


@given(body=st.text(alphabet="ab c.'\n", max_size=300), typed=st.text(alphabet='ab "', max_size=8))
def test_what_is_shown_of_a_transcript_stands_in_it(body: str, typed: str) -> None:
    for place in in_transcript(parse_search(typed), body):
        assert marked(place.pieces)
        assert "".join(piece.text for piece in place.pieces).strip("…") in body


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("uber", "Über"),
        ("über", "uber"),
        ("grosse", "Größe"),
        ("größe", "GROSSE"),
        ("strasse", "Straße"),
        ("straße", "STRASSE"),
        ("GRÖSSE", "größe"),
        ("cafe", "cafe\u0301"),
        ("naive", "naïve"),
        ("мои", "мой"),
    ],
)
def test_marks_of_letters_and_the_sharp_s_do_not_count(typed: str, text: str) -> None:
    (place,) = in_transcript(parse_search(typed), f"so {text} ist es")
    assert [unicodedata.normalize("NFC", one).rstrip("\u0301") for one in marked(place.pieces)] in (
        [text],
        [unicodedata.normalize("NFC", text)],
    )


@given(word=st.text(alphabet="aäàsßSẞcçoö", min_size=1, max_size=6))
def test_a_word_is_found_however_its_letters_are_marked(word: str) -> None:
    for typed in (word, fold(word), fold(word).upper(), word.lower()):
        (place,) = in_transcript(parse_search(typed), f"vor {word}, nach")
        assert marked(place.pieces) == [word]


def test_a_place_leads_to_its_segment_and_its_word() -> None:
    document = TranscriptDocument.model_validate(
        {
            "segments": [
                {"start_ms": 0, "end_ms": 900, "text": "Hello\nthere"},
                {
                    "start_ms": 1000,
                    "end_ms": 4000,
                    "text": "I want a refund, a big refund.",
                    "words": [
                        {"start_ms": 1000 + 400 * n, "end_ms": 1300 + 400 * n, "text": word}
                        for n, word in enumerate(["I", "want", "a", "refund,", "a", "big", "refund."])
                    ],
                },
                {"start_ms": 5000, "end_ms": 6000, "text": "No refund"},
            ]
        }
    )
    body, segments = plain_text(document), stored(document)
    found = []
    for match in re.finditer("refund|there", body):
        line, character = line_of(body, match.start())
        found.append((line, said_at_ms(segments[line], character)))
    assert found == [(0, 0), (1, 2200), (1, 3400), (2, 5000)]
