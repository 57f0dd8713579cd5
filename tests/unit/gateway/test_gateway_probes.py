"""The connectivity check at the gateway; and tokens of another region."""

from __future__ import annotations

import pytest
from gateway_samples import KEY, NOW, SCR, Gateway, bearer, content_digest, token

from deskreel.core.ids import ProbeId, make_id
from deskreel.core.time import WallTime
from deskreel.core.tokens import Grant, Purpose
from deskreel.gateway.probes import MAX_PROBE_BYTES
from deskreel.storage.signing import sign_grant
from deskreel.testing.memory_store import MemoryStore

PRB = ProbeId(make_id("prb", NOW, bytes(10)))
DATA = bytes(range(256)) * 100


def probe_token(purpose: Purpose = "probe", region: str = "default") -> dict[str, str]:
    expires = WallTime(NOW + 60_000)
    grant = Grant(purpose=purpose, subject=PRB, expires_at=expires, region=region)
    return bearer(sign_grant(KEY, grant))


async def put(gateway: Gateway, data: bytes = DATA, *, digest_of: bytes = DATA) -> tuple[int, str | None]:
    headers = {**probe_token(), "Content-Digest": content_digest(digest_of)}
    answer = await gateway.client.put(f"/v1/probes/{PRB}/chunks/1", content=data, headers=headers)
    return answer.status_code, answer.json().get("code")


async def test_a_chunk_is_stored_and_gone_with_the_answer(gateway: Gateway) -> None:
    stored: list[str] = []

    class Watched(MemoryStore):
        async def put(self, key: str, *rest: object, **more: object) -> bool:
            stored.append(key)
            return await super().put(key, *rest, **more)  # type: ignore[arg-type]

    watched = Watched()
    gateway.over(watched)
    assert await put(gateway) == (201, None)
    assert stored == [f"probes/{PRB}/1"]
    assert watched.objects == {}
    assert await put(gateway, digest_of=b"other") == (400, "digest_mismatch")
    assert await put(gateway, bytes(MAX_PROBE_BYTES + 1)) == (413, "too_large")
    assert len(stored) == 1


async def test_a_store_that_keeps_nothing_is_seen(gateway: Gateway) -> None:
    class Sieve(MemoryStore):
        async def size(self, key: str) -> int:
            return await super().size(key) - 1

    sieve = Sieve()
    gateway.over(sieve)
    assert await put(gateway) == (503, "storage_unavailable")
    assert sieve.objects == {}


async def test_bytes_and_echoes_are_for_probes_alone(gateway: Gateway) -> None:
    base = f"/v1/probes/{PRB}"
    some = await gateway.client.get(f"{base}/bytes/70000", headers=probe_token())
    assert (some.status_code, len(some.content), some.headers["cache-control"]) == (200, 70_000, "no-store")
    again = await gateway.client.get(f"{base}/bytes/70000", headers=probe_token())
    assert again.content != some.content
    for count in (str(MAX_PROBE_BYTES + 1), "many"):
        refused = await gateway.client.get(f"{base}/bytes/{count}", headers=probe_token())
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    assert (await gateway.client.get(f"{base}/echo", headers=probe_token())).status_code == 204
    assert (await gateway.client.get(f"{base}/echo")).status_code == 401
    for headers in (probe_token("upload"), bearer(token("upload"))):
        answer = await gateway.client.get(f"{base}/echo", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "token_scope")


@pytest.mark.parametrize("mine", ["eu", "us"])
async def test_a_gateway_takes_the_tokens_of_its_region_alone(gateway: Gateway, mine: str) -> None:
    gateway.over(gateway.memory, region=mine)
    for region in ("eu", "us", "default"):
        answer = await gateway.client.get(f"/v1/probes/{PRB}/echo", headers=probe_token(region=region))
        assert answer.status_code == (204 if region == mine else 403)
    foreign = await gateway.client.get(f"/v1/recordings/{SCR}/chunks", headers=bearer(token("upload")))
    assert (foreign.status_code, foreign.json()["code"]) == (403, "wrong_region")
    play = await gateway.client.get(f"/v1/play/{token('play')}/screen.m3u8")
    assert (play.status_code, play.json()["code"]) == (403, "wrong_region")
