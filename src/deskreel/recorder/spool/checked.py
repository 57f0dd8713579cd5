"""Reading a file of the spool back, and knowing that it is what was written."""

from __future__ import annotations

from pathlib import Path

from deskreel.core.chunk import sha256
from deskreel.core.errors import DeskreelError
from deskreel.core.ids import Digest


class DamagedChunkError(DeskreelError):
    """A file of the spool that is not what it was."""

    code = "damaged_chunk"
    title = "A chunk in the spool is damaged"
    hint = "The disk lost or changed bytes: the chunk is in the quarantine; check the disk."


def read_checked(path: Path, digest: Digest) -> bytes:
    """The file's bytes.

    Raises:
        DamagedChunkError: it cannot be read, or holds others than `digest` says.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DamagedChunkError(f"{path.name}: {error.strerror}") from error
    if sha256(data) != digest:
        raise DamagedChunkError(f"{path.name}: the bytes do not match the digest")
    return data
