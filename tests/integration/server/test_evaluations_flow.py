"""The life of an evaluation: assigned, worked on, published, acknowledged or disputed, answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from deskreel.server.webhooks.outbox import place
from support.evaluating import GOOD, Person, make_call, make_form, person
from support.server import Deskreel, wall_ms


@dataclass
class Floor:
    """A contact centre with a call to evaluate."""

    deskreel: Deskreel
    admin: Person
    eva: Person  # evaluator
    sam: Person  # supervisor
    ada: Person  # agent
    form: dict[str, Any]
    call: str  # the interaction of ada's call

    async def assigned(self, **more: Any) -> dict[str, Any]:
        """Eva is to evaluate the call."""
        body = {"interaction_id": self.call, "form_id": self.form["id"], "evaluator_id": self.eva.id, **more}
        return dict(await self.admin.ask("POST", "/evaluations", body, status=201))

    async def published(self, answers: dict[str, Any] = GOOD) -> dict[str, Any]:
        """Eva has evaluated the call."""
        evaluation = await self.assigned()
        path = f"/evaluations/{evaluation['id']}"
        draft = await self.eva.ask("PUT", f"{path}/draft", {"revision": 1, "answers": answers})
        return dict(await self.eva.ask("POST", f"{path}/publish", {"revision": draft["revision"]}))


@pytest.fixture
async def floor(deskreel: Deskreel) -> AsyncIterator[Floor]:
    me = (await deskreel.client.get("/api/v1/session")).json()["user"]
    features = (await deskreel.client.get("/api/v1/features")).json()
    await deskreel.client.put(
        "/api/v1/features", json={"version": features["version"], "agents_see_own": True}
    )
    async with AsyncExitStack() as stack:
        people = {
            name: await stack.enter_async_context(person(deskreel, role, name))
            for role, name in (("evaluator", "eva"), ("supervisor", "sam"), ("agent", "ada"))
        }
        pbx = await deskreel.telephony()
        call = await make_call(pbx, deskreel, "c1", people["ada"].email)
        yield Floor(
            deskreel=deskreel,
            admin=Person(id=me["id"], email=me["email"], client=deskreel.client),
            form=await make_form(deskreel),
            call=call,
            **people,
        )


async def test_from_assignment_to_acknowledgement(floor: Floor) -> None:
    evaluation = await floor.assigned(due_at=wall_ms() - 1)
    path = f"/evaluations/{evaluation['id']}"
    assert (evaluation["state"], evaluation["agent"]["name"], evaluation["overdue"]) == (
        "assigned",
        "ada",
        True,
    )
    listed = await floor.eva.ask("GET", "/evaluations?mine=true&state=assigned&sort=due")
    assert [item["id"] for item in listed["items"]] == [evaluation["id"]]
    assert (await floor.ada.ask("GET", "/evaluations"))["items"] == []
    await floor.ada.ask("GET", path, status=404)
    before = await floor.admin.ask("GET", "/interactions")
    assert [item["has_evaluation"] for item in before["items"]] == [False]

    draft = await floor.eva.ask(
        "PUT", f"{path}/draft", {"revision": 1, "answers": {"greeted": {"value": "yes"}}, "comment": "Schön."}
    )
    assert (draft["state"], draft["revision"], draft["result"]["total"]) == ("draft", 2, 100)
    assert [(p["question_id"], p["code"]) for p in draft["problems"]] == [
        ("tone", "missing"),
        ("solved", "missing"),
    ]
    refused = await floor.eva.ask("POST", f"{path}/publish", {"revision": 2}, status=422)
    assert (refused["code"], refused["problems"]) == ("evaluation_incomplete", draft["problems"])
    answers = {**GOOD, "tone": {"value": 1, "comment": ""}, "why": {"value": "hidden, so it is not kept"}}
    draft = await floor.eva.ask("PUT", f"{path}/draft", {"revision": 2, "answers": answers})
    assert [(p["question_id"], p["code"]) for p in draft["problems"]] == [("tone", "comment_required")]
    answers["tone"]["comment"] = "Too loud."
    draft = await floor.eva.ask("PUT", f"{path}/draft", {"revision": 3, "answers": answers})
    note = {"start_ms": 1500, "end_ms": 4000, "text": "Here.", "question_id": "tone"}
    note["rectangle"] = {"x": 0.5, "y": 0.5, "width": 0.5, "height": 0.25}
    await floor.eva.ask("POST", f"{path}/feedback", note, status=201)
    published = await floor.eva.ask("POST", f"{path}/publish", {"revision": 4})
    # opening: (100 + 0) / 2 = 50, weight 1; outcome: 100, weight 3
    assert (published["state"], published["score"], published["may"]) == ("published", 87.5, [])
    assert "why" not in published["answers"]
    assert (await floor.eva.ask("POST", f"{path}/publish", {"revision": 4}))["score"] == 87.5  # sent twice
    after = await floor.admin.ask("GET", "/interactions?has_evaluation=true")
    assert [item["id"] for item in after["items"]] == [floor.call]

    seen = await floor.ada.ask("GET", path)
    assert seen["may"] == ["acknowledge", "dispute"]
    assert seen["feedback"][0]["text"] == "Here."
    assert [entry["action"] for entry in seen["history"]] == ["published"]
    await floor.sam.ask("POST", f"{path}/acknowledge", {}, status=403)
    done = await floor.ada.ask("POST", f"{path}/acknowledge", {"text": "Danke"})
    assert (done["state"], done["acknowledgement"], done["may"]) == ("acknowledged", "Danke", [])
    again = await floor.ada.ask("POST", f"{path}/acknowledge", {"text": "Danke"})
    assert again["history"] == done["history"]
    late = await floor.ada.ask("POST", f"{path}/dispute", {"text": "But"}, status=409)
    assert (late["code"], late["state"]) == ("evaluation_state", "acknowledged")
    whole = await floor.admin.ask("GET", path)
    assert [entry["action"] for entry in whole["history"]] == ["assigned", "published", "acknowledged"]


async def test_publishing_is_told_to_other_systems_and_audited(floor: Floor) -> None:
    published = await floor.published()
    await place(floor.deskreel.context)
    events = (await floor.admin.ask("GET", "/events?type=evaluation.published"))["items"]
    assert [event["data"] for event in events] == [
        {
            "agent_id": published["agent"]["id"],
            "evaluation_id": published["id"],
            "interaction_ids": [floor.call],
            "form_id": floor.form["id"],
            "form_version": 1,
            "score": 100,
            "failed": False,
            "changed": False,
        }
    ]
    audited = (await floor.admin.ask("GET", f"/audit?subject={published['id']}"))["items"]
    assert [(entry["action"], entry["actor"]) for entry in audited] == [
        ("evaluation.published", floor.eva.id),
        ("evaluation.assigned", floor.admin.id),
    ]


async def test_two_windows_save_one_evaluation_and_nothing_is_lost(floor: Floor) -> None:
    path = f"/evaluations/{(await floor.assigned())['id']}"
    mine = {"revision": 1, "answers": {"greeted": {"value": "yes"}}, "comment": "first"}
    assert (await floor.eva.ask("PUT", f"{path}/draft", mine))["revision"] == 2
    assert (await floor.eva.ask("PUT", f"{path}/draft", mine))["revision"] == 2  # sent twice
    refused = await floor.eva.ask("PUT", f"{path}/draft", {**mine, "comment": "second"}, status=409)
    assert refused["code"] == "changed_meanwhile"
    assert (refused["current"]["revision"], refused["current"]["comment"]) == (2, "first")
    assert refused["current"]["answers"]["greeted"]["value"] == "yes"
    stale = await floor.eva.ask("POST", f"{path}/publish", {"revision": 1}, status=409)
    assert stale["code"] == "changed_meanwhile"
    # both at once: one is kept, the other hears of it
    bodies = [{**mine, "revision": 2, "comment": text} for text in ("left", "right")]
    answers = await asyncio.gather(
        *(floor.eva.client.put(f"/api/v1{path}/draft", json=body) for body in bodies)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]

    sent = {"start_ms": 5, "text": "a", "rectangle": {"x": 0, "y": 0.1, "width": 0.3, "height": 0.5}}
    twice = await asyncio.gather(
        *(floor.eva.ask("POST", f"{path}/feedback", sent, status=201) for _ in range(2))
    )
    note = twice[0]
    other = await floor.eva.ask("POST", f"{path}/feedback", {"start_ms": 5, "text": "a"}, status=201)
    listed = (await floor.eva.ask("GET", path))["feedback"]
    assert sorted(one["id"] for one in listed) == sorted({one["id"] for one in [*twice, other]})
    assert twice == [note, note]
    place_ = f"{path}/feedback/{note['id']}"
    change = {"start_ms": 5, "text": "b", "revision": 1}
    assert (await floor.eva.ask("PUT", place_, change))["revision"] == 2
    assert (await floor.eva.ask("PUT", place_, change))["revision"] == 2  # sent twice
    refused = await floor.eva.ask("PUT", place_, {**change, "text": "c"}, status=409)
    assert refused["current"]["text"] == "b"
    await floor.eva.ask("DELETE", place_, status=204)
    await floor.eva.ask("DELETE", place_, status=404)


async def test_only_the_evaluator_works_on_it(floor: Floor) -> None:
    path = f"/evaluations/{(await floor.assigned())['id']}"
    refused = await floor.sam.ask("PUT", f"{path}/draft", {"revision": 1, "answers": {}}, status=403)
    assert refused["code"] == "not_your_evaluation"
    await floor.ada.ask("PUT", f"{path}/draft", {"revision": 1, "answers": {}}, status=403)
    async with person(floor.deskreel, "evaluator", "ewa") as ewa:
        await ewa.ask("GET", path, status=404)  # drafts are for who does them and who assigns them
        await floor.eva.ask("PUT", f"{path}/draft", {"revision": 1, "answers": GOOD, "comment": "mine"})
        await floor.eva.ask("POST", f"{path}/feedback", {"start_ms": 0, "text": "x"}, status=201)
        given = await floor.sam.ask("PUT", f"{path}/assignment", {"evaluator_id": ewa.id, "due_at": None})
        assert (given["state"], given["answers"], given["feedback"]) == ("assigned", {}, [])
        kept = given["history"][-1]
        assert (kept["action"], kept["content"]["comment"]) == ("reassigned", "mine")
        assert kept["content"]["feedback"][0]["text"] == "x"
        await floor.eva.ask("GET", path, status=404)
        saved = await ewa.ask("PUT", f"{path}/draft", {"revision": given["revision"], "answers": GOOD})
        await ewa.ask("POST", f"{path}/publish", {"revision": saved["revision"]})
        seen = {one["action"]: one["content"] for one in (await ewa.ask("GET", path))["history"]}
        assert seen["reassigned"] is None  # what eva wrote and never published is not for ewa
        assert seen["published"]["answers"]
        seen = {one["action"]: one["content"] for one in (await floor.sam.ask("GET", path))["history"]}
        assert seen["reassigned"]["comment"] == "mine"


async def test_two_evaluations_given_to_one_person_at_once(floor: Floor) -> None:
    async with (
        person(floor.deskreel, "evaluator", "ewa") as ewa,
        person(floor.deskreel, "evaluator", "ede") as ede,
    ):
        for _ in range(5):
            made = [await floor.assigned(evaluator_id=one.id) for one in (floor.eva, ewa)]
            wanted = {"evaluator_id": ede.id, "due_at": None}
            answers = await asyncio.gather(
                *(
                    floor.admin.client.put(f"/api/v1/evaluations/{one['id']}/assignment", json=wanted)
                    for one in made
                )
            )
            assert sorted(answer.status_code for answer in answers) == [200, 409], answers[0].text
            (refused,) = [answer.json() for answer in answers if answer.status_code == 409]
            assert refused["code"] == "assigned_already"
            assert refused["evaluation_id"] in {one["id"] for one in made}
            for one in made:
                await floor.admin.ask("DELETE", f"/evaluations/{one['id']}", status=204)


async def test_a_dispute_is_answered_by_somebody_else(floor: Floor) -> None:
    bad = {**GOOD, "solved": {"value": "rude"}}
    evaluation = await floor.published(bad)
    path = f"/evaluations/{evaluation['id']}"
    assert (evaluation["score"], evaluation["failed"]) == (0, True)
    await floor.ada.ask("POST", f"{path}/dispute", {"text": "  "}, status=422)
    disputed = await floor.ada.ask("POST", f"{path}/dispute", {"text": "The line broke."})
    assert (disputed["state"], disputed["dispute"]["text"]) == ("disputed", "The line broke.")
    assert (await floor.ada.ask("POST", f"{path}/dispute", {"text": "The line broke."}))[
        "state"
    ] == "disputed"
    kept = {"decision": "kept", "text": "No."}
    await floor.eva.ask("POST", f"{path}/review", kept, status=403)
    async with person(floor.deskreel, "supervisor", "eve") as eve:
        # the evaluator is not the second reviewer, whatever their role has become
        other = {"email": floor.eva.email, "name": "eva", "role": "supervisor", "teams": []}
        await floor.admin.change_user(floor.eva.id, other)
        refused = await floor.eva.ask("POST", f"{path}/review", kept, status=403)
        assert refused["code"] == "own_evaluation"
        incomplete = {"decision": "changed", "text": "Yes.", "answers": {}}
        refused = await eve.ask("POST", f"{path}/review", incomplete, status=422)
        assert refused["code"] == "evaluation_incomplete"
        changed = {**incomplete, "answers": {**GOOD, "solved": {"value": "partly"}}}
        answered = await eve.ask("POST", f"{path}/review", changed)
        assert (answered["state"], answered["score"], answered["failed"]) == ("answered", 62.5, False)
        assert answered["dispute"]["reviewer"]["name"] == "eve"
        assert await eve.ask("POST", f"{path}/review", changed) == answered  # sent twice
        late = await floor.sam.ask("POST", f"{path}/review", kept, status=409)
        assert late["code"] == "evaluation_state"
    history = {entry["action"]: entry for entry in answered["history"]}
    assert history["published"]["content"]["answers"]["solved"]["value"] == "rude"
    assert (history["published"]["score"], history["answered"]["score"]) == (0, 62.5)
    await place(floor.deskreel.context)
    events = (await floor.admin.ask("GET", "/events?type=evaluation.published"))["items"]
    assert [(event["data"]["score"], event["data"]["changed"]) for event in events] == [
        (0, False),
        (62.5, True),
    ]
    assert (await floor.ada.ask("POST", f"{path}/acknowledge", {}))["state"] == "acknowledged"


async def test_one_evaluates_oneself_by_pressing_the_button_twice(floor: Floor) -> None:
    body = {"form_id": floor.form["id"]}
    answers = await asyncio.gather(
        *(floor.eva.ask("POST", f"/interactions/{floor.call}/evaluations", body) for _ in range(3))
    )
    assert len({answer["id"] for answer in answers}) == 1
    assert answers[0]["may"] == ["save", "publish"]
    known = {"interaction_id": floor.call, "form_id": floor.form["id"], "evaluator_id": floor.eva.id}
    refused = await floor.sam.ask("POST", "/evaluations", known, status=409)
    assert (refused["code"], refused["evaluation_id"]) == ("assigned_already", answers[0]["id"])


async def test_who_cannot_evaluate_is_refused(floor: Floor) -> None:
    body = {"interaction_id": floor.call, "form_id": floor.form["id"]}

    async def refusal(status: int, **more: Any) -> dict[str, Any]:
        return dict(await floor.admin.ask("POST", "/evaluations", {**body, **more}, status=status))

    assert (await refusal(409, evaluator_id=floor.ada.id))["code"] == "evaluator_not_suitable"
    nobody = "usr_" + "0" * 26
    assert (await refusal(409, evaluator_id=nobody))["code"] == "evaluator_not_suitable"
    assert (await refusal(404, evaluator_id=floor.eva.id, interaction_id="int_" + "0" * 26))[
        "code"
    ] == "not_found"
    evaluation = await floor.assigned()
    off = {"email": floor.eva.email, "name": "eva", "role": "evaluator", "active": False}
    await floor.admin.change_user(floor.eva.id, off)
    left = await floor.admin.ask("GET", f"/evaluations/{evaluation['id']}")
    assert (left["evaluator"]["active"], left["may"]) == (False, ["reassign"])
    given = {"evaluator_id": floor.sam.id, "due_at": 5}
    moved = await floor.admin.ask("PUT", f"/evaluations/{evaluation['id']}/assignment", given)
    assert (moved["evaluator"]["name"], moved["due_at"]) == ("sam", 5)
    assert (await refusal(409, evaluator_id=floor.eva.id))["code"] == "evaluator_not_suitable"
    others = (await floor.admin.ask("GET", "/evaluators"))["items"]
    assert {one["name"] for one in others} == {"Admin", "sam"}


async def test_a_call_of_two_agents_names_one(floor: Floor) -> None:
    pbx = await floor.deskreel.telephony("other")
    call = await make_call(pbx, floor.deskreel, "both", floor.ada.email, "bo")
    body = {"interaction_id": call, "form_id": floor.form["id"], "evaluator_id": floor.eva.id}
    refused = await floor.admin.ask("POST", "/evaluations", body, status=422)
    assert refused["code"] == "agent_needed"
    bo = next(agent for agent in refused["agents"] if agent["name"] == "bo")
    made = await floor.admin.ask("POST", "/evaluations", {**body, "agent_id": bo["id"]}, status=201)
    assert made["agent"] == bo
    with psycopg.connect(floor.deskreel.settings.database_url or "") as connection:
        connection.execute("UPDATE agents SET in_qm = false WHERE id = %s", [bo["id"]])
    own = {"form_id": floor.form["id"], "agent_id": bo["id"]}
    refused = await floor.sam.ask("POST", f"/interactions/{call}/evaluations", own, status=409)
    assert refused["code"] == "agent_not_in_quality_management"


async def test_a_form_archived_meanwhile_is_finished_in_its_version(floor: Floor) -> None:
    evaluation = await floor.assigned()
    await floor.admin.ask("POST", f"/forms/{floor.form['id']}/archive")
    own = {"form_id": floor.form["id"]}
    refused = await floor.sam.ask("POST", f"/interactions/{floor.call}/evaluations", own, status=409)
    assert refused["code"] == "form_not_usable"
    path = f"/evaluations/{evaluation['id']}"
    await floor.eva.ask("PUT", f"{path}/draft", {"revision": 1, "answers": GOOD})
    assert (await floor.eva.ask("POST", f"{path}/publish", {"revision": 2}))["score"] == 100


async def test_a_deleted_call_keeps_its_scores_and_takes_no_new_ones(floor: Floor) -> None:
    published = await floor.published()
    begun = await floor.sam.ask(
        "POST", f"/interactions/{floor.call}/evaluations", {"form_id": floor.form["id"]}
    )
    with psycopg.connect(floor.deskreel.settings.database_url or "") as connection:
        connection.execute("DELETE FROM interactions WHERE id = %s", [floor.call])
    seen = await floor.ada.ask("GET", f"/evaluations/{published['id']}")
    assert (seen["interaction_id"], seen["score"]) == (None, 100)
    path = f"/evaluations/{begun['id']}"
    refused = await floor.sam.ask("PUT", f"{path}/draft", {"revision": 1, "answers": GOOD}, status=409)
    assert refused["code"] == "interaction_gone"
    await floor.sam.ask("DELETE", path, status=204)
    await floor.sam.ask("GET", path, status=404)


async def test_a_deleted_evaluation_leaves_its_trace(floor: Floor) -> None:
    published = await floor.published()
    await floor.eva.ask("DELETE", f"/evaluations/{published['id']}", status=403)
    await floor.sam.ask("DELETE", f"/evaluations/{published['id']}", status=204)
    await floor.sam.ask("DELETE", f"/evaluations/{published['id']}", status=404)
    lines = await floor.admin.ask("GET", "/interactions")
    assert [item["has_evaluation"] for item in lines["items"]] == [False]
    (entry, *_) = (await floor.admin.ask("GET", f"/audit?subject={published['id']}"))["items"]
    assert entry["action"] == "evaluation.deleted"
    assert (entry["details"]["score"], entry["details"]["state"]) == (100, "published")


async def test_reviewers_see_evaluations_of_their_teams(floor: Floor) -> None:
    published = await floor.published()
    blue = (await floor.admin.ask("POST", "/teams", {"name": "Blue"}, status=201))["id"]
    async with person(floor.deskreel, "supervisor", "bea", teams=(blue,)) as bea:
        path = f"/evaluations/{published['id']}"
        assert (await bea.ask("GET", "/evaluations"))["items"] == []
        await bea.ask("GET", path, status=404)
        await bea.ask("DELETE", path, status=404)
        await bea.ask("POST", f"{path}/review", {"decision": "kept", "text": "x"}, status=404)
        own = {"form_id": floor.form["id"]}
        await bea.ask("POST", f"/interactions/{floor.call}/evaluations", own, status=404)
        body = {"interaction_id": floor.call, "form_id": floor.form["id"], "evaluator_id": bea.id}
        refused = await floor.admin.ask("POST", "/evaluations", body, status=409)
        assert refused["code"] == "evaluator_not_suitable"
        assert (await bea.ask("GET", "/reports/scores"))["evaluations"] == 0
        ada = {"email": floor.ada.email, "name": "ada", "role": "agent", "teams": [blue]}
        await floor.admin.change_user(floor.ada.id, ada)
        assert (await bea.ask("GET", path))["score"] == 100
        assert (await bea.ask("GET", "/reports/scores"))["evaluations"] == 1


NOT_KEPT: list[tuple[str, dict[str, Any]]] = [
    ("draft", {"revision": 1, "answers": {"greeted": {"comment": "x" * 4001}}}),
    ("draft", {"revision": 1, "answers": {"greeted": {"value": "nul\0"}}}),
    ("draft", {"revision": 1, "answers": {"greeted": {"value": 1.5}}}),
    ("feedback", {"start_ms": 5, "text": "x" * 4001}),
    ("feedback", {"start_ms": 5, "text": " "}),
    ("feedback", {"start_ms": 5, "end_ms": 4, "text": "x"}),
    ("feedback", {"start_ms": -1, "text": "x"}),
    ("feedback", {"start_ms": 5, "text": "x", "question_id": "other"}),
    (
        "feedback",
        {"start_ms": 5, "text": "x", "rectangle": {"x": 0.9, "y": 0, "width": 0.2, "height": 1}},
    ),
]


async def test_what_cannot_be_kept_is_refused(floor: Floor) -> None:
    evaluation = await floor.assigned()
    for path, body in NOT_KEPT:
        method = "PUT" if path == "draft" else "POST"
        refused = await floor.eva.ask(method, f"/evaluations/{evaluation['id']}/{path}", body, status=422)
        assert refused["code"] == "invalid_input", body


async def test_what_is_long_or_odd_but_allowed_is_kept(floor: Floor) -> None:
    path = f"/evaluations/{(await floor.assigned())['id']}"
    said = "Grüße: «ß» 😀\n" + "ä" * 3980
    answers = {"greeted": {"value": None, "na": True, "comment": said}, "tone": {"value": 99}}
    draft = await floor.eva.ask("PUT", f"{path}/draft", {"revision": 1, "answers": answers, "comment": said})
    assert (draft["problems"][0]["question_id"], draft["problems"][0]["code"]) == ("tone", "not_an_answer")
    shown = await floor.eva.ask("GET", path)
    assert (shown["comment"], shown["answers"]["greeted"]["comment"]) == (said, said)
