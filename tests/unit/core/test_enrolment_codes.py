"""User codes: what is shown can be typed back, however a person writes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.enrolment import ALPHABET, RANDOM_BYTES, UnknownCodeError, make_user_code, parse_user_code

codes = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES).map(make_user_code)


def test_codes_look_as_rfc_8628_shows_them() -> None:
    assert make_user_code(b"\0" * RANDOM_BYTES) == "BBBB-BBBB"
    assert make_user_code(bytes(range(RANDOM_BYTES))) != make_user_code(bytes(range(1, RANDOM_BYTES + 1)))
    assert not set("AEIOUY0123456789") & set(ALPHABET)


@given(codes, st.booleans(), st.sampled_from(["", " ", "-", " - ", "\t"]))
def test_a_shown_code_is_understood_however_it_is_typed(code: str, lower: bool, between: str) -> None:
    typed = f" {between.join(code.replace('-', ''))} "
    assert parse_user_code(typed.lower() if lower else typed) == code


@given(st.text(max_size=12))
def test_what_is_parsed_is_a_code_or_refused(text: str) -> None:
    try:
        code = parse_user_code(text)
    except UnknownCodeError:
        return
    assert code[4] == "-"
    assert set(code.replace("-", "")) <= set(ALPHABET)
    assert parse_user_code(code) == code


@pytest.mark.parametrize("text", ["", "WDJB", "WDJB-MJHTX", "WDJB-MJHA", "WDJB-MJH1"])
def test_what_is_no_code_says_so(text: str) -> None:
    with pytest.raises(UnknownCodeError, match="eight letters"):
        parse_user_code(text)


def test_randomness_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="3 random bytes"):
        make_user_code(b"abc")
