"""The region's key pair: recorders wrap their keys for the public half, only the region's gateways hold the private.

Wrapping is HPKE (RFC 9180: DHKEM X25519, HKDF-SHA256, AES-256-GCM) with the screen recording in its `info`, so
that a wrapped key opens nothing of another recording. Keys are known by an id, so that a gateway may hold several
while they are rotated: give the gateways the new private key first (in front of the old ones), then the servers the
new public key, and drop the old private key when no recorder holds chunks sealed for it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from deskreel.core.errors import ConflictError, DeskreelError, SettingsError
from deskreel.core.ids import ScreenRecordingId
from deskreel.storage.signing import write_new

KEY_ID_BYTES = 16
SECRET_BYTES = 32
WRAPPED_BYTES = 32 + SECRET_BYTES + 16  # the encapsulated key, the secret, its tag
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_INFO = b"deskreel sealed 1 "
_PRIVATE_FILE = "region-key.pem"
_PUBLIC_FILE = "region-key.pub"
_PEM = re.compile(rb"-----BEGIN [A-Z ]+-----.+?-----END [A-Z ]+-----", re.DOTALL)


class UnknownRegionKeyError(ConflictError):
    """Sealed for a key that this gateway does not hold."""

    code = "unknown_region_key"
    title = "The chunk is sealed for a key that the gateway does not have"
    hint = (
        "Give the gateway that private key in DESKREEL_REGION_KEYS; the recorder keeps its chunks until then."
    )


class BadSealError(DeskreelError):
    """Sealed bytes that do not open, or not as what they are sent."""

    code = "bad_seal"
    status = 422
    title = "The sealed bytes do not open"
    hint = "They were changed or belong to another recording: the recorder puts the chunk into quarantine."


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionPublicKey:
    """The half that everyone may know."""

    raw: bytes  # 32

    @staticmethod
    def parse(text: str) -> RegionPublicKey:
        """From base64url, with or without padding.

        Raises:
            SettingsError: it is no X25519 public key.
        """
        try:
            raw = base64.b64decode(
                text.strip() + "=" * (-len(text.strip()) % 4), altchars=b"-_", validate=True
            )
            X25519PublicKey.from_public_bytes(raw)
        except (ValueError, binascii.Error) as error:
            raise SettingsError(f"{text[:60]!r} is no X25519 public key in base64url") from error
        return RegionPublicKey(raw=raw)

    @property
    def text(self) -> str:
        """As base64url without padding, the way it stands in orders and settings."""
        return base64.urlsafe_b64encode(self.raw).decode().rstrip("=")

    @property
    def key_id(self) -> bytes:
        """By which sealed bytes name it."""
        return hashlib.sha256(self.raw).digest()[:KEY_ID_BYTES]

    def wrap(self, secret: bytes, recording: ScreenRecordingId) -> bytes:
        """`secret` for the holder of the private half; other bytes every time."""
        public = X25519PublicKey.from_public_bytes(self.raw)
        return _SUITE.encrypt(secret, public, info=_INFO + recording.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionKeys:
    """The private keys that a gateway opens with."""

    newest: RegionPublicKey  # what recorders are to seal for
    keys: dict[bytes, X25519PrivateKey] = field(repr=False)  # by key id

    @staticmethod
    def of(*private: X25519PrivateKey) -> RegionKeys:
        """From keys, the newest first."""
        by_public = {RegionPublicKey(raw=key.public_key().public_bytes_raw()): key for key in private}
        return RegionKeys(
            newest=next(iter(by_public)), keys={public.key_id: key for public, key in by_public.items()}
        )

    @staticmethod
    def generate() -> RegionKeys:
        """A new one."""
        return RegionKeys.of(X25519PrivateKey.generate())

    @staticmethod
    def load(path: Path) -> RegionKeys:
        """From a file with one or several private keys in PEM, the newest first.

        Raises:
            SettingsError: it cannot be read, others may read it, or it holds anything but X25519 keys.
        """
        try:
            if path.stat().st_mode & 0o077:
                raise SettingsError(f"{path} can be read by others", hint=f"Run: chmod 600 {path}")
            blocks = _PEM.findall(path.read_bytes())
            keys = [serialization.load_pem_private_key(block, password=None) for block in blocks]
        except OSError as error:
            raise SettingsError(f"{path}: {error.strerror}") from error
        except (ValueError, TypeError) as error:
            raise SettingsError(f"{path} is no private key in PEM without a password") from error
        private = [key for key in keys if isinstance(key, X25519PrivateKey)]
        if not private or len(private) < len(keys):
            raise SettingsError(f"{path} must hold X25519 private keys and nothing else")
        return RegionKeys.of(*private)

    @staticmethod
    def load_or_create(directory: Path) -> RegionKeys:
        """The key kept in `directory`, made at the first call; two processes that start at once get the same.

        The public half lies beside it, as it goes into DESKREEL_REGION_PUBLIC_KEY.

        Raises:
            SettingsError: see `load`; or the directory cannot be written.
        """
        path = directory / _PRIVATE_FILE
        try:
            directory.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                write_new(path, _pem(X25519PrivateKey.generate()))
            keys = RegionKeys.load(path)
            public = directory / _PUBLIC_FILE
            if not public.exists():
                public.write_text(keys.newest.text + "\n")
        except OSError as error:
            raise SettingsError(f"{path}: {error.strerror}") from error
        return keys

    def unwrap(self, key_id: bytes, wrapped: bytes, recording: ScreenRecordingId) -> bytes:
        """The secret that `RegionPublicKey.wrap` wrapped.

        Raises:
            UnknownRegionKeyError: for another key.
            BadSealError: not by `wrap`, changed, or for another recording.
        """
        private = self.keys.get(key_id)
        if private is None:
            raise UnknownRegionKeyError(f"sealed for the region key {key_id.hex()}")
        try:
            return _SUITE.decrypt(wrapped, private, info=_INFO + recording.encode())
        except InvalidTag as error:
            raise BadSealError("the wrapped key does not open") from error


def _pem(key: X25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
