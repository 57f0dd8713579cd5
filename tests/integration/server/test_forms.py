"""Forms: drafts that two people edit, versions that never change."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from support.evaluating import FORM, make_form, publish_form
from support.server import Deskreel


async def test_a_form_is_drafted_published_changed_and_archived(deskreel: Deskreel) -> None:
    client = deskreel.client
    made = await client.post("/api/v1/forms", json={"name": " Service "})
    assert made.status_code == 201, made.text
    form = made.json()
    assert (form["name"], form["state"], form["revision"]) == ("Service", "draft", 1)
    refused = await client.post(f"/api/v1/forms/{form['id']}/publish", json={"revision": 1})
    assert (refused.status_code, refused.json()["code"]) == (422, "form_not_ready")
    assert refused.json()["problems"] == form["problems"] != []

    body = {"revision": 1, "name": "Service", "description": "", "content": FORM}
    saved = (await client.put(f"/api/v1/forms/{form['id']}", json=body)).json()
    assert (saved["revision"], saved["problems"]) == (2, [])
    again = (await client.put(f"/api/v1/forms/{form['id']}", json=body)).json()
    assert again == saved  # sent twice
    first = await publish_form(deskreel, saved)
    assert (first["state"], first["published_version"], first["has_changes"]) == ("published", 1, False)
    assert (await publish_form(deskreel, saved))["versions"] == first["versions"]  # sent twice

    changed = {**body, "revision": 2, "content": {"sections": FORM["sections"][:1]}}
    second = (await client.put(f"/api/v1/forms/{form['id']}", json=changed)).json()
    assert second["has_changes"]
    await publish_form(deskreel, second)
    old = (await client.get(f"/api/v1/forms/{form['id']}/versions/1")).json()
    new = (await client.get(f"/api/v1/forms/{form['id']}/versions/2")).json()
    assert (len(old["content"]["sections"]), len(new["content"]["sections"])) == (2, 1)
    assert (await client.get(f"/api/v1/forms/{form['id']}/versions/3")).status_code == 404

    refused = await client.delete(f"/api/v1/forms/{form['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "form_in_use")
    archived = (await client.post(f"/api/v1/forms/{form['id']}/archive")).json()
    assert archived["state"] == "archived"
    refused = await client.post(f"/api/v1/forms/{form['id']}/publish", json={"revision": 3})
    assert (refused.status_code, refused.json()["code"]) == (409, "form_not_usable")
    assert (await client.post(f"/api/v1/forms/{form['id']}/restore")).json()["state"] == "published"


async def test_two_people_save_a_form_and_nothing_is_lost(deskreel: Deskreel) -> None:
    form = await make_form(deskreel, publish=False)
    path = f"/api/v1/forms/{form['id']}"
    body = {"revision": form["revision"], "description": "", "content": FORM}
    assert (await deskreel.client.put(path, json={**body, "name": "Mine"})).status_code == 200
    refused = await deskreel.client.put(path, json={**body, "name": "Yours"})
    assert (refused.status_code, refused.json()["code"]) == (409, "changed_meanwhile")
    current = refused.json()["current"]
    assert (current["name"], current["content"]) == ("Mine", form["content"])
    over = {**body, "name": "Yours", "revision": current["revision"]}
    assert (await deskreel.client.put(path, json=over)).json()["name"] == "Yours"
    stale = await deskreel.client.post(f"{path}/publish", json={"revision": form["revision"]})
    assert stale.json()["code"] == "changed_meanwhile"


async def test_forms_are_listed_by_name_and_state(deskreel: Deskreel) -> None:
    for name in ("Beta", "alpha_%", "Übung"):
        await make_form(deskreel, name=name, publish=name == "Beta")
    client = deskreel.client

    async def names(**wanted: Any) -> list[str]:
        answer = await client.get("/api/v1/forms", params=wanted)
        return [item["name"] for item in answer.json()["items"]]

    assert set(await names()) == {"Beta", "alpha_%", "Übung"}
    assert await names(state="published") == ["Beta"]
    assert set(await names(state="draft")) == {"alpha_%", "Übung"}
    assert await names(state="archived") == []
    assert await names(q="übung") == ["Übung"]
    assert await names(q="_%") == ["alpha_%"]
    page = (await client.get("/api/v1/forms", params={"limit": 2})).json()
    rest = (await client.get("/api/v1/forms", params={"cursor": page["next_cursor"]})).json()
    assert len(page["items"]) == 2
    assert len(rest["items"]) == 1
    assert rest["next_cursor"] is None


async def test_answers_are_tried_out_on_a_draft(deskreel: Deskreel) -> None:
    form = await make_form(deskreel, publish=False)
    path = f"/api/v1/forms/{form['id']}/score"
    answers = {"greeted": {"value": "yes"}, "tone": {"value": 2}}
    tried = (await deskreel.client.post(path, json={"answers": answers})).json()
    assert tried["score"]["sections"][0]["score"] == 62.5
    assert {problem["question_id"] for problem in tried["problems"]} == {"solved"}
    unsaved = {"sections": [FORM["sections"][1]]}
    tried = (await deskreel.client.post(path, json={"answers": {}, "content": unsaved})).json()
    assert tried["score"]["total"] is None
    assert (await deskreel.client.post(path, json={"answers": {}, "version": 1})).status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        {"sections": [{"id": "a b", "title": "x"}]},
        {"sections": [{"id": "a", "title": "x", "weight": -1}]},
        {"sections": [{"id": "a", "title": "x" * 501}]},
        {"sections": [{"id": "a", "title": "x\0"}]},
        {"sections": [{"id": "a", "title": "x", "questions": [{"kind": "other", "id": "q", "text": "?"}]}]},
        {"sections": [{"id": "a", "title": "x", "colour": "red"}]},
    ],
)
async def test_what_is_no_form_is_refused(deskreel: Deskreel, content: dict[str, Any]) -> None:
    answer = await deskreel.client.post("/api/v1/forms", json={"name": "x", "content": content})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_versions_never_change_even_by_hand(deskreel: Deskreel) -> None:
    form = await make_form(deskreel)
    with psycopg.connect(deskreel.settings.database_url or "") as connection, pytest.raises(psycopg.Error):
        connection.execute("UPDATE form_versions SET name = 'other' WHERE form_id = %s", [form["id"]])


async def test_without_quality_management_nothing_is_made(deskreel: Deskreel) -> None:
    features = (await deskreel.client.get("/api/v1/features")).json()
    off = {"version": features["version"], "quality_management": False, "screen_recording": False}
    assert (await deskreel.client.put("/api/v1/features", json=off)).status_code == 200
    refused = await deskreel.client.post("/api/v1/forms", json={"name": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "quality_management_off")
    assert "Settings" in refused.json()["hint"]
    assert (await deskreel.client.get("/api/v1/forms")).status_code == 200
