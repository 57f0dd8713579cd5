"""The D-Bus wire format, as far as asking for properties and hearing signals needs it. Pure.

After the D-Bus specification, sections "Marshaling" and "Message Protocol"; little-endian only, which is what
every bus on the desktops that the recorder runs on speaks.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from deskreel.core.errors import InvalidInputError

_FIXED = {"y": "<B", "n": "<h", "q": "<H", "i": "<i", "u": "<I", "x": "<q", "t": "<Q", "d": "<d", "h": "<I"}
_ALIGN = {"s": 4, "o": 4, "g": 1, "v": 1, "a": 4, "(": 8, "{": 8, "b": 4}
_HEAD = 16  # bytes up to the header fields, the length of these included
_MAX_BYTES = 1 << 24


class Kind(IntEnum):
    """Of a message."""

    CALL = 1
    ANSWER = 2
    ERROR = 3
    SIGNAL = 4


class Field(IntEnum):
    """Of a message's header."""

    PATH = 1
    INTERFACE = 2
    MEMBER = 3
    ANSWERS = 5
    DESTINATION = 6
    SIGNATURE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message."""

    kind: int  # a Kind, or one that came with a newer bus
    serial: int  # the sender's number, above 0
    fields: dict[int, Any]  # by Field
    body: tuple[Any, ...] = ()  # as the signature says

    def pack(self) -> bytes:
        """Its bytes."""
        signature = self.fields.get(Field.SIGNATURE, "")
        types = {Field.PATH: "o", Field.ANSWERS: "u", Field.SIGNATURE: "g"}
        body = _Writer()
        for kind, value in zip(_split(signature), self.body, strict=True):
            body.put(kind, value)
        fields = [(number, (types.get(Field(number), "s"), value)) for number, value in self.fields.items()]
        head = _Writer()
        for kind, value in zip(
            "yyyyuu", (ord("l"), self.kind, 0, 1, len(body.data), self.serial), strict=True
        ):
            head.put(kind, value)
        head.put("a(yv)", fields)
        head.align(8)
        return bytes(head.data + body.data)


def length(head: bytes) -> int | None:
    """How long the message is that begins with `head`; None while too little of it is known.

    Raises:
        InvalidInputError: it is none, or none of a sane size.
    """
    if len(head) < _HEAD:
        return None
    if head[:1] != b"l" or head[3] != 1:
        raise InvalidInputError("not a little-endian D-Bus message of version 1")
    body, _, fields = struct.unpack_from("<III", head, 4)
    total = (_HEAD + fields + 7) // 8 * 8 + body
    if total > _MAX_BYTES:
        raise InvalidInputError(f"a D-Bus message of {total} bytes")
    return total


def unpack(data: bytes) -> Message:
    """The message in `data`.

    Raises:
        InvalidInputError: it is damaged.
    """
    try:
        fields, at = _read("a(yv)", data, 12)
        known = dict(fields)
        at, values = (at + 7) // 8 * 8, []
        body = data[at:]
        place = 0
        for kind in _split(known.get(Field.SIGNATURE, "")):
            value, place = _read(kind, body, place)
            values.append(value)
    except (struct.error, IndexError, KeyError, UnicodeDecodeError, ValueError) as error:
        raise InvalidInputError(f"a damaged D-Bus message: {error}") from error
    return Message(
        kind=data[1], serial=struct.unpack_from("<I", data, 8)[0], fields=known, body=tuple(values)
    )


class _Writer:
    def __init__(self) -> None:
        self.data = bytearray()

    def align(self, to: int) -> None:
        self.data += bytes(-len(self.data) % to)

    def put(self, kind: str, value: Any) -> None:
        """Append `value` of the one complete type `kind`."""
        code = kind[0]
        self.align(_alignment(code))
        if code == "b":
            self.data += struct.pack("<I", bool(value))
        elif code in _FIXED:
            self.data += struct.pack(_FIXED[code], value)
        elif code in "so":
            raw = value.encode()
            self.data += struct.pack("<I", len(raw)) + raw + b"\0"
        elif code == "g":
            self.data += bytes([len(value)]) + value.encode() + b"\0"
        elif code == "v":
            self.put("g", value[0])
            self.put(*value)
        elif code == "a":
            self._put_array(kind[1:], value)
        else:
            for inner, part in zip(_split(kind[1:-1]), value, strict=True):
                self.put(inner, part)

    def _put_array(self, kind: str, values: Any) -> None:
        at = len(self.data)
        self.data += bytes(4)
        self.align(_alignment(kind[0]))
        begin = len(self.data)
        for value in values.items() if isinstance(values, dict) else values:
            self.put(kind, value)
        struct.pack_into("<I", self.data, at, len(self.data) - begin)


def _read(kind: str, data: bytes, at: int) -> tuple[Any, int]:
    """A value of the one complete type `kind` at `at`, and where it ends. Variants lose their type."""
    code = kind[0]
    step = _alignment(code)
    at = -(-at // step) * step
    if code == "b":
        return struct.unpack_from("<I", data, at)[0] != 0, at + 4
    if code in _FIXED:
        return struct.unpack_from(_FIXED[code], data, at)[0], at + struct.calcsize(_FIXED[code])
    if code in "sog":
        width = 1 if code == "g" else 4
        size = int.from_bytes(data[at : at + width], "little")
        if at + width + size >= len(data):
            raise ValueError("a text beyond the end")
        return data[at + width : at + width + size].decode(), at + width + size + 1
    if code == "v":
        inner, at = _read("g", data, at)
        (only,) = _split(inner)
        return _read(only, data, at)
    if code == "a":
        return _read_array(kind[1:], data, at)
    values: list[Any] = []
    for inner in _split(kind[1:-1]):
        value, at = _read(inner, data, at)
        values.append(value)
    return tuple(values), at


def _read_array(kind: str, data: bytes, at: int) -> tuple[Any, int]:
    size = struct.unpack_from("<I", data, at)[0]
    step = _alignment(kind[0])
    at = -(-(at + 4) // step) * step
    end = at + size
    values: list[Any] = []
    while at < end:
        value, at = _read(kind, data, at)
        values.append(value)
    return (dict(values) if kind[0] == "{" else values), at


def _alignment(code: str) -> int:
    return struct.calcsize(_FIXED[code]) if code in _FIXED else _ALIGN[code]


def _split(signature: str) -> list[str]:
    """A signature as its complete types."""
    out: list[str] = []
    at = 0
    while at < len(signature):
        end = at
        while signature[end] == "a":
            end += 1
        depth = 0
        while True:
            depth += (signature[end] in "({") - (signature[end] in ")}")
            end += 1
            if depth == 0:
                break
        out.append(signature[at:end])
        at = end
    return out
