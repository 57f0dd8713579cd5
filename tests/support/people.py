"""People with an account of their own at the server under test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from deskreel.server import admin
from support.server import PASSWORD, Deskreel


@asynccontextmanager
async def signed_in(deskreel: Deskreel, role: str, name: str = "") -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a new user of this role."""
    name = name or role
    email = f"{name}@people.example"
    await admin.add_user(email=email, name=name, role=role, password=PASSWORD, settings=deskreel.settings)
    async with httpx2.AsyncClient(base_url=deskreel.settings.base_url, timeout=20) as client:
        answer = await client.post("/api/v1/session", json={"email": email, "password": PASSWORD})
        client.headers["x-csrf-token"] = answer.json()["csrf_token"]
        yield client


async def put_user(client: httpx2.AsyncClient, email: str, **fields: Any) -> None:
    """Change some fields of a user, as the admin whose client this is."""
    found = (await client.get("/api/v1/users", params={"q": email})).json()["items"]
    user = next(item for item in found if item["email"] == email)
    body = {
        "email": email,
        "name": user["name"],
        "role": user["role"],
        "teams": [one["id"] for one in user["teams"]],
        "active": user["active"],
        "version": user["version"],
        **fields,
    }
    answer = await client.put(f"/api/v1/users/{user['id']}", json=body)
    assert answer.status_code == 200, answer.text
