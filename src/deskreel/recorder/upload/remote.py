"""HTTP to the gateway (chunks) and to the server (tokens, manifests): requests out, errors of our tree back."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import httpx2

from deskreel.core.chunk import ChunkMeta, Manifest, check_digest, sha256
from deskreel.core.errors import InvalidInputError
from deskreel.core.ids import Digest, ScreenRecordingId
from deskreel.core.time import WallTime
from deskreel.recorder.enrol.identity import Identity
from deskreel.recorder.enrol.renewal import Renewed
from deskreel.recorder.problems import RemoteError, UnreachableError, error_from_problem
from deskreel.recorder.spool.spooled import SpooledChunk, StoredAs
from deskreel.recorder.upload.manifest import manifest_document

_TIMEOUT = httpx2.Timeout(30.0, connect=5.0)
_TAKEN = ("accepted", "known")  # what the server says of a manifest that it has


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where the chunks of one recording go, and what lets them in."""

    gateway_url: str  # no trailing slash
    token: str = field(repr=False)


def new_http_client(transport: httpx2.AsyncBaseTransport | None = None) -> httpx2.AsyncClient:
    """The client that both share."""
    return httpx2.AsyncClient(timeout=_TIMEOUT, transport=transport)


class HttpGateway:
    """The routes of gateway/ingest.py. Methods raise DeskreelError."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def put_init(
        self, access: Access, recording: ScreenRecordingId, digest: Digest, data: bytes
    ) -> None:
        """Have a sealed init segment opened and stored; harmless when repeated."""
        url = f"{access.gateway_url}/v1/recordings/{recording}/inits/{digest}"
        await _send(
            self._client, "PUT", url, access.token, content=data, headers=_content_digest(sha256(data))
        )

    async def put_chunk(
        self, access: Access, recording: ScreenRecordingId, meta: SpooledChunk, data: bytes
    ) -> StoredAs:
        """Have a sealed chunk opened and stored; harmless when repeated."""
        url = f"{access.gateway_url}/v1/recordings/{recording}/chunks/{meta.seq}"
        headers = {
            **_content_digest(meta.digest),
            "Deskreel-Start": str(meta.start),
            "Deskreel-Duration": str(meta.duration_ms),
            "Deskreel-Keyframe": "?1" if meta.keyframe else "?0",
            "Deskreel-Init": meta.init,
        }
        response = await _send(self._client, "PUT", url, access.token, content=data, headers=headers)
        try:
            answer = response.json()
            return StoredAs(digest=check_digest(answer["digest"]), size=int(answer["size"]))
        except (ValueError, KeyError, TypeError, InvalidInputError) as error:
            raise RemoteError(
                f"{response.request.url.host} answered {response.status_code} without saying what it stored",
                hint="Something between recorder and gateway answered in its place: check proxy and address.",
                code="no_receipt",
                status=502,
            ) from error

    async def list_chunks(self, access: Access, recording: ScreenRecordingId) -> tuple[ChunkMeta, ...]:
        """What is stored of a recording."""
        url = f"{access.gateway_url}/v1/recordings/{recording}/chunks"
        answer = (await _send(self._client, "GET", url, access.token)).json()
        return tuple(
            ChunkMeta(
                seq=chunk["seq"],
                start=WallTime(chunk["start"]),
                duration_ms=chunk["duration_ms"],
                keyframe=chunk["keyframe"],
                init=Digest(chunk["init"]),
                digest=Digest(chunk["digest"]),
                size=chunk["size"],
            )
            for chunk in sorted(answer["chunks"], key=lambda chunk: chunk["seq"])
        )


class HttpServer:
    """The recorder's routes of the server. Methods raise DeskreelError."""

    def __init__(self, client: httpx2.AsyncClient, identity: Identity) -> None:
        self._client = client
        self._identity = identity

    def use(self, identity: Identity) -> None:
        """Speak as this identity from now on: its credential was renewed."""
        self._identity = identity

    async def renew_credential(self) -> Renewed:
        """Another credential; the old one is good until this one is used."""
        response = await self._post("/credential")
        try:
            answer = response.json()
            return Renewed(credential=str(answer["credential"]), renew_at=WallTime(int(answer["renew_at"])))
        except (ValueError, KeyError, TypeError) as error:
            raise RemoteError(
                f"{response.request.url.host} answered {response.status_code} without a credential",
                hint="Something between recorder and server answered in its place: check proxy and address.",
                code="no_credential",
                status=502,
            ) from error

    async def upload_access(self, recording: ScreenRecordingId) -> Access:
        """A fresh token for a recording."""
        response = await self._post(f"/recordings/{recording}/upload-token")
        answer = response.json()
        return Access(gateway_url=answer["gateway_url"].rstrip("/"), token=answer["upload_token"])

    async def post_manifest(self, manifest: Manifest) -> None:
        """The last word on a recording; harmless when repeated."""
        document = manifest_document(manifest, self._identity.sign)
        response = await self._post(f"/recordings/{manifest.screen_recording_id}/manifest", json=document)
        try:
            taken = response.json()["state"] in _TAKEN
        except (ValueError, KeyError, TypeError):
            taken = False
        if not taken:
            raise RemoteError(
                f"{response.request.url.host} answered {response.status_code} without taking the manifest",
                hint="Something between recorder and server answered in its place: check proxy and address.",
                code="no_receipt",
                status=502,
            )

    async def _post(self, path: str, **content: Any) -> httpx2.Response:
        url = f"{self._identity.server_url}/api/v1/recorder{path}"
        return await _send(self._client, "POST", url, self._identity.credential, **content)


def _content_digest(digest: Digest) -> dict[str, str]:
    return {"Content-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(digest)).decode()}:"}


async def _send(
    client: httpx2.AsyncClient,
    method: str,
    url: str,
    token: str,
    *,
    headers: dict[str, str] | None = None,
    **content: Any,
) -> httpx2.Response:
    headers = {**(headers or {}), "Authorization": f"Bearer {token}"}
    try:
        response = await client.request(method, url, headers=headers, **content)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise UnreachableError(f"{httpx2.URL(url).host}: {type(error).__name__} {error}") from error
    if not response.is_success:
        raise error_from_problem(response)
    return response
