"""Sampling rules, calibrations and reports."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from deskreel.core.evaluation.sampling import week_of, week_window
from deskreel.core.time import WallTime
from deskreel.server.context import Context
from deskreel.server.evaluations import sampling
from support.evaluating import GOOD, Person, make_call, make_form, person
from support.server import Deskreel, wall_ms

DAY_MS = 86_400_000


class Team:
    """An admin, two evaluators, and a form."""

    def __init__(
        self, deskreel: Deskreel, admin: Person, eva: Person, ewa: Person, form: dict[str, Any]
    ) -> None:
        self.deskreel = deskreel
        self.admin = admin
        self.eva = eva
        self.ewa = ewa
        self.form = form

    async def evaluate(
        self, evaluator: Person, evaluation_id: str, answers: dict[str, Any]
    ) -> dict[str, Any]:
        """Fill in and publish."""
        path = f"/evaluations/{evaluation_id}"
        draft = await evaluator.ask("PUT", f"{path}/draft", {"revision": 1, "answers": answers})
        body = {"revision": draft["revision"]}
        return dict(await evaluator.ask("POST", f"{path}/publish", body))


@pytest.fixture
async def team(deskreel: Deskreel) -> AsyncIterator[Team]:
    me = (await deskreel.client.get("/api/v1/session")).json()["user"]
    admin = Person(id=me["id"], email=me["email"], client=deskreel.client)
    async with AsyncExitStack() as stack:
        eva, ewa = [
            await stack.enter_async_context(person(deskreel, "evaluator", name)) for name in ("eva", "ewa")
        ]
        yield Team(deskreel, admin, eva, ewa, await make_form(deskreel))


def last_week() -> tuple[str, int]:
    """Its name, and a moment in it."""
    week = week_of(WallTime(wall_ms() - 7 * DAY_MS))
    return week, week_window(week).start + DAY_MS


def past_the_last_calls(deskreel: Deskreel) -> Context:
    """A server to which the last week is over for good, as to the real one from Monday 01:00 on."""
    this_week = week_window(week_of(WallTime(wall_ms())))
    return replace(deskreel.context, clock=lambda: WallTime(this_week.start + sampling.LATE_MS))


async def test_a_rule_chooses_calls_of_the_last_week_once(team: Team) -> None:
    week, moment = last_week()
    pbx = await team.deskreel.telephony()
    for agent in ("bo", "cy"):
        for number in range(4):
            await make_call(pbx, team.deskreel, f"{agent}-{number}", agent, at=moment + number)
    await make_call(pbx, team.deskreel, "short", "di", at=moment, long_ms=5_000)
    await make_call(pbx, team.deskreel, "today", "ed")
    rule = {
        "name": "Weekly",
        "form_id": team.form["id"],
        "per_agent": 3,
        "min_duration_ms": 30_000,
        "evaluator_ids": [team.eva.id, team.ewa.id],
        "due_days": 3,
    }
    made = await team.admin.ask("POST", "/sampling-rules", rule, status=201)
    # several workers, and a person, at once
    servers = [past_the_last_calls(team.deskreel) for _ in range(3)]
    await asyncio.gather(
        *(sampling.run_all(server) for server in servers),
        team.admin.ask("POST", f"/sampling-rules/{made['id']}/run", {}),
    )
    again = await team.admin.ask("POST", f"/sampling-rules/{made['id']}/run", {"week": week})
    assert (again["assigned"], again["without_evaluator"], again["week"]) == (6, 0, week)
    items = (await team.admin.ask("GET", "/evaluations"))["items"]
    assert len(items) == 6
    assert len({(item["interaction_id"], item["agent"]["name"]) for item in items}) == 6
    assert sorted(item["agent"]["name"] for item in items) == ["bo"] * 3 + ["cy"] * 3
    assert sorted(item["evaluator"]["name"] for item in items) == ["eva"] * 3 + ["ewa"] * 3
    assert {(item["sampled"], item["assigned_by"]) for item in items} == {(True, "Weekly")}
    assert all(item["due_at"] - item["created_at"] == 3 * DAY_MS for item in items)
    (shown,) = (await team.admin.ask("GET", "/sampling-rules"))["items"]
    assert shown["last_run"] == again

    # another server, another database: the same calls
    with psycopg.connect(team.deskreel.settings.database_url or "", autocommit=True) as connection:
        first = {(item["interaction_id"], item["evaluator"]["id"]) for item in items}
        connection.execute("DELETE FROM evaluations")
        connection.execute("DELETE FROM sampling_runs")
    await sampling.run_all(past_the_last_calls(team.deskreel))
    items = (await team.admin.ask("GET", "/evaluations"))["items"]
    assert {(item["interaction_id"], item["evaluator"]["id"]) for item in items} == first


async def test_a_rule_waits_for_what_it_needs(team: Team) -> None:
    week, moment = last_week()
    pbx = await team.deskreel.telephony()
    for number in range(2):
        await make_call(pbx, team.deskreel, f"bo-{number}", "bo", at=moment + number)
    blue = (await team.admin.ask("POST", "/teams", {"name": "Blue"}, status=201))["id"]
    # eva looks after another team, ewa is not active
    for who, more in ((team.eva, {"teams": [blue]}), (team.ewa, {})):
        body = {"email": who.email, "name": "e", "role": "evaluator", **more}
        await team.admin.change_user(who.id, body)
    rule = {"name": "R", "form_id": team.form["id"], "per_agent": 1}
    rule["evaluator_ids"] = [team.eva.id, team.ewa.id]
    made = await team.admin.ask("POST", "/sampling-rules", rule, status=201)
    off = {"email": team.ewa.email, "name": "e", "role": "evaluator", "active": False}
    await team.admin.change_user(team.ewa.id, off)
    path = f"/sampling-rules/{made['id']}"
    await team.admin.ask("POST", f"/forms/{team.form['id']}/archive")
    refused = await team.admin.ask("POST", f"{path}/run", {}, status=409)
    assert refused["code"] == "form_not_usable"
    await sampling.run_all(past_the_last_calls(team.deskreel))  # skips it
    assert not (await team.admin.ask("GET", "/sampling-rules"))["items"][0]["form_usable"]
    await team.admin.ask("POST", f"/forms/{team.form['id']}/restore")
    for unripe in (week_of(WallTime(wall_ms())), "2026-W99"):
        refused = await team.admin.ask("POST", f"{path}/run", {"week": unripe}, status=422)
        assert refused["code"] == "invalid_input"
    ran = await team.admin.ask("POST", f"{path}/run", {"week": week})
    assert (ran["assigned"], ran["without_evaluator"]) == (0, 1)


async def test_two_people_change_a_rule(team: Team) -> None:
    rule = {"name": "R", "form_id": team.form["id"], "per_agent": 1, "evaluator_ids": [team.eva.id]}
    made = await team.admin.ask("POST", "/sampling-rules", rule, status=201)
    path = f"/sampling-rules/{made['id']}"
    changed = await team.admin.ask("PUT", path, {**rule, "per_agent": 2, "revision": 1})
    assert (changed["per_agent"], changed["revision"]) == (2, 2)
    refused = await team.admin.ask("PUT", path, {**rule, "per_agent": 3, "revision": 1}, status=409)
    assert (refused["code"], refused["current"]["per_agent"]) == ("changed_meanwhile", 2)
    nobody = {**rule, "evaluator_ids": ["usr_" + "0" * 26]}
    refused = await team.admin.ask("POST", "/sampling-rules", nobody, status=409)
    assert refused["code"] == "evaluator_not_suitable"
    for wrong in ({"team_ids": ["tea_" + "0" * 26]}, {"per_agent": 0}, {"evaluator_ids": []}):
        await team.admin.ask("POST", "/sampling-rules", {**rule, **wrong}, status=422)
    blue = (await team.admin.ask("POST", "/teams", {"name": "Blue"}, status=201))["id"]
    async with person(team.deskreel, "supervisor", "bea", teams=(blue,)) as bea:
        assert (await bea.ask("GET", "/sampling-rules"))["items"] == []
        await bea.ask("POST", "/sampling-rules", rule, status=422)
        await bea.ask("PUT", path, {**rule, "revision": 2}, status=404)
        await bea.ask("DELETE", path, status=404)
        await bea.ask("POST", "/sampling-rules", {**rule, "team_ids": [blue]}, status=201)
    await team.admin.ask("DELETE", path, status=204)


async def test_a_calibration_is_blind_until_all_have_published(team: Team) -> None:
    pbx = await team.deskreel.telephony()
    call = await make_call(pbx, team.deskreel, "c1", "bo")
    people = [team.eva.id, team.ewa.id, team.admin.id]
    body = {"name": "March", "interaction_id": call, "form_id": team.form["id"], "evaluator_ids": people}
    made = await team.admin.ask("POST", "/calibrations", body, status=201)
    path = f"/calibrations/{made['id']}"
    own = (await team.eva.ask("GET", f"/evaluations?mine=true&calibration={made['id']}"))["items"]
    assert len(own) == 1
    first = await team.evaluate(team.eva, own[0]["id"], GOOD)
    assert first["may"] == []
    # nobody else sees it, not even who leads
    for other in (team.ewa, team.admin):
        await other.ask("GET", f"/evaluations/{own[0]['id']}", status=404)
        shown = await other.ask("GET", path)
        theirs = next(one for one in shown["people"] if one["evaluator"]["name"] == "eva")
        assert (theirs["state"], theirs["score"], theirs["evaluation_id"]) == ("published", None, None)
        assert shown["result"] is None
    for other, solved in ((team.ewa, "partly"), (team.admin, "rude")):
        mine = (await other.ask("GET", "/evaluations?mine=true&kind=calibration"))["items"]
        await team.evaluate(other, mine[0]["id"], {**GOOD, "solved": {"value": solved, "comment": "so"}})
    shown = await team.eva.ask("GET", path)
    assert shown["closed_at"] is not None
    assert {one["score"] for one in shown["people"]} == {100, 62.5, 0}
    total = shown["result"]["total"]
    assert (total["least"], total["most"], total["spread"], total["mean"]) == (0, 100, 100, 54.17)
    assert shown["result"]["failed"] == 1
    spread = {one["question_id"]: one for one in shown["result"]["questions"]}
    assert (spread["solved"]["spread"]["spread"], spread["solved"]["agreed"]) == (100, False)
    assert (spread["tone"]["spread"]["spread"], spread["tone"]["agreed"]) == (0, True)
    # it is practice: no report, no mark on the call, nothing to dispute
    assert (await team.admin.ask("GET", "/reports/scores"))["evaluations"] == 0
    assert (await team.admin.ask("GET", "/interactions?has_evaluation=true"))["items"] == []
    assert (await team.admin.ask("GET", "/events?type=evaluation.published"))["items"] == []


async def test_who_leads_can_close_a_calibration(team: Team) -> None:
    pbx = await team.deskreel.telephony()
    call = await make_call(pbx, team.deskreel, "c1", "bo")
    people = [team.eva.id, team.ewa.id]
    body = {"name": "April", "interaction_id": call, "form_id": team.form["id"], "evaluator_ids": people}
    twice = {**body, "evaluator_ids": [team.eva.id, team.eva.id]}
    await team.admin.ask("POST", "/calibrations", twice, status=422)
    made = await team.admin.ask("POST", "/calibrations", body, status=201)
    path = f"/calibrations/{made['id']}"
    own = (await team.eva.ask("GET", "/evaluations?mine=true"))["items"][0]["id"]
    other = (await team.ewa.ask("GET", "/evaluations?mine=true"))["items"][0]["id"]
    await team.evaluate(team.eva, own, GOOD)
    await team.eva.ask("POST", f"{path}/close", status=403)
    closed = await team.admin.ask("POST", f"{path}/close")
    assert closed["result"]["total"]["count"] == 1
    assert await team.admin.ask("POST", f"{path}/close") == closed
    late = await team.ewa.ask(
        "PUT", f"/evaluations/{other}/draft", {"revision": 1, "answers": GOOD}, status=409
    )
    assert (late["code"], late["state"]) == ("evaluation_state", "cancelled")
    await team.admin.ask("DELETE", f"/evaluations/{own}", status=403)


async def test_reports_add_up(team: Team) -> None:
    pbx = await team.deskreel.telephony()
    said = [
        ("bo", "partly", {"na": True}),
        ("bo", "yes", {"value": "no"}),
        ("cy", "rude", {"value": "yes"}),
    ]
    comments = ["=1+1", 'Größe; "x"\nzweite', ""]
    for number, (agent, solved, greeted) in enumerate(said):
        call = await make_call(pbx, team.deskreel, f"c{number}", agent)
        body = {"form_id": team.form["id"]}
        begun = await team.eva.ask("POST", f"/interactions/{call}/evaluations", body)
        answers = {"greeted": greeted, "tone": {"value": 5}, "solved": {"value": solved}}
        path = f"/evaluations/{begun['id']}"
        draft = {"revision": 1, "answers": answers, "comment": comments[number]}
        await team.eva.ask("PUT", f"{path}/draft", draft)
        await team.eva.ask("POST", f"{path}/publish", {"revision": 2})

    async def report(group_by: str, **wanted: Any) -> dict[str, Any]:
        params = {"group_by": group_by, **wanted}
        answer = await team.admin.client.get("/api/v1/reports/scores", params=params)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    by_agent = await report("agent")
    # bo: opening 100 and 50, outcome 50 and 100: 62.5 and 87.5
    assert [(g["name"], g["evaluations"], g["mean"], g["failed"]) for g in by_agent["items"]] == [
        ("bo", 2, 75, 0),
        ("cy", 1, 0, 1),
    ]
    assert (by_agent["evaluations"], by_agent["mean"], by_agent["failed"]) == (3, 50, 1)
    by_question = {group["name"]: group for group in (await report("question"))["items"]}
    assert by_question["Greeted by name?"]["mean"] == 50
    assert by_question["Greeted by name?"]["not_applicable"] == 1
    assert by_question["Was the matter solved?"]["failed"] == 1
    assert "Why not?" not in by_question  # never shown
    assert [g["key"] for g in (await report("week", timezone="Europe/Berlin"))["items"]] != []
    for group_by, name in (("team", ""), ("form", "Service"), ("evaluator", "eva")):
        (group,) = (await report(group_by))["items"]
        assert (group["name"], group["evaluations"], group["least"], group["most"]) == (name, 3, 0, 87.5)
    bo = next(group["key"] for group in by_agent["items"] if group["name"] == "bo")
    assert (await report("form", agent=bo))["evaluations"] == 2
    assert (await report("agent", to=1))["mean"] is None
    for wrong in ({"timezone": "Mars"}, {"from": 5, "to": 4}):
        answer = await team.admin.client.get("/api/v1/reports/scores", params=wrong)
        assert answer.json()["code"] == "invalid_input"

    exported = await team.admin.client.get("/api/v1/reports/evaluations.csv", params={"agent": bo})
    rows = list(csv.DictReader(io.StringIO(exported.text, newline="")))
    assert [(row["agent"], row["score"], row["state"], row["comment"]) for row in rows] == [
        ("bo", "62.50", "published", "'=1+1"),
        ("bo", "87.50", "published", comments[1]),
    ]
    assert rows[0]["published_at"].endswith("Z")
