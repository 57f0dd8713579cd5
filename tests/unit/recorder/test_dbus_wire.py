from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.errors import InvalidInputError
from deskreel.recorder.screen.dbus_wire import Field, Kind, Message, length, unpack

# as sent by `busctl`-like clients: Hello, from the D-Bus specification's layout, written out by hand
HELLO = (
    b"l\x01\x00\x01" + struct.pack("<III", 0, 1, 0x6E)
    + b"\x01\x01o\x00" + struct.pack("<I", 21) + b"/org/freedesktop/DBus\x00" + b"\x00\x00"
    + b"\x02\x01s\x00" + struct.pack("<I", 20) + b"org.freedesktop.DBus\x00" + b"\x00\x00\x00"
    + b"\x03\x01s\x00" + struct.pack("<I", 5) + b"Hello\x00" + b"\x00\x00"
    + b"\x06\x01s\x00" + struct.pack("<I", 20) + b"org.freedesktop.DBus\x00" + b"\x00\x00\x00"
)  # fmt: skip

FIELDS: dict[int, Any] = {
    Field.PATH: "/org/freedesktop/DBus",
    Field.INTERFACE: "org.freedesktop.DBus",
    Field.MEMBER: "Hello",
    Field.DESTINATION: "org.freedesktop.DBus",
}


def test_a_call_is_laid_out_as_the_specification_says():
    packed = Message(kind=Kind.CALL, serial=1, fields=dict(FIELDS)).pack()
    assert packed[:12] == HELLO[:12]
    assert packed[16:] == HELLO[16:]
    assert length(packed) == len(packed)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
variants = st.one_of(
    texts.map(lambda v: ("s", v)),
    st.booleans().map(lambda v: ("b", v)),
    st.integers(0, 2**32 - 1).map(lambda v: ("u", v)),
    st.integers(-(2**63), 2**63 - 1).map(lambda v: ("x", v)),
    st.lists(texts, max_size=4).map(lambda v: ("as", v)),
    st.tuples(st.integers(0, 255), texts).map(lambda v: ("(ys)", v)),
)


@given(
    texts,
    st.dictionaries(texts, variants, max_size=5),
    st.lists(texts, max_size=4),
    st.integers(1, 2**32 - 1),
)
def test_what_is_packed_is_read_again(name: str, state: dict, gone: list[str], serial: int):
    fields: dict[int, Any] = {**FIELDS, Field.SIGNATURE: "sa{sv}as"}
    data = Message(kind=Kind.SIGNAL, serial=serial, fields=fields, body=(name, state, gone)).pack()
    assert length(data) == len(data)
    assert length(data[:15]) is None
    back = unpack(data)
    assert (back.kind, back.serial, back.fields) == (Kind.SIGNAL, serial, fields)
    assert back.body == (name, {key: value for key, (_, value) in state.items()}, gone)


@given(st.binary(max_size=60), st.integers(0, 160))
def test_damage_is_an_error_of_ours(junk: bytes, at: int):
    good = Message(kind=Kind.CALL, serial=1, fields={**FIELDS, Field.SIGNATURE: "s"}, body=("x",)).pack()
    damaged = good[:at] + junk + good[at + len(junk) :]
    for data in (damaged, good[:at]):
        try:
            size = length(data)
            if size is not None and len(data) >= size:
                unpack(data[:size])
        except InvalidInputError:
            pass


@pytest.mark.parametrize("head", [b"B" + bytes(15), b"l\x01\x00\x02" + bytes(12)])
def test_other_protocols_are_refused(head: bytes):
    with pytest.raises(InvalidInputError):
        length(head)


def test_a_message_of_a_size_beyond_reason_is_refused():
    with pytest.raises(InvalidInputError):
        length(b"l\x01\x00\x01" + struct.pack("<III", 2**31, 1, 0))
