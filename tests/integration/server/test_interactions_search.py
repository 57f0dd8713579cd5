"""What a text asks for, and where it hits: without a database."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from deskreel.server.interactions.search import Piece, in_name, in_number, in_transcript, parse_search


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
    (pieces,) = in_transcript(parse_search("refund"), body)
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
    assert [marked(p) for p in in_transcript(parse_search("card"), "cards")] == [["cards"]]


@given(number=st.text(max_size=20), typed=st.text(max_size=8))
def test_pieces_of_a_number_are_the_number(number: str, typed: str) -> None:
    pieces = in_number(parse_search(typed), number)
    if pieces is not None:
        assert "".join(piece.text for piece in pieces) == number
        assert marked(pieces)


@given(body=st.text(alphabet="ab c.'\n", max_size=300), typed=st.text(alphabet='ab "', max_size=8))
def test_what_is_shown_of_a_transcript_stands_in_it(body: str, typed: str) -> None:
    for pieces in in_transcript(parse_search(typed), body):
        assert marked(pieces)
        assert "".join(piece.text for piece in pieces).strip("…") in body
