"""Who this recorder is: made by enrolment. identity.json holds no secret; they are in a `SecretStore`."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from deskreel.core.errors import DeskreelError, NotEnrolledError, SettingsError
from deskreel.core.ids import RecorderId
from deskreel.core.time import WallTime
from deskreel.recorder.enrol.secret_store import FileStore, Place, SecretStore, store_at
from deskreel.recorder.files import Filesystem, OsFilesystem, write_atomic

FILE = "identity.json"
_ALGORITHM = "Ed25519"
_ENROL = "Enrol this desktop: `deskreel recorder enroll --server URL` shows a code to approve in the browser."


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An enrolled recorder."""

    server_url: str  # no trailing slash
    recorder_id: RecorderId  # given by the server
    credential: str = field(repr=False)  # bearer secret for the server
    key: OKPKey = field(repr=False)  # Ed25519, signs manifests
    agent_name: str = ""  # for people
    renew_at: WallTime | None = None  # server time from which the credential is to be renewed; None: never

    def sign(self, text: str) -> str:
        """Compact JWS over `text`, as the server checks manifests."""
        return jws.serialize_compact({"alg": _ALGORITHM}, text, self.key, algorithms=[_ALGORITHM])


def new_key() -> OKPKey:
    """A fresh Ed25519 key."""
    return OKPKey.generate_key("Ed25519")


def public_jwk(key: OKPKey) -> dict[str, Any]:
    """The public half, to hand to the server."""
    return cast(dict[str, Any], key.as_dict(private=False))


def save(
    directory: Path, identity: Identity, store: SecretStore | None = None, fs: Filesystem | None = None
) -> Path:
    """Keep the identity, replacing an older one as a whole; without `store`, its secrets are in a file.

    Raises:
        SettingsError: the directory cannot be written.
        KeyringUnavailableError: the keyring does not take it.
    """
    fs = fs or OsFilesystem()
    store = store or FileStore(directory, fs)
    path = directory / FILE
    older = _public_part(path)
    secret = {
        "credential": identity.credential,
        "renew_at": identity.renew_at,
        "key": identity.key.as_dict(private=True),
    }
    document = {
        "server_url": identity.server_url,
        "recorder_id": identity.recorder_id,
        "agent_name": identity.agent_name,
        "secrets": store.place,
    }
    store.put(identity.recorder_id, json.dumps(secret))
    try:
        fs.mkdir(directory)
        write_atomic(fs, path, json.dumps(document, indent=1).encode())
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    if older is not None and (older["recorder_id"], older["secrets"]) != (identity.recorder_id, store.place):
        with contextlib.suppress(DeskreelError, ValueError):  # it opens nothing any more
            store_at(Place(older["secrets"]), directory).delete(older["recorder_id"])
    return path


def load(directory: Path) -> Identity:
    """The identity kept in `directory`.

    Raises:
        NotEnrolledError: there is none, or its secrets are gone.
        SettingsError: it cannot be read or is damaged.
        KeyringUnavailableError: its secrets are in a keyring that does not give them.
    """
    path = directory / FILE
    damaged = SettingsError(f"{path} is damaged", hint="Enrol this recorder anew.")
    try:
        document = json.loads(path.read_bytes())
        recorder_id = RecorderId(str(document["recorder_id"]))
        store = store_at(Place(document["secrets"]), directory)
    except FileNotFoundError as error:
        raise NotEnrolledError(f"there is no {path}", hint=_ENROL) from error
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise damaged from error
    secret = store.get(recorder_id)
    if secret is None:
        raise NotEnrolledError(f"the {store.place} holds no secret of {recorder_id}", hint=_ENROL)
    try:
        private = json.loads(secret)
        renew_at = private["renew_at"]
        return Identity(
            server_url=str(document["server_url"]),
            recorder_id=recorder_id,
            credential=str(private["credential"]),
            agent_name=str(document.get("agent_name", "")),
            key=OKPKey.import_key(private["key"]),
            renew_at=None if renew_at is None else WallTime(int(renew_at)),
        )
    except (ValueError, KeyError, TypeError, JoseError) as error:
        raise damaged from error


def place_of(directory: Path) -> Place | None:
    """Where the secrets of the identity in `directory` are; None: there is none."""
    found = _public_part(directory / FILE)
    return None if found is None else Place(found["secrets"])


def _public_part(path: Path) -> dict[str, str] | None:
    try:
        document = json.loads(path.read_bytes())
        return {"recorder_id": str(document["recorder_id"]), "secrets": Place(document["secrets"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None
