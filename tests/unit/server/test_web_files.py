"""The web UI's files: packed for browsers, whole and unpacked for everybody else."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from deskreel.server.web_files import takes_gzip, web_file

SCRIPT = "console.log('grüß dich');\n" * 200


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    async def serve(request: Request) -> Response:
        return await web_file(tmp_path / request.path_params["name"], request, {"cache-control": "no-cache"})

    (tmp_path / "a.js").write_text(SCRIPT)
    (tmp_path / "a.png").write_bytes(b"\x89PNG" * 500)
    return TestClient(Starlette(routes=[Route("/{name}", serve)]))


def test_texts_are_packed_for_those_who_take_it(client: TestClient) -> None:
    plain = client.get("/a.js", headers={"accept-encoding": "identity"})
    packed = client.get("/a.js", headers={"accept-encoding": "gzip, deflate, br"})
    assert plain.text == packed.text == SCRIPT
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(gzip.compress(SCRIPT.encode())) < len(SCRIPT) / 20
    for answer in (plain, packed):
        assert answer.headers["vary"] == "accept-encoding"
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


def test_pictures_go_as_they_are(client: TestClient) -> None:
    answer = client.get("/a.png", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in answer.headers
    assert answer.content.startswith(b"\x89PNG")


def test_another_build_is_packed_anew(client: TestClient, tmp_path: Path) -> None:
    before = client.get("/a.js").text
    (tmp_path / "a.js").write_text("new")
    os.utime(tmp_path / "a.js", ns=(1, 1))
    assert (before, client.get("/a.js").text) == (SCRIPT, "new")


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("gzip;q=0.01, br", True),
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.0, br", False),
    ],
)
def test_what_a_header_allows(accepted: str, takes: bool) -> None:
    assert takes_gzip(accepted) is takes
