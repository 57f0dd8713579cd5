"""FakePbx: a TCP server that plays a captured AMI stream as the Asterisk did that it was captured from.

It signs clients in, answers what a user with least rights may ask from the state that the capture has reached, and
refuses the rest. What happens while nobody is connected is lost, as with the real one. Faults are drawn from a seed
and counted, so that a test can assert that they happened.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deskreel.core.time import FAR_FUTURE, WallTime
from deskreel.testing.pbx_state import Fields, PbxState

_BANNER = b"Asterisk Call Manager/11.0.0\r\n"
_CHALLENGE = "164223871"


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong on the way, and how much."""

    seed: int = 0
    split: float = 0.0  # share of writes that are cut at a random place, inside a message as a rule
    merge: float = 0.0  # share of messages that wait for the next one and go out with it
    delay: float = 0.0  # share of messages that come late
    delay_s: float = 0.02  # by up to so much, in real time
    drop_after: int | None = None  # the connection breaks after so many events of the capture
    away: int = 0  # and nobody can connect until so many more have passed


@dataclass(slots=True, kw_only=True)
class Fired:
    """How often each fault has happened."""

    splits: int = 0
    merges: int = 0
    delays: int = 0
    drops: int = 0
    lost: int = 0  # events that happened while nobody was connected
    refused: int = 0  # actions that were refused


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """One event of the capture."""

    at: float  # s after the first byte, when it came
    stamp: WallTime  # when it happened
    raw: bytes
    fields: Fields


@dataclass(slots=True, kw_only=True, eq=False)
class _Connection:
    writer: asyncio.StreamWriter
    signed_in: bool = False
    waiting: bytearray = field(
        default_factory=bytearray
    )  # held back by a merge or a split; goes out before all else


class FakePbx:
    """Use as an async context manager; then `play`."""

    def __init__(
        self,
        capture: Path,
        *,
        speed: float = 10.0,
        faults: Faults | None = None,
        users: Mapping[str, str] | None = None,
        challenge: bool = True,
        timestamps: bool = True,
        port: int = 0,
        rewrite: Callable[[bytes], bytes] = lambda raw: raw,
    ) -> None:
        """`capture` is a `NAME.ami.txt` with its `NAME.ami.recv.jsonl` beside it; `users` maps names to secrets.

        Without `timestamps` events come as from a PBX without `timestampevents`. `rewrite` may change each event.
        """
        self._moments = _moments(capture, timestamps, rewrite)
        self.began_at, self.ended_at = _bounds(capture)  # of the capture, on its own clock
        self._speed, self._faults, self._challenge = speed, faults or Faults(), challenge
        self._users = dict(users or {"deskreel": "secret"})
        self._rng = random.Random(self._faults.seed)  # noqa: S311 - a test double's dice
        self._started: float | None = None
        self._next_at = self._clock_at = self.began_at  # of the next event; the clock's last reading
        self._connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        self._port = port
        self._back = asyncio.Event()  # a client has asked all that it asks after a drop
        self.state = PbxState()
        self.fired = Fired()
        self.over = False  # the capture has been played
        self.asked: list[str] = []  # actions that came, in order

    async def __aenter__(self) -> FakePbx:
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._away()

    @property
    def length(self) -> int:
        """How many events the capture has."""
        return len(self._moments)

    @property
    def port(self) -> int:
        """Where it listens, on loopback."""
        return self._port

    def clock(self) -> WallTime:
        """The time at the PBX: the capture's, at the speed at which it is played.

        It stands still rather than pass an event that is late, so that what it says is never older than its clock.
        """
        passed = 0.0 if self._started is None else (time.monotonic() - self._started) * self._speed
        now = min(self.began_at + int(passed * 1000), self._next_at)
        self._clock_at = max(self._clock_at, WallTime(now))
        return self._clock_at

    async def play(self) -> None:
        """Play the capture to its end, and then go away for good, without a word.

        If it broke a connection, somebody has to come back before it goes.
        """
        self._started = time.monotonic()
        faults = self._faults
        back_at = None
        for number, moment in enumerate(self._moments):
            await asyncio.sleep(max(0.0, self._started + moment.at / self._speed - time.monotonic()))
            if back_at is not None and number >= back_at:
                await self._listen()
                back_at = None
            self.state.see(moment.fields)
            ahead = self._moments[number + 1].stamp if number + 1 < len(self._moments) else FAR_FUTURE
            self._next_at = max(moment.stamp, ahead)
            self._clock_at = max(self._clock_at, moment.stamp)
            await self._send(moment.raw)
            if number + 1 == faults.drop_after:
                self.fired.drops += 1
                await self._away()
                back_at = number + 1 + faults.away
        if back_at is not None:
            await self._listen()
        if self.fired.drops:
            async with asyncio.timeout(10):
                await self._back.wait()
        self.over = True
        await self._away()

    # --- connections --------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _away(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in list(self._connections):
            _flush(connection)
            connection.writer.close()
            with contextlib.suppress(OSError):
                await connection.writer.wait_closed()
        self._connections.clear()

    async def _send(self, raw: bytes) -> None:
        signed_in = [connection for connection in self._connections if connection.signed_in]
        if not signed_in:
            self.fired.lost += 1
        if self._rng.random() < self._faults.delay:
            self.fired.delays += 1
            await asyncio.sleep(self._rng.uniform(0, self._faults.delay_s))
        for connection in signed_in:
            connection.waiting += raw
            if self._rng.random() < self._faults.merge:
                self.fired.merges += 1
                continue
            if self._rng.random() < self._faults.split:
                self.fired.splits += 1
                cut = self._rng.randrange(1, len(connection.waiting))
                connection.writer.write(bytes(connection.waiting[:cut]))
                del connection.waiting[:cut]
                await asyncio.sleep(0.001)  # a packet of its own
            _flush(connection)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(writer=writer)
        self._connections.add(connection)
        writer.write(_BANNER)
        try:
            while True:
                block = await reader.readuntil(b"\r\n\r\n")
                if not self._answer(connection, _fields(block)):
                    break
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self._connections.discard(connection)
            writer.close()

    # --- actions ------------------------------------------------------------------------------------------------

    def _answer(self, connection: _Connection, action: Fields) -> bool:
        """Answer an action; false when the client signs off."""
        name, number = action.get("Action", ""), ("ActionID", action.get("ActionID", ""))
        self.asked.append(name)

        def say(*fields: tuple[str, str]) -> None:
            _flush(connection)
            lines = [f"{key}: {value}\r\n" for key, value in (*fields[:1], number, *fields[1:])]
            connection.writer.write("".join(lines).encode() + b"\r\n")

        def refuse(why: str) -> None:
            self.fired.refused += 1
            say(("Response", "Error"), ("Message", why))

        def listing(what: str, events: list[list[tuple[str, str]]]) -> None:
            say(("Response", "Success"), ("EventList", "start"), ("Message", "will follow"))
            for event in events:
                say(*event)
            say(("Event", f"{what}Complete"), ("EventList", "Complete"), ("ListItems", str(len(events))))

        match name:
            case "Challenge" if self._challenge:
                say(("Response", "Success"), ("Challenge", _CHALLENGE))
            case "Challenge":
                refuse("Must specify AuthType")
            case "Login" if self._right(action):
                connection.signed_in = True
                say(("Response", "Success"), ("Message", "Authentication accepted"))
                say(("Event", "FullyBooted"), ("Privilege", "system,all"), ("Status", "Fully Booted"))
            case "Login":
                refuse("Authentication failed")
            case "Logoff":
                say(("Response", "Goodbye"), ("Message", "Thanks for all the fish."))
                return False
            case _ if not connection.signed_in:
                refuse("Permission denied")
            case "Ping":
                say(("Response", "Success"), ("Ping", "Pong"), ("Timestamp", f"{self.clock() / 1000:.6f}"))
            case "Status":
                listing("Status", self.state.status(filter(None, action.get("Variables", "").split(","))))
            case "CoreShowChannels":
                listing("CoreShowChannels", self.state.core_show_channels())
            case "QueueStatus":
                listing("QueueStatus", self.state.queue_status())
                if self.fired.drops:
                    self._back.set()
            case _:
                refuse("Permission denied")
        return True

    def _right(self, action: Fields) -> bool:
        secret = self._users.get(action.get("Username", ""))
        if secret is None:
            return False
        if "Key" in action:
            proof = hashlib.md5((_CHALLENGE + secret).encode(), usedforsecurity=False).hexdigest()
            return action["Key"] == proof
        return action.get("Secret") == secret


def _flush(connection: _Connection) -> None:
    connection.writer.write(bytes(connection.waiting))
    connection.waiting.clear()


def _fields(block: bytes) -> Fields:
    lines = block.decode().split("\r\n")
    return {key: value.strip() for key, colon, value in (line.partition(":") for line in lines) if colon}


def _arrivals(capture: Path) -> list[dict[str, float]]:
    text = capture.with_name(capture.name.removesuffix(".txt") + ".recv.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def _bounds(capture: Path) -> tuple[WallTime, WallTime]:
    rows = _arrivals(capture)
    first, last = (int(row["recv"] * 1000 + 0.001) for row in (rows[0], rows[-1]))
    return WallTime(first), WallTime(last)


def _moments(capture: Path, timestamps: bool, rewrite: Callable[[bytes], bytes]) -> list[_Moment]:
    """The events of a capture; banner and answers are ours to give."""
    stream, rows = capture.read_bytes(), _arrivals(capture)
    out: list[_Moment] = []
    for row in rows:
        raw = stream[int(row["offset"]) : int(row["offset"] + row["len"])]
        if not raw.startswith(b"Event: ") or raw.startswith(b"Event: FullyBooted"):
            continue
        stamp = WallTime(int(float(_fields(raw).get("Timestamp", row["recv"])) * 1000 + 0.001))
        if not timestamps:
            lines = [line for line in raw.split(b"\r\n") if not line.startswith(b"Timestamp:")]
            raw = b"\r\n".join(lines)
        raw = rewrite(raw)
        at = row["recv"] - rows[0]["recv"]
        out.append(_Moment(at=at, stamp=stamp, raw=raw, fields=_fields(raw)))
    return out
