"""AMI's wire format: bytes to messages and back. Pure.

A message is lines `Key: value`, ended by an empty line, all with CRLF; the same key may stand in it many times. A
connection begins with one line, the banner. Packets may be split and joined anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from deskreel.core.errors import DeskreelError
from deskreel.core.time import WallTime

BANNER = b"Asterisk Call Manager/"
MAX_MESSAGE = 256 * 1024  # bytes; the longest that Asterisk sends are some tens of kB
_END = b"\r\n\r\n"


class AmiProtocolError(DeskreelError):
    """What answers is no AMI, or speaks it wrongly."""

    code = "ami_protocol"
    status = 502
    title = "This is not an Asterisk manager interface"
    retryable = True
    hint = "Check host and port: AMI listens on 5038, or 5039 with TLS, and only if manager.conf enables it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, with its repeated keys."""

    fields: tuple[tuple[str, str], ...]  # in the order in which they came
    received_at: WallTime

    def get(self, key: str) -> str:
        """The first value of a key, empty when there is none."""
        return next((value for known, value in self.fields if known == key), "")

    def all(self, key: str) -> list[str]:
        """Every value of a key."""
        return [value for known, value in self.fields if known == key]

    @property
    def occurred_at(self) -> WallTime:
        """When it happened: by the PBX's clock with `timestampevents`, else when it came; never later than that."""
        seconds, _, fraction = self.get("Timestamp").partition(".")
        if not (seconds.isdecimal() and fraction.isdecimal()):
            return self.received_at
        return WallTime(min(int(seconds) * 1000 + int(fraction[:3].ljust(3, "0")), self.received_at))

    @property
    def stamp(self) -> str:
        """What tells two events of one kind apart; the same for every client of a PBX with `timestampevents`."""
        return self.get("Timestamp") or f"r{self.received_at}"

    @property
    def event(self) -> str:
        """Its event's name, empty for an answer."""
        return self.get("Event")


class Parser:
    """Takes bytes as they come, gives whole messages."""

    def __init__(self, *, banner: bool = True) -> None:
        self._rest = b""
        self._banner = banner  # whether the banner is still to come
        self.version = ""  # of the protocol, by the banner

    def feed(self, data: bytes, received_at: WallTime) -> list[Message]:
        """The messages that `data` completes.

        Raises:
            AmiProtocolError: no banner where it should be, or a message without end.
        """
        self._rest += data
        if self._banner and not self._take_banner():
            return []
        *whole, self._rest = self._rest.split(_END)
        if len(self._rest) > MAX_MESSAGE:
            raise AmiProtocolError(f"a message of more than {MAX_MESSAGE} bytes")
        return [message for block in whole if (message := _message(block, received_at)).fields]

    def _take_banner(self) -> bool:
        head = self._rest[: len(BANNER)]
        if head != BANNER[: len(head)]:
            raise AmiProtocolError(f"it begins with {head[:20]!r}")
        line, end, rest = self._rest.partition(b"\r\n")
        if not end:
            if len(line) > 200:
                raise AmiProtocolError("a banner without end")
            return False
        self.version, self._rest, self._banner = line[len(BANNER) :].decode("ascii", "replace"), rest, False
        return True


def _message(block: bytes, received_at: WallTime) -> Message:
    lines = block.decode("utf-8", "replace").split("\r\n")
    fields = tuple(
        (key, value.lstrip()) for key, colon, value in (line.partition(":") for line in lines) if colon
    )
    return Message(fields=fields, received_at=received_at)


def dump(fields: Iterable[tuple[str, str]] | Mapping[str, str]) -> bytes:
    """A message as bytes. Line breaks in a value, which would begin another field, become spaces."""
    items = fields.items() if isinstance(fields, Mapping) else fields
    lines = [f"{key}: {' '.join(value.splitlines())}" for key, value in items]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
