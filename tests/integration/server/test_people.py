"""Signing in."""

from __future__ import annotations

import httpx2

from support.server import EMAIL, PASSWORD, Deskreel


async def test_the_session_says_who_is_signed_in(deskreel: Deskreel) -> None:
    answer = await deskreel.client.get("/api/v1/session")
    assert answer.json()["user"]["email"] == EMAIL


async def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(deskreel: Deskreel) -> None:
    async with httpx2.AsyncClient(base_url=deskreel.settings.base_url) as stranger:
        wrong = await stranger.post("/api/v1/session", json={"email": EMAIL, "password": "wrong"})
        unknown = await stranger.post(
            "/api/v1/session", json={"email": "no@test.example", "password": "wrong"}
        )
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["code"] == "bad_credentials"
    assert wrong.json()["hint"]


async def test_guessing_is_held_back(deskreel: Deskreel) -> None:
    guesses = [
        await deskreel.client.post("/api/v1/session", json={"email": "g@test.example", "password": "guess"})
        for _ in range(11)
    ]
    assert [g.status_code for g in guesses] == [401] * 10 + [429]
    assert guesses[-1].headers["retry-after"]


async def test_without_a_session_nothing_is_shown(deskreel: Deskreel) -> None:
    async with httpx2.AsyncClient(base_url=deskreel.settings.base_url) as stranger:
        for path in (
            "/session",
            "/interactions",
            "/interactions/int_00000000000000000000000000",
            "/recorders",
        ):
            answer = await stranger.get("/api/v1" + path)
            assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


async def test_changing_requests_need_the_csrf_token(deskreel: Deskreel) -> None:
    del deskreel.client.headers["x-csrf-token"]
    refused = await deskreel.client.delete("/api/v1/session")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf")
    assert (await deskreel.client.get("/api/v1/session")).status_code == 200


async def test_signing_out_ends_the_session_for_good(deskreel: Deskreel) -> None:
    cookie = deskreel.client.cookies["deskreel_session"]
    assert (await deskreel.client.delete("/api/v1/session")).status_code == 204
    async with httpx2.AsyncClient(
        base_url=deskreel.settings.base_url, cookies={"deskreel_session": cookie}
    ) as thief:
        assert (await thief.get("/api/v1/session")).status_code == 401


async def test_cookies_are_out_of_reach_of_scripts(deskreel: Deskreel) -> None:
    answer = await deskreel.client.post("/api/v1/session", json={"email": EMAIL, "password": PASSWORD})
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("deskreel_session="))
    assert "httponly" in cookie.lower()
    assert "samesite=lax" in cookie.lower()


async def test_invalid_input_names_the_field(deskreel: Deskreel) -> None:
    answer = await deskreel.client.post("/api/v1/session", json={"email": EMAIL})
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert "password" in answer.json()["detail"]
