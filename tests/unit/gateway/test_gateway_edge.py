"""What surrounds the routes: connectivity answers, CORS, problems, and logs without tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from gateway_samples import AUD, KEY, REGION, SCR, Clock, Gateway, bearer, chunk, token, window
from structlog.testing import capture_logs

from deskreel.core.errors import StorageUnavailableError
from deskreel.gateway.app import create_app
from deskreel.gateway.deps import Deps
from deskreel.gateway.serve import uvicorn_config
from deskreel.storage import layout
from deskreel.storage.store import StoredObject
from deskreel.testing.memory_store import MemoryStore

ALL = (window(0, None),)


async def test_the_root_answers_a_connectivity_check(gateway: Gateway) -> None:
    response = await gateway.client.get("/")
    assert (response.status_code, response.text) == (404, "404 page not found")
    assert response.headers["content-type"].startswith("text/plain")


async def test_health(gateway: Gateway) -> None:
    response = await gateway.client.get("/health")
    assert (response.status_code, response.json()["status"]) == (200, "ok")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "no_route"),
        ("GET", "/v1/play/x/screen.m3u8/", 404, "no_route"),
        ("DELETE", "/health", 405, "method_not_allowed"),
        ("POST", f"/v1/recordings/{SCR}/chunks/1", 405, "method_not_allowed"),
    ],
)
async def test_unknown_paths_and_methods(
    gateway: Gateway, method: str, path: str, status: int, code: str
) -> None:
    response = await gateway.client.request(method, path)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    if status == 405:
        assert response.headers["allow"]


async def test_players_on_another_origin(gateway: Gateway) -> None:
    await gateway.fill([chunk(1)])
    origin = {"Origin": "https://deskreel.example"}
    text = token("play", windows=ALL, final=True)
    for path, status in ((f"/v1/play/{text}/segments/1-1.m4s", 200), ("/v1/play/bad/screen.m3u8", 401)):
        response = await gateway.client.get(path, headers=origin)
        assert response.status_code == status
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers
        assert "Content-Range" in response.headers["access-control-expose-headers"]


async def test_preflights_allow_what_pages_do_with_a_token_and_nothing_else(gateway: Gateway) -> None:
    async def preflight(method: str, headers: str) -> int:
        asked = {
            "Origin": "https://deskreel.example",
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": headers,
        }
        return (await gateway.client.options("/v1/play/x/screen.m3u8", headers=asked)).status_code

    assert await preflight("GET", "range") == 200  # players
    assert await preflight("PUT", "authorization, content-digest") == 200  # the network check
    assert await preflight("POST", "authorization, content-type") == 200  # live view
    assert await preflight("PATCH", "authorization") == 400
    assert await preflight("PUT", "deskreel-start") == 400  # what recorders send is no page's business


class BrokenStore(MemoryStore):
    async def list(self, prefix: str) -> tuple[StoredObject, ...]:
        raise RuntimeError(f"a bug about {prefix}")


async def test_what_nobody_expected_is_a_problem_and_a_log_line(gateway: Gateway) -> None:
    gateway.over(BrokenStore())
    text = token("play", windows=ALL)
    with capture_logs() as lines:
        response = await gateway.client.get(
            f"/v1/play/{text}/screen.m3u8", headers={"Origin": "https://deskreel.example"}
        )
    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert "bug" not in response.text
    assert response.headers["access-control-allow-origin"] == "*"
    assert [line["event"] for line in lines] == ["gateway.internal_error", "gateway.request"]


class BreakingStore(MemoryStore):
    async def stream(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        yield self.objects[key][:5]
        raise StorageUnavailableError("the disk went away")


async def test_an_answer_that_breaks_off_is_not_ended_as_if_it_were_whole(gateway: Gateway) -> None:
    broken = BreakingStore()
    broken.objects[layout.audio_key(AUD, "audio.mp4")] = bytes(10)
    gateway.over(broken)
    with capture_logs() as lines, pytest.raises(RuntimeError):
        await gateway.client.get(f"/v1/play/{token('audio_play', AUD)}/audio.mp4")
    assert lines[-1]["event"] == "gateway.request"


async def test_one_access_line_per_request_and_never_a_token(gateway: Gateway) -> None:
    play, upload = token("play", windows=ALL, final=True), token("upload")
    await gateway.fill([chunk(1)])
    with capture_logs() as lines:
        await gateway.client.get(f"/v1/play/{play}/segments/1-1.m4s")
        await gateway.client.get(f"/v1/play/{play}/nothing")
        await gateway.client.get(f"/v1/play/{play}x/screen.m3u8")
        await gateway.put(chunk(1))
        await gateway.client.get(f"/v1/recordings/{SCR}/chunks", headers=bearer(upload))
    requests = [line for line in lines if line["event"] == "gateway.request"]
    assert [(line["route"], line["method"], line["status"]) for line in requests] == [
        ("play_segment", "GET", 200),
        ("none", "GET", 404),
        ("play_screen", "GET", 401),
        ("put_chunk", "PUT", 200),
        ("list_chunks", "GET", 200),
    ]
    assert requests[0]["sent_bytes"] == len(chunk(1).data)
    for secret in (play, upload, play.split(".")[2]):
        assert secret not in repr(lines)


def test_uvicorn_does_not_log_paths() -> None:
    deps = Deps(store=MemoryStore(), public_keys=KEY.public, region_keys=REGION, now=Clock())
    assert uvicorn_config(create_app(deps), host="127.0.0.1", port=0).access_log is False
