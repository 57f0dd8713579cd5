"""Media tokens: signed by one key, checked by several, and refused for each reason on its own."""

import base64
import json
import stat
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from deskreel.core.errors import SettingsError, TokenError, TokenExpiredError
from deskreel.core.ids import ScreenRecordingId, make_id
from deskreel.core.time import WallTime, Window
from deskreel.core.tokens import Grant
from deskreel.storage.signing import (
    PublicKeys,
    SigningKey,
    load_or_create_keypair,
    sign_grant,
    verify_grant,
)

NOW = WallTime(1_700_000_000_000)
GRANT = Grant(
    purpose="play",
    subject=ScreenRecordingId(make_id("scr", NOW, bytes(10))),
    expires_at=WallTime(NOW + 60_000),
    windows=(Window(NOW, WallTime(NOW + 5000)), Window(WallTime(NOW + 9000))),
)


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return SigningKey.generate()


def test_there_and_back(key: SigningKey) -> None:
    token = sign_grant(key, GRANT)
    assert verify_grant(key.public, token, NOW) == GRANT
    assert "/" not in token
    assert "?" not in token


def test_expired(key: SigningKey) -> None:
    with pytest.raises(TokenExpiredError):
        verify_grant(key.public, sign_grant(key, GRANT), GRANT.expires_at)


def test_of_another_key(key: SigningKey) -> None:
    with pytest.raises(TokenError):
        verify_grant(SigningKey.generate().public, sign_grant(key, GRANT), NOW)


def test_changed_claims(key: SigningKey) -> None:
    header, claims, signature = sign_grant(key, GRANT).split(".")
    padded = claims + "=" * (-len(claims) % 4)
    changed = json.loads(base64.urlsafe_b64decode(padded)) | {"win": [[0, None]]}
    forged = base64.urlsafe_b64encode(json.dumps(changed).encode()).rstrip(b"=").decode()
    with pytest.raises(TokenError):
        verify_grant(key.public, f"{header}.{forged}.{signature}", NOW)


def test_no_algorithm(key: SigningKey) -> None:
    _, claims, _ = sign_grant(key, GRANT).split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    with pytest.raises(TokenError):
        verify_grant(key.public, f"{none}.{claims}.", NOW)


def test_the_public_key_as_a_secret(key: SigningKey) -> None:
    secret = OctKey.import_key(b"k" * 64)
    forged = jwt.encode({"alg": "HS256", "kid": key.kid}, GRANT.claims(), secret)
    with pytest.raises(TokenError):
        verify_grant(key.public, forged, NOW)


@pytest.mark.parametrize("claims", [{}, {"win": 5}, GRANT.claims() | {"purpose": "everything"}])
def test_signed_but_no_grant(key: SigningKey, claims: dict[str, object]) -> None:
    token = jwt.encode({"alg": "Ed25519", "kid": key.kid}, claims, key.key, algorithms=["Ed25519"])
    with pytest.raises(TokenError):
        verify_grant(key.public, token, NOW)


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "ä.ö.ü", "x" * 100_000, "e30.e30.e30"])
def test_no_token_at_all(key: SigningKey, text: str) -> None:
    with pytest.raises(TokenError):
        verify_grant(key.public, text, NOW)


def test_rotation(key: SigningKey, tmp_path: Path) -> None:
    new = SigningKey.generate()
    pem = tmp_path / "new.pem"
    pem.write_bytes(new.public_pem)
    both = PublicKeys.load([key.public_pem, pem])
    for signer in (key, new):
        assert verify_grant(both, sign_grant(signer, GRANT), NOW) == GRANT
        assert verify_grant(key.public | new.public, sign_grant(signer, GRANT), NOW) == GRANT


def test_published_as_a_jwk_set_without_the_private_half(key: SigningKey) -> None:
    published = json.dumps((key.public | SigningKey.generate().public).to_jwks())
    assert '"d"' not in published
    assert verify_grant(PublicKeys.load([published]), sign_grant(key, GRANT), NOW) == GRANT


def test_the_pair_is_made_once_and_kept_private(tmp_path: Path) -> None:
    first = load_or_create_keypair(tmp_path / "keys")
    second = load_or_create_keypair(tmp_path / "keys")
    assert first.kid == second.kid
    private = tmp_path / "keys/media-token-key.pem"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    gateway = PublicKeys.load([tmp_path / "keys/media-token-key.pub.pem"])
    assert verify_grant(gateway, sign_grant(second, GRANT), NOW) == GRANT
    assert len(list((tmp_path / "keys").iterdir())) == 2


def test_a_pair_that_others_may_read_is_refused(tmp_path: Path) -> None:
    load_or_create_keypair(tmp_path)
    (tmp_path / "media-token-key.pem").chmod(0o644)
    with pytest.raises(SettingsError, match="read by others"):
        load_or_create_keypair(tmp_path)


def test_a_damaged_pair_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "media-token-key.pem"
    path.write_text("-----BEGIN NOTHING-----")
    path.chmod(0o600)
    with pytest.raises(SettingsError, match="no Ed25519 key"):
        load_or_create_keypair(tmp_path)


@pytest.mark.parametrize(
    "source", ["", "{}", '{"keys": []}', '{"keys": [5]}', "[]", "nonsense", Path("/none")]
)
def test_sources_without_a_key(source: str | Path) -> None:
    with pytest.raises(SettingsError):
        PublicKeys.load([source])


def test_the_private_key_does_not_show(key: SigningKey) -> None:
    private = key.key.as_dict(private=True)["d"]
    assert str(private) not in repr(key)
