"""Media tokens: grants signed by the server and checked by gateways.

A token is a JWT signed with Ed25519 (`alg` "Ed25519", RFC 9864); its `kid` is the thumbprint of the public
key (RFC 7638), so that a gateway can hold several and keys can be rotated: give the gateways the new public
key first, then sign with it, and drop the old one when its last token has expired.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast, get_args

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, OKPKey

from deskreel.core.errors import SettingsError, TokenError, TokenExpiredError
from deskreel.core.time import WallTime
from deskreel.core.tokens import Grant, Purpose

_ALGORITHM = "Ed25519"
_PRIVATE_FILE = "media-token-key.pem"
_PUBLIC_FILE = "media-token-key.pub.pem"
_MAX_TOKEN_CHARS = 64 * 1024  # a play token of hours with hundreds of pauses has about 20 KB


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKeys:
    """The public keys whose signatures count."""

    keys: KeySet = field(repr=False)

    @staticmethod
    def load(sources: Iterable[str | bytes | Path]) -> PublicKeys:
        """From PEM, JWK or JWK set, each as text or as the path of a file.

        Raises:
            SettingsError: a source cannot be read, is no Ed25519 key, or there is none.
        """
        keys: list[Key] = [key for source in sources for key in _import_public(source)]
        if not keys:
            raise SettingsError("no public key for media tokens")
        return PublicKeys(keys=KeySet(keys))

    def to_jwks(self) -> dict[str, Any]:
        """As a JWK set (RFC 7517), to publish."""
        return cast(dict[str, Any], self.keys.as_dict(private=False))

    def __or__(self, other: PublicKeys) -> PublicKeys:
        """Both sets together."""
        return PublicKeys(keys=KeySet([*self.keys.keys, *other.keys.keys]))


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """The server's private key."""

    key: OKPKey = field(repr=False)
    kid: str  # thumbprint of the public half

    @staticmethod
    def generate() -> SigningKey:
        """A new one."""
        key = OKPKey.generate_key("Ed25519")
        return SigningKey(key=key, kid=key.thumbprint())

    @property
    def public(self) -> PublicKeys:
        """The public half."""
        return PublicKeys.load([self.public_pem])

    @property
    def public_pem(self) -> bytes:
        """The public half as PEM, for the gateways."""
        return self.key.as_pem(private=False)


def load_or_create_keypair(directory: Path) -> SigningKey:
    """The key kept in `directory`, made at the first call; the private file is readable by its owner only.

    Two processes that start at once end with the same key. The public half lies beside it, for the gateways.

    Raises:
        SettingsError: the file is no Ed25519 key, others may read it, or the directory cannot be written.
    """
    path = directory / _PRIVATE_FILE
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            write_new(path, SigningKey.generate().key.as_pem(private=True))
        if path.stat().st_mode & 0o077:
            raise SettingsError(f"{path} can be read by others", hint=f"Run: chmod 600 {path}")
        key = OKPKey.import_key(path.read_bytes())
        if key.curve_name != "Ed25519" or not key.is_private:
            raise SettingsError(f"{path} is no private Ed25519 key")
        signing = SigningKey(key=key, kid=key.thumbprint())
        public = directory / _PUBLIC_FILE
        if not public.exists():
            public.write_bytes(signing.public_pem)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except (ValueError, JoseError) as error:
        raise SettingsError(f"{path} is no Ed25519 key in PEM") from error
    return signing


def sign_grant(key: SigningKey, grant: Grant) -> str:
    """A token that carries the grant; URL-safe, so that it may stand in a path."""
    header = {"alg": _ALGORITHM, "kid": key.kid, "typ": "JWT"}
    return jwt.encode(header, grant.claims(), key.key, algorithms=[_ALGORITHM])


def verify_grant(public_keys: PublicKeys, token: str, now: WallTime) -> Grant:
    """The grant of a token whose signature holds and which has not expired at `now`.

    Raises:
        TokenExpiredError: it was good until its time came.
        TokenError: it is malformed, signed by no key of ours, or carries no grant.
    """
    if len(token) > _MAX_TOKEN_CHARS:
        raise TokenError("the token is too long")
    try:
        claims = jwt.decode(token, public_keys.keys, algorithms=[_ALGORITHM]).claims
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise TokenError("the token is malformed or its signature does not hold") from error
    grant = Grant.from_claims(claims)
    if grant.purpose not in get_args(Purpose):
        raise TokenError("the token is for a purpose that this program does not know")
    if grant.expires_at <= now:
        raise TokenExpiredError
    return grant


def _import_public(source: str | bytes | Path) -> list[OKPKey]:
    name = str(source) if isinstance(source, Path) else "a public key"
    try:
        data = source.read_bytes() if isinstance(source, Path) else source
        text = data.decode() if isinstance(data, bytes) else data
        if not text.lstrip().startswith("{"):
            raw: list[str | dict[str, Any]] = [text]
        else:
            loaded: dict[str, Any] = json.loads(text)
            raw = loaded.get("keys", [loaded])
        return [_public_half(OKPKey.import_key(one)) for one in raw]
    except OSError as error:
        raise SettingsError(f"{name}: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, JoseError) as error:
        raise SettingsError(f"{name} is no Ed25519 key in PEM or JWK") from error


def _public_half(key: OKPKey) -> OKPKey:
    if key.curve_name != "Ed25519":
        raise ValueError(key.curve_name)
    public: dict[str, Any] = dict(key.as_dict(private=False))
    public["kid"] = key.thumbprint()
    return OKPKey.import_key(public)


def write_new(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read; whoever names it first wins."""
    staged = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(staged, path)
    finally:
        staged.unlink()
