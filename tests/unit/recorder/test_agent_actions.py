"""The agent's requests: one id each, sent again when no answer came, with the age of the deed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from deskreel.core.errors import ConflictError, DeskreelError
from deskreel.core.ids import RecorderId
from deskreel.recorder.enrol.identity import Identity, new_key
from deskreel.recorder.problems import UnreachableError
from deskreel.recorder.tray.agent_actions import AgentActions

WHO = Identity(server_url="https://server", recorder_id=RecorderId("rcd_1"), credential="c", key=new_key())


class Rig:
    def __init__(self, answer: Callable[[int], httpx2.Response | Exception]) -> None:
        self.answer = answer
        self.requests: list[tuple[str, str, dict[str, Any]]] = []
        self.slept: list[float] = []
        self.actions = AgentActions(
            lambda: WHO, transport=httpx2.MockTransport(self.handle), sleep=self.slept.append
        )

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content)
        self.requests.append((request.url.path, request.headers["authorization"], body))
        answer = self.answer(len(self.requests))
        if isinstance(answer, Exception):
            raise answer
        return answer


def taken(_: int) -> httpx2.Response:
    return httpx2.Response(200, json={"state": "accepted"})


def problem(status: int, code: str, *, retryable: bool = False) -> httpx2.Response:
    body = {"code": code, "detail": "no", "hint": "so it is", "status": status, "retryable": retryable}
    return httpx2.Response(status, json=body)


def test_what_is_sent() -> None:
    rig = Rig(taken)
    rig.actions.choose_status("Away")
    rig.actions.pause()
    rig.actions.resume()
    rig.actions.acknowledge("You are recorded.")
    assert [(path, auth) for path, auth, _ in rig.requests] == [
        ("/api/v1/recorder/status", "Bearer c"),
        ("/api/v1/recorder/pause", "Bearer c"),
        ("/api/v1/recorder/pause", "Bearer c"),
        ("/api/v1/recorder/acknowledgements", "Bearer c"),
    ]
    bodies = [body for _, _, body in rig.requests]
    assert bodies[0]["status"] == "Away"
    assert [body["paused"] for body in bodies[1:3]] == [True, False]
    assert bodies[3]["notice"] == "You are recorded."
    assert len({body["event_id"] for body in bodies}) == 4
    assert all(0 <= body["age_ms"] < 1_000 for body in bodies)


def test_without_an_answer_the_same_is_sent_again() -> None:
    rig = Rig(lambda n: httpx2.ConnectError("down") if n < 3 else taken(n))
    rig.actions.pause()
    bodies = [body for _, _, body in rig.requests]
    assert len(bodies) == 3
    assert len({body["event_id"] for body in bodies}) == 1
    assert rig.slept == [0.5, 2.0]


def test_it_is_given_up_after_three_attempts() -> None:
    rig = Rig(lambda n: httpx2.ConnectError("down"))
    with pytest.raises(UnreachableError, match="ConnectError"):
        rig.actions.pause()
    assert len(rig.requests) == 3


def test_a_server_that_is_busy_is_asked_again() -> None:
    rig = Rig(lambda n: problem(503, "database_unavailable", retryable=True) if n == 1 else taken(n))
    rig.actions.pause()
    assert len(rig.requests) == 2


def test_a_refusal_stands() -> None:
    rig = Rig(lambda n: problem(409, "conflict"))
    with pytest.raises(ConflictError) as refused:
        rig.actions.resume()
    assert refused.value.hint_text == "so it is"
    rig = Rig(lambda n: problem(403, "forbidden"))
    with pytest.raises(DeskreelError) as forbidden:
        rig.actions.pause()
    assert forbidden.value.code == "forbidden"
    assert len(rig.requests) == 1
