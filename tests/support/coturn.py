"""A real TURN server: Debian's coturn with deploy/coturn.conf, on loopback, with a CA of the test's own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deskreel.core.live import TurnServer
from support.authority import make_authority

CONFIG = Path(__file__).resolve().parents[2] / "deploy" / "coturn.conf"
LOOPBACK = ("127.0.0.1", "::1")
_NAMES = ("localhost", "ip6-localhost")
_BINDING = bytes.fromhex("000100002112a442") + b"deskreeltest"  # a STUN binding request
_LOOPBACK_PEERS = ("allow-loopback-peers",)
_READY_S = 10.0


class Coturn:
    """One TURN server; `stop` and `start` again at will, the ports stay."""

    def __init__(self, folder: Path, *, addresses: Sequence[str], lines: Sequence[str], host: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.host = host
        self.secret = secrets.token_hex(16)
        self.secret_file = folder / "turn-secret"  # as the region's turn_secret_file
        self.secret_file.write_text(self.secret + "\n")
        self.secret_file.chmod(0o600)
        self.addresses = tuple(addresses)
        self.port, self.tls_port = _free_ports(self.addresses[0])
        self.ca, chain, key = make_authority(folder, (host, *_NAMES), self.addresses)
        self.log = folder / "coturn.log"
        self._file = folder / "coturn.conf"
        ours = [
            f"listening-port={self.port}",
            f"tls-listening-port={self.tls_port}",
            f"static-auth-secret={self.secret}",
            f"cert={chain}",
            f"pkey={key}",
            f"pidfile={folder / 'coturn.pid'}",
            f"userdb={folder / 'turndb'}",
            "log-file=stdout",
            *(f"listening-ip={one}" for one in self.addresses),
            *(f"relay-ip={one}" for one in self.addresses),
        ]
        self._file.write_text(overridden(CONFIG.read_text(), [*ours, *lines]))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, command: Sequence[str] = ()) -> None:
        """Start it and wait until it answers; `command` goes before it, such as `ip netns exec`."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "turnserver", "-c", str(self._file)], stdout=log, stderr=log
            )
        if not command:
            self._wait(self._process)

    def stop(self) -> None:
        """End it at once, by its id, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def server(
        self, subject: str = "test", *, lifetime_s: int = 600, secret: str | None = None
    ) -> TurnServer:
        """As the server tells of it, with a credential; a lifetime below zero has expired."""
        username = f"{int(time.time()) + lifetime_s}:{subject}"
        digest = hmac.digest((secret or self.secret).encode(), username.encode(), hashlib.sha1)
        return TurnServer(
            host=self.host,
            username=username,
            password=base64.b64encode(digest).decode(),
            port=self.port,
            tls_port=self.tls_port,
        )

    def region_lines(self) -> str:
        """The lines of a regions file about it."""
        return (
            f'turn_host = "{self.host}"\nturn_port = {self.port}\nturn_tls_port = {self.tls_port}\n'
            f'turn_secret_file = "{self.secret_file}"\n'
        )

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        """Until both listeners take connections and, if there is UDP, it answers a binding request."""
        udp = "no-udp" not in self._file.read_text().split()
        deadline = time.monotonic() + _READY_S
        while time.monotonic() < deadline:
            if process.poll() is not None:
                break
            ready = all(
                _connects(address, port) for address in self.addresses for port in (self.port, self.tls_port)
            )
            if ready and (not udp or all(_answers(address, self.port) for address in self.addresses)):
                return
        self.stop()
        raise AssertionError(f"coturn did not start:\n{self.log.read_text()[-3000:]}")


@contextmanager
def coturn(
    folder: Path,
    *,
    addresses: Sequence[str] = LOOPBACK,
    host: str = "localhost",
    lines: Sequence[str] = (),
    peers: Sequence[str] = _LOOPBACK_PEERS,
) -> Iterator[Coturn]:
    """A running one. `lines` replace those of deploy/coturn.conf with the same key; `peers` stand in place of its
    rules on whom the relay talks to: by default anybody, on loopback too.
    """
    made = Coturn(folder, addresses=addresses, lines=[*lines, *peers], host=host)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def overridden(config: str, lines: Sequence[str]) -> str:
    """A configuration without its remarks, with some lines replaced.

    A line of no value, such as `no-udp`, is added. Rules on peers are replaced as a whole.
    """
    keys = {line.partition("=")[0] for line in lines} | {"syslog", "denied-peer-ip", "allowed-peer-ip"}
    kept = [line for line in config.splitlines() if line and not line.startswith("#")]
    return "\n".join([*(line for line in kept if line.partition("=")[0] not in keys), *lines, ""])


def _free_ports(address: str) -> tuple[int, int]:
    """Two ports that are free for TCP and UDP."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    found: list[int] = []
    while len(found) < 2:
        with socket.socket(family) as tcp, socket.socket(family, socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind((address, 0))
                udp.bind((address, tcp.getsockname()[1]))
            except OSError:
                continue
            if tcp.getsockname()[1] not in found:
                found.append(tcp.getsockname()[1])
    return found[0], found[1]


def _connects(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=1).close()
    except OSError:
        return False
    return True


def _answers(address: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(0.2)
        try:
            client.sendto(_BINDING, (address, port))
            return client.recv(1500)[:2] == b"\x01\x01"
        except OSError:
            return False
