"""What recorders write: every bad input is refused for its own reason, and nothing of it is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from gateway_samples import (
    INIT,
    INIT_DIGEST,
    OTHER_SCR,
    REGION,
    SCR,
    SEALER,
    Gateway,
    Sample,
    bearer,
    chunk,
    content_digest,
    token,
)

from deskreel.core.chunk import MAX_CHUNK_BYTES, MAX_INIT_BYTES, sha256
from deskreel.media.assemble import AssemblyPart, index_json, plan_assembly
from deskreel.media.fmp4 import parse_fragment, truncate_fragment
from deskreel.storage import layout, recordings
from deskreel.storage.region_key import RegionKeys
from deskreel.storage.sealed import MAX_SEALED_CHUNK_BYTES, Sealer, trim_chunk
from deskreel.storage.signing import SigningKey
from deskreel.testing.memory_store import FlakyStore, MemoryStore


def chunk_keys(gateway: Gateway) -> list[str]:
    return [key for key in gateway.memory.objects if "/chunks/" in key]


async def refused(gateway: Gateway, response: object, status: int, code: str) -> None:
    """The response is this problem, with a hint, and no chunk was stored."""
    assert response.status_code == status, response.text  # type: ignore[attr-defined]
    problem = response.json()  # type: ignore[attr-defined]
    assert response.headers["content-type"] == "application/problem+json"  # type: ignore[attr-defined]
    assert problem["code"] == code
    assert problem["hint"]
    assert chunk_keys(gateway) == []


@pytest.fixture
async def ready(gateway: Gateway) -> Gateway:
    assert (await gateway.put_init()).status_code == 201
    return gateway


# --- what is good -------------------------------------------------------------------------------------------


async def test_a_chunk_is_stored_under_the_key_that_describes_it(ready: Gateway) -> None:
    sample = chunk(1)
    response = await ready.put(sample)
    answer = {"seq": 1, "outcome": "stored", "digest": sample.meta.digest, "size": sample.meta.size}
    assert (response.status_code, response.json()) == (201, answer)
    assert ready.memory.objects[layout.chunk_key(SCR, sample.meta)] == sample.data


async def test_the_same_again_is_a_duplicate(ready: Gateway) -> None:
    await ready.put(chunk(1))
    response = await ready.put(chunk(1))
    assert (response.status_code, response.json()["outcome"]) == (200, "duplicate")
    assert len(chunk_keys(ready)) == 1


async def test_other_bytes_under_a_number_conflict_and_the_first_stay(ready: Gateway) -> None:
    first = chunk(1)
    await ready.put(first)
    response = await ready.put(chunk(1, variant=1))
    assert (response.status_code, response.json()["code"]) == (409, "chunk_conflict")
    assert chunk_keys(ready) == [layout.chunk_key(SCR, first.meta)]
    assert ready.memory.objects[layout.chunk_key(SCR, first.meta)] == first.data


async def test_chunks_come_in_any_order_across_shards(ready: Gateway) -> None:
    for seq in (200, 99, 1, 100, 101):
        assert (await ready.put(chunk(seq))).status_code == 201
    listing = await recordings.list_chunks(ready.memory, SCR)
    assert [meta.seq for meta in listing.chunks] == [1, 99, 100, 101, 200]


async def test_an_init_is_stored_once_and_described(gateway: Gateway) -> None:
    first, second = await gateway.put_init(), await gateway.put_init()
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == {"digest": INIT_DIGEST, "width": 64, "height": 48, "codec": "avc1.42c00a"}


async def test_another_process_knows_the_init_from_the_store(ready: Gateway) -> None:
    ready.over(ready.memory)
    assert (await ready.put(chunk(1))).status_code == 201


async def test_a_second_algorithm_beside_sha_256(ready: Gateway) -> None:
    sample = chunk(1)
    both = f"sha-512=:{'A' * 86}==:, {content_digest(sample.sealed)}"
    assert (await ready.put(sample, Content_Digest=both)).status_code == 201


async def test_a_recorder_that_lost_its_account_reads_the_listing(ready: Gateway) -> None:
    sample = chunk(1)
    await ready.put(sample)
    ready.memory.objects[f"recordings/{SCR}/chunks/000000/junk"] = b"?"
    response = await ready.client.get(f"/v1/recordings/{SCR}/chunks", headers=bearer(token("upload")))
    assert response.status_code == 200
    assert response.json() == {
        "recording": SCR,
        "finished": False,
        "chunks": [
            {
                "seq": 1,
                "start": sample.meta.start,
                "duration_ms": 2000,
                "keyframe": True,
                "init": INIT_DIGEST,
                "digest": sample.meta.digest,
                "size": len(sample.data),
            }
        ],
    }


# --- who calls ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic YTpi", "Bearer x.y.z"])
async def test_no_token(ready: Gateway, authorization: str | None) -> None:
    await refused(ready, await ready.put(chunk(1), Authorization=authorization), 401, "bad_token")


async def test_a_token_of_another_key(ready: Gateway) -> None:
    foreign = f"Bearer {token('upload', key=SigningKey.generate())}"
    await refused(ready, await ready.put(chunk(1), Authorization=foreign), 401, "bad_token")


async def test_an_expired_token(ready: Gateway) -> None:
    expired = f"Bearer {token('upload', expires_ms=0)}"
    response = await ready.put(chunk(1), Authorization=expired)
    await refused(ready, response, 401, "token_expired")
    assert response.json()["retryable"] is True


async def test_another_recordings_token(ready: Gateway) -> None:
    foreign = f"Bearer {token('upload', OTHER_SCR)}"
    await refused(ready, await ready.put(chunk(1), Authorization=foreign), 403, "token_scope")


@pytest.mark.parametrize("purpose", ["play", "audio_upload", "audio_play"])
async def test_a_token_for_another_purpose(ready: Gateway, purpose: str) -> None:
    other = f"Bearer {token(purpose)}"  # type: ignore[arg-type]
    await refused(ready, await ready.put(chunk(1), Authorization=other), 403, "token_scope")


# --- what is sent -------------------------------------------------------------------------------------------


async def test_a_wrong_digest(ready: Gateway) -> None:
    wrong = content_digest(b"something else")
    await refused(ready, await ready.put(chunk(1), Content_Digest=wrong), 400, "digest_mismatch")


@pytest.mark.parametrize("value", ["", "sha-256=abc", "sha-512=:AAAA:", "sha-256=:AAAA:", "sha-256=::"])
async def test_a_digest_that_is_none(ready: Gateway, value: str) -> None:
    await refused(ready, await ready.put(chunk(1), Content_Digest=value), 422, "invalid_input")


@pytest.mark.parametrize(
    "name", ["Content_Digest", "Deskreel_Start", "Deskreel_Duration", "Deskreel_Keyframe", "Deskreel_Init"]
)
async def test_a_missing_header(ready: Gateway, name: str) -> None:
    response = await ready.put(chunk(1), **{name: None})
    await refused(ready, response, 422, "invalid_input")
    assert name.replace("_", "-") in response.json()["detail"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Deskreel_Start", "-1"),
        ("Deskreel_Start", "1.5"),
        ("Deskreel_Start", "9" * 16),
        ("Deskreel_Duration", "0"),
        ("Deskreel_Duration", "60001"),
        ("Deskreel_Duration", "2e3"),
        ("Deskreel_Keyframe", "1"),
        ("Deskreel_Keyframe", "true"),
        ("Deskreel_Init", "ab"),
        ("Deskreel_Init", "../../" + "a" * 58),
    ],
)
async def test_a_header_out_of_shape(ready: Gateway, name: str, value: str) -> None:
    await refused(ready, await ready.put(chunk(1), **{name: value}), 422, "invalid_input")


@pytest.mark.parametrize(("name", "value"), [("Deskreel_Duration", "1999"), ("Deskreel_Keyframe", "?0")])
async def test_headers_that_disagree_with_the_fragment(ready: Gateway, name: str, value: str) -> None:
    await refused(ready, await ready.put(chunk(1), **{name: value}), 422, "bad_fragment")


def sent(sealed: bytes, sample: Sample | None = None) -> Sample:
    """A sample of other bytes, and a digest that fits them."""
    return replace(sample or chunk(1), sealed=sealed)


@pytest.mark.parametrize("end", [-1, 177, 176, 100, 8, 4, 0])
async def test_truncated_bytes(ready: Gateway, end: int) -> None:
    await refused(ready, await ready.put(sent(chunk(1).sealed[:end])), 422, "bad_seal")


async def test_bytes_that_are_not_sealed(ready: Gateway) -> None:
    await refused(ready, await ready.put(sent(chunk(1).data)), 422, "bad_seal")


async def test_an_init_sent_as_a_chunk(ready: Gateway) -> None:
    await refused(ready, await ready.put(sent(SEALER.init(INIT))), 422, "bad_seal")


async def test_a_changed_byte(ready: Gateway) -> None:
    sealed = bytearray(chunk(1).sealed)
    sealed[-1] ^= 1
    await refused(ready, await ready.put(sent(bytes(sealed))), 422, "bad_seal")


async def test_a_chunk_of_another_recording(ready: Gateway) -> None:
    foreign = Sealer.for_region(REGION.newest, OTHER_SCR, bytes(32))
    await refused(ready, await ready.put(chunk(1, sealer=foreign)), 422, "bad_seal")


@pytest.mark.parametrize("other", [chunk(2), chunk(1, start_ms=7), chunk(1, init=sha256(b"other"))])
async def test_a_chunk_sealed_as_another(ready: Gateway, other: Sample) -> None:
    await refused(ready, await ready.put(sent(other.sealed)), 422, "bad_seal")


async def test_a_key_that_this_gateway_does_not_have(ready: Gateway) -> None:
    foreign = Sealer.for_region(RegionKeys.generate().newest, SCR, bytes(32))
    await refused(ready, await ready.put(chunk(1, sealer=foreign)), 409, "unknown_region_key")


async def test_an_older_key_of_the_region(ready: Gateway) -> None:
    new = RegionKeys.generate()
    ready.over(ready.memory, region_keys=RegionKeys(newest=new.newest, keys={**new.keys, **REGION.keys}))
    assert (await ready.put(chunk(1))).status_code == 201
    newest = chunk(2, sealer=Sealer.for_region(new.newest, SCR, bytes(32)))
    assert (await ready.put(newest)).status_code == 201


async def test_a_chunk_that_was_cut_is_stored_as_it_is_left(ready: Gateway) -> None:
    whole = chunk(1)
    sealed = trim_chunk(whole.sealed, keep_ms=1200)
    fragment = truncate_fragment(whole.data, keep_ms=1200)
    assert sealed is not None
    assert fragment is not None
    sample = replace(whole, sealed=sealed)
    response = await ready.put(sample, Deskreel_Duration="1200")
    assert response.status_code == 201
    assert (response.json()["digest"], response.json()["size"]) == (sha256(fragment), len(fragment))
    (key,) = chunk_keys(ready)
    assert ready.memory.objects[key] == fragment
    assert (await ready.put(sample, Deskreel_Duration="1200")).status_code == 200
    again = await ready.put(whole)
    assert (again.status_code, again.json()["code"]) == (409, "chunk_conflict")


async def test_a_large_chunk_is_opened_too(ready: Gateway) -> None:
    sample = chunk(1, frame_bytes=400_000)
    assert (await ready.put(sample)).json()["digest"] == sample.meta.digest


async def test_an_unknown_init_asks_for_it(ready: Gateway) -> None:
    response = await ready.put(chunk(1, init=sha256(b"another")))
    await refused(ready, response, 409, "unknown_init")
    assert response.json()["retryable"] is True


async def test_the_init_of_another_recording_does_not_count(gateway: Gateway) -> None:
    await gateway.put_init(OTHER_SCR)
    await refused(gateway, await gateway.put(chunk(1)), 409, "unknown_init")


async def test_over_the_limit_by_its_length(ready: Gateway) -> None:
    await refused(ready, await ready.put(sent(bytes(MAX_SEALED_CHUNK_BYTES + 1))), 413, "too_large")


async def test_over_the_limit_without_a_length(ready: Gateway) -> None:
    length = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal length
        while True:
            length += 1 << 20
            yield bytes(1 << 20)

    response = await ready.client.put(
        f"/v1/recordings/{SCR}/chunks/1",
        content=endless(),
        headers={**bearer(token("upload")), **chunk(1).headers()},
    )
    await refused(ready, response, 413, "too_large")
    assert length <= MAX_SEALED_CHUNK_BYTES + (2 << 20)


async def test_a_length_that_lies_low_does_not_help(ready: Gateway) -> None:
    sample = sent(bytes(MAX_SEALED_CHUNK_BYTES + 1))
    await refused(ready, await ready.put(sample, Content_Length="5"), 413, "too_large")


async def test_a_fragment_over_the_limit_in_a_body_below_it(ready: Gateway) -> None:
    sample = chunk(1, frame_ms=(2000,), frame_bytes=MAX_CHUNK_BYTES - 40)
    assert len(sample.sealed) <= MAX_SEALED_CHUNK_BYTES
    await refused(ready, await ready.put(sample), 413, "too_large")


@pytest.mark.parametrize("seq", ["0", "-1", "01", "1.0", "abc", "9" * 9, "9" * 6000, "%20"])
async def test_a_sequence_number_that_is_none(ready: Gateway, seq: str) -> None:
    response = await ready.client.put(
        f"/v1/recordings/{SCR}/chunks/{seq}",
        content=chunk(1).sealed,
        headers={**bearer(token("upload")), **chunk(1).headers()},
    )
    await refused(ready, response, 422, "invalid_input")


@pytest.mark.parametrize("scr", ["scr_x", "..", "%2e%2e", "..%2f..%2fetc", SCR.upper(), f"{SCR}%00", "a/b"])
async def test_path_tricks(ready: Gateway, scr: str) -> None:
    before = dict(ready.memory.objects)
    for authorization in (token("upload"), token("upload", scr)):  # type: ignore[arg-type]
        response = await ready.client.put(
            f"/v1/recordings/{scr}/chunks/1",
            content=chunk(1).sealed,
            headers={**bearer(authorization), **chunk(1).headers()},
        )
        assert response.status_code in {403, 404, 405, 422}, response.text
    assert ready.memory.objects == before


# --- inits --------------------------------------------------------------------------------------------------


async def put_init(gateway: Gateway, digest: str, data: bytes) -> tuple[int, str]:
    response = await gateway.client.put(
        f"/v1/recordings/{SCR}/inits/{digest}", content=data, headers=bearer(token("upload"))
    )
    return response.status_code, response.json().get("code", "")


async def test_bad_inits(gateway: Gateway) -> None:
    good = SEALER.init(INIT)
    assert await put_init(gateway, sha256(b"x"), good) == (400, "digest_mismatch")
    assert await put_init(gateway, "ab", good) == (422, "invalid_input")
    assert await put_init(gateway, INIT_DIGEST.upper(), good) == (422, "invalid_input")
    assert await put_init(gateway, sha256(INIT[:-1]), SEALER.init(INIT[:-1])) == (422, "bad_fragment")
    assert await put_init(gateway, sha256(b""), SEALER.init(b"")) == (422, "bad_fragment")
    for unsealed in (INIT, b"", good[:-1], good[:100]):
        assert await put_init(gateway, INIT_DIGEST, unsealed) == (422, "bad_seal")
    on_the_way = await gateway.client.put(
        f"/v1/recordings/{SCR}/inits/{INIT_DIGEST}",
        content=good,
        headers={**bearer(token("upload")), "Content-Digest": content_digest(good + b"!")},
    )
    assert (on_the_way.status_code, on_the_way.json()["code"]) == (400, "digest_mismatch")
    foreign = Sealer.for_region(RegionKeys.generate().newest, SCR, bytes(32)).init(INIT)
    assert await put_init(gateway, INIT_DIGEST, foreign) == (409, "unknown_region_key")
    big = SEALER.init(bytes(MAX_INIT_BYTES + 1))
    assert await put_init(gateway, sha256(bytes(MAX_INIT_BYTES + 1)), big) == (413, "too_large")
    assert gateway.memory.objects == {}


# --- the store fails ----------------------------------------------------------------------------------------


async def test_a_store_that_fails_is_503_with_a_time_to_come_back(ready: Gateway) -> None:
    flaky = FlakyStore(ready.memory, seed=1, rate=1.0)
    ready.over(flaky)
    response = await ready.put(chunk(1))
    await refused(ready, response, 503, "storage_unavailable")
    assert response.headers["retry-after"] == "5"
    assert response.json()["retryable"] is True
    assert flaky.faults.total() == 1


@pytest.mark.parametrize("seed", range(8))
async def test_a_recorder_that_repeats_gets_every_chunk_stored_once(seed: int) -> None:
    memory = MemoryStore()
    flaky = FlakyStore(memory, seed=seed, rate=0.3)
    gateway = Gateway(memory=memory)
    gateway.over(flaky)
    samples = [chunk(seq) for seq in range(1, 25)]
    while (await gateway.put_init()).status_code not in {200, 201}:
        pass
    for sample in samples:
        for _ in range(100):
            status = (await gateway.put(sample)).status_code
            assert status in {200, 201, 503}
            if status != 503:
                break
    listing = await recordings.list_chunks(memory, SCR)
    assert listing.chunks == tuple(sample.meta for sample in samples)
    assert listing.superseded == ()
    assert flaky.faults["put before"] + flaky.faults["put after"] > 0
    assert flaky.faults["list before"] > 0
    await gateway.client.aclose()


# --- after the end ------------------------------------------------------------------------------------------


async def test_a_chunk_of_a_finished_recording(ready: Gateway) -> None:
    """One that is in the file is a duplicate, for its answer may have been lost; any other is too late."""
    stored, late = chunk(1), chunk(2)
    await ready.put(stored)
    fragment = parse_fragment(stored.data)
    part = AssemblyPart(meta=stored.meta, fragment=fragment, size=len(stored.data))
    index = index_json(plan_assembly({INIT_DIGEST: INIT}, [part])).encode()
    ready.memory.objects[layout.final_key(SCR, layout.FINAL_INDEX)] = index
    (key,) = chunk_keys(ready)
    del ready.memory.objects[key]
    again = await ready.put(stored)
    assert (again.status_code, again.json()["outcome"]) == (200, "duplicate")
    await refused(ready, await ready.put(late), 409, "finished")
    await refused(ready, await ready.put(chunk(1, variant=1)), 409, "finished")


async def test_a_damaged_index_is_not_the_recorders_fault(ready: Gateway) -> None:
    ready.memory.objects[layout.final_key(SCR, layout.FINAL_INDEX)] = b"{}"
    await refused(ready, await ready.put(chunk(1)), 503, "storage_unavailable")
