"""The files of the built web UI over HTTP: texts packed with gzip for whoever takes that, which most browsers do.

A packed file is kept in memory: the UI is a few hundred kilobytes, and packing one takes longer than sending it.
"""

from __future__ import annotations

import asyncio
import functools
import gzip
import mimetypes
import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

_TEXTS = frozenset({".js", ".css", ".html", ".svg", ".json", ".txt", ".map"})
_KEPT = 256  # packed files
_REFUSED = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*(,|$)")


async def web_file(file: Path, request: Request, headers: dict[str, str]) -> Response:
    """A file that exists, with these headers; packed if it is text and the caller takes that."""
    if file.suffix not in _TEXTS:
        return FileResponse(file, headers=headers)
    headers = {**headers, "vary": "accept-encoding"}
    if not takes_gzip(request.headers.get("accept-encoding", "")):
        return FileResponse(file, headers=headers)
    packed = await asyncio.to_thread(lambda: _packed(file, file.stat().st_mtime_ns))
    kind, _ = mimetypes.guess_type(file.name)
    return Response(packed, media_type=kind, headers={**headers, "content-encoding": "gzip"})


def takes_gzip(accepted: str) -> bool:
    """Whether a header Accept-Encoding allows gzip."""
    accepted = accepted.lower()
    return "gzip" in accepted and _REFUSED.search(accepted) is None


@functools.lru_cache(maxsize=_KEPT)
def _packed(file: Path, changed_ns: int) -> bytes:
    """The file as it was when it was last changed then: another build is packed anew."""
    return gzip.compress(file.read_bytes(), mtime=0)
