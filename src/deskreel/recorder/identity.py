"""Who this recorder is: made by enrolment, kept in one file that only the owner may read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from deskreel.core.errors import NotEnrolledError, SettingsError
from deskreel.core.ids import RecorderId
from deskreel.recorder.files import Filesystem, OsFilesystem, write_atomic

FILE = "identity.json"
_ALGORITHM = "Ed25519"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An enrolled recorder."""

    server_url: str  # no trailing slash
    recorder_id: RecorderId  # given by the server
    credential: str = field(repr=False)  # bearer secret for the server
    key: OKPKey = field(repr=False)  # Ed25519, signs manifests
    agent_name: str = ""  # for people

    def sign(self, text: str) -> str:
        """Compact JWS over `text`, as the server checks manifests."""
        return jws.serialize_compact({"alg": _ALGORITHM}, text, self.key, algorithms=[_ALGORITHM])


def new_key() -> OKPKey:
    """A fresh Ed25519 key."""
    return OKPKey.generate_key("Ed25519")


def public_jwk(key: OKPKey) -> dict[str, Any]:
    """The public half, to hand to the server."""
    return cast(dict[str, Any], key.as_dict(private=False))


def save(directory: Path, identity: Identity, fs: Filesystem | None = None) -> Path:
    """Write the identity, replacing an older one as a whole.

    Raises:
        SettingsError: the directory cannot be written.
    """
    fs = fs or OsFilesystem()
    path = directory / FILE
    document = {
        "server_url": identity.server_url,
        "recorder_id": identity.recorder_id,
        "credential": identity.credential,
        "agent_name": identity.agent_name,
        "key": identity.key.as_dict(private=True),
    }
    try:
        fs.mkdir(directory)
        write_atomic(fs, path, json.dumps(document, indent=1).encode())
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    return path


def load(directory: Path) -> Identity:
    """The identity kept in `directory`.

    Raises:
        NotEnrolledError: there is none.
        SettingsError: it cannot be read or is damaged.
    """
    path = directory / FILE
    try:
        document = json.loads(path.read_bytes())
        return Identity(
            server_url=str(document["server_url"]),
            recorder_id=RecorderId(str(document["recorder_id"])),
            credential=str(document["credential"]),
            agent_name=str(document.get("agent_name", "")),
            key=OKPKey.import_key(document["key"]),
        )
    except FileNotFoundError as error:
        raise NotEnrolledError(f"there is no {path}") from error
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, JoseError) as error:
        raise SettingsError(f"{path} is damaged", hint="Enrol this recorder anew.") from error
