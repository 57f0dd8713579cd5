"""Which teams and agents have a media region of their own, and who is told of whom."""

from __future__ import annotations

from support.evaluating import person
from support.server import Deskreel


async def test_supervisors_are_told_of_teams_and_of_their_own_agents(deskreel: Deskreel) -> None:
    client = deskreel.client
    red, blue = [
        (await client.post("/api/v1/teams", json={"name": name})).json()["id"] for name in ("Red", "Blue")
    ]
    lines = "name,email,role,team,extension\nAda,ada@x.example,agent,Red,1001\nBen,ben@x.example,agent,Blue,1002\n"
    imported = await client.post("/api/v1/users/import", content=lines, headers={"content-type": "text/csv"})
    assert imported.status_code == 200, imported.text
    users = (await client.get("/api/v1/users")).json()["items"]
    agents = {user["name"]: user["agent"]["id"] for user in users if user["agent"]}
    home = (await client.get("/api/v1/regions")).json()["items"][0]["name"]
    for place in (f"teams/{blue}", f"agents/{agents['Ada']}", f"agents/{agents['Ben']}", f"teams/{red}"):
        chosen = await client.put(f"/api/v1/media-region/{place}", json={"version": 0, "region": home})
        assert chosen.status_code == 200, chosen.text
    taken_back = await client.put(f"/api/v1/media-region/teams/{red}", json={"version": 1, "region": None})
    assert taken_back.status_code == 200

    everybody = (await client.get("/api/v1/media-region/differing")).json()["items"]
    assert everybody == [
        {"scope": blue, "name": "Blue", "region": home},
        {"scope": agents["Ada"], "name": "Ada", "region": home},
        {"scope": agents["Ben"], "name": "Ben", "region": home},
    ]
    async with person(deskreel, "supervisor", "sam", teams=(red,)) as sam:
        shown = (await sam.client.get("/api/v1/media-region/differing")).json()["items"]
    assert [one["name"] for one in shown] == ["Blue", "Ada"]
