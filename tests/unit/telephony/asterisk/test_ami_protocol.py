"""AMI's wire format: any packet splitting, repeated keys, limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.time import WallTime
from deskreel.telephony.asterisk.protocol import MAX_MESSAGE, AmiProtocolError, Message, Parser, dump
from support.asterisk import capture

NOW = WallTime(1_795_325_284_000)
STREAM = capture("answered_acw").read_bytes()
WHOLE = Parser().feed(STREAM, NOW)


@given(st.lists(st.integers(0, len(STREAM)), max_size=40))
def test_packets_may_be_split_anywhere(cuts: list[int]) -> None:
    parser, out, at = Parser(), list[Message](), 0
    for cut in [*sorted(cuts), len(STREAM)]:
        out += parser.feed(STREAM[at:cut], NOW)
        at = cut
    assert out == WHOLE


def test_byte_by_byte() -> None:
    parser = Parser()
    out = [m for at in range(3000) for m in parser.feed(STREAM[at : at + 1], NOW)]
    assert out == WHOLE[: len(out)]
    assert parser.version == "11.0.0"


def test_repeated_keys_are_kept() -> None:
    parser = Parser(banner=False)
    (message,) = parser.feed(b"Event: Status\r\nVariable: A=1\r\nVariable: B=\r\n\r\n", NOW)
    assert message.all("Variable") == ["A=1", "B="]
    assert message.get("Variable") == "A=1"
    assert message.get("nothing") == ""


def test_what_is_no_ami_is_refused_at_once() -> None:
    with pytest.raises(AmiProtocolError, match="HTTP"):
        Parser().feed(b"HTTP/1.1 400 Bad Request\r\n", NOW)
    with pytest.raises(AmiProtocolError):
        Parser().feed(b"Asterisk Call Manager/" + b"9" * 300, NOW)


def test_a_message_without_end_is_refused() -> None:
    parser = Parser(banner=False)
    lines = b"Key: value\r\n" * (MAX_MESSAGE // 24)
    assert parser.feed(lines, NOW) == []
    with pytest.raises(AmiProtocolError, match="more than"):
        parser.feed(lines * 2, NOW)


@given(st.binary(max_size=400))
def test_any_bytes_are_messages_or_a_clear_error(data: bytes) -> None:
    for parser in (Parser(banner=False), Parser()):
        try:
            parser.feed(data, NOW)
        except AmiProtocolError as error:
            assert error.hint_text  # noqa: PT017 - whatever else is raised fails the test


def test_nothing_happens_later_than_it_is_heard_of() -> None:
    def at(stamp: str) -> int:
        return Message(fields=(("Timestamp", stamp),), received_at=NOW).occurred_at

    assert at("1795325283.586500") == 1_795_325_283_586
    assert at("1795325999.0") == NOW
    assert at("soon") == NOW


def test_a_value_cannot_smuggle_a_field_in() -> None:
    assert dump({"Action": "Login", "Secret": "x\r\nAction: Command"}).count(b"\r\n") == 3
