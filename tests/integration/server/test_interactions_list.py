"""The list of interactions: every filter and order against a plain computation over all of them, page by page."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import httpx2
import psycopg
import pytest

from deskreel.core.errors import InvalidInputError
from deskreel.core.ids import AgentId, TeamId
from deskreel.server.interactions import listing, query
from deskreel.server.interactions.listing import Question
from deskreel.server.interactions.model import InteractionPage, InteractionSummary
from deskreel.server.interactions.query import Filter, Sort
from deskreel.server.permissions import Scope
from support.server import Deskreel, wall_ms

CALLS = 120
AGENTS = ("agt_ada", "agt_ben", "agt_cleo", "agt_dan")
NAMES = {"agt_ada": "Ada Abel", "agt_ben": "Ben Brandt", "agt_cleo": "Cleo Abel", "agt_dan": "Dan 50%"}
TEAMS = {"tea_one": ("agt_ada", "agt_ben"), "tea_two": ("agt_cleo",)}
QUEUES = ("sales", "support", None)
WORDS = ("refund", "refunded", "invoice", "credit card", "card credit", "hello")
BEGAN = 1_760_000_000_000
EVERYBODY = Scope()
ANY = Filter()


def fill(deskreel: Deskreel) -> None:
    """Calls of every sort, through the tables that the server writes."""
    rng = random.Random(5)
    with psycopg.connect(deskreel.settings.database_url or "") as database:
        do = database.execute
        do("INSERT INTO telephony_sources (id, name, secrets, created_at) VALUES ('src', 'pbx', '{}', 0)")
        for team in TEAMS:
            do("INSERT INTO teams (id, name, created_at) VALUES (%s, %s, 0)", [team, team])
        for agent in AGENTS:
            team = next((team for team, members in TEAMS.items() if agent in members), None)
            do(
                "INSERT INTO agents (id, key, name, team_id, created_at) VALUES (%s, %s, %s, %s, 0)",
                [agent, agent, NAMES[agent], team],
            )
        for number in range(CALLS):
            call(do, rng, number)


def call_no(number: int) -> str:
    return f"int_{number:026d}"


def call(do: Callable[..., Any], rng: random.Random, number: int) -> None:
    call_id, at = call_no(number), BEGAN + rng.randrange(60) * 1000  # several begin at once
    length = rng.randrange(1, 20) * 1000
    going_on = number % 17 == 0
    do(
        "INSERT INTO interactions (id, source_id, call_id, direction, caller, callee, queue, started_at, ended_at) "
        "VALUES (%s, 'src', %s, %s, %s, %s, %s, %s, %s)",
        [
            call_id,
            call_id,
            rng.choice(("inbound", "outbound", "unknown")),
            rng.choice((None, "anonymous", f"+49 (30) {rng.randrange(10**6):06d}")),
            rng.choice(("1001", "1002", "101")),
            rng.choice(QUEUES),
            at,
            None if going_on else at + length,
        ],
    )
    for order, agent in enumerate(rng.sample(AGENTS, k=rng.choice((1, 1, 1, 2)))):
        do(
            "INSERT INTO call_events (source_id, event_id, agent_id, kind, call_id, occurred_at, received_at) "
            "VALUES ('src', %s, %s, 'call.answered', %s, %s, 0)",
            [f"{call_id}-{order}", agent, call_id, at + order],
        )
        if rng.random() < 0.5 and order == 0:
            screen(do, rng, call_id, agent, at, None if going_on else at + length)
    if rng.random() < 0.5:
        do(
            "INSERT INTO call_recordings (id, interaction_id, state, starts_at, created_at) "
            "VALUES (%s, %s, %s, 0, 0)",
            [f"aud_{number}", call_id, rng.choice(("ready", "ready", "waiting"))],
        )
    if rng.random() < 0.5:
        do(
            "INSERT INTO transcripts (id, interaction_id, starts_at, segments, text, created_at) "
            "VALUES (%s, %s, 0, '[]', %s, 0)",
            [f"trn_{number}", call_id, " and then ".join(rng.sample(WORDS, k=2))],
        )


def screen(
    do: Callable[..., Any], rng: random.Random, call_id: str, agent: str, at: int, end: int | None
) -> None:
    recording = f"scr_{call_id}"
    do(
        "INSERT INTO screen_recordings (id, agent_id, state, started_at, ended_at, spans, canvas_width, "
        "canvas_height, max_fps) VALUES (%s, %s, %s, %s, %s, %s, 1, 1, 1)",
        [
            recording,
            agent,
            "paused" if end is None else "available",
            at,
            end,
            json.dumps([["recorded", at, at + 500], ["paused", at + 500, end]]),
        ],
    )
    do("INSERT INTO recording_parts VALUES (%s, %s, %s, %s, %s)", [recording, call_id, at, end, end])
    if rng.random() < 0.8:
        do(
            "INSERT INTO interaction_coverage VALUES (%s, %s, %s, %s, 500, %s, '[]', '{}')",
            [recording, call_id, agent, at, rng.choice((0, 250, 500, 500))],
        )


@pytest.fixture
async def filled(deskreel: Deskreel) -> Deskreel:
    fill(deskreel)
    return deskreel


async def ask(
    deskreel: Deskreel, question: Question, scope: Scope = EVERYBODY, **more: Any
) -> InteractionPage:
    asked = {"limit": 200, "cursor": None, **more}
    return await listing.page(deskreel.context, scope, question, **asked)


async def walk(deskreel: Deskreel, question: Question, scope: Scope, limit: int) -> list[InteractionSummary]:
    """All pages."""
    found: list[InteractionSummary] = []
    cursor = None
    while True:
        page = await ask(deskreel, question, scope, limit=limit, cursor=cursor)
        assert len(page.items) == limit or page.next_cursor is None
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


# --- the same by plain computation ------------------------------------------------------------------------------


def fits(item: InteractionSummary, wanted: Filter, scope: Scope) -> bool:
    people = {person.id for person in item.agents}
    of_team = {agent for team in wanted.teams or () for agent in TEAMS.get(team, ())}
    seen = {agent for team in scope.teams or () for agent in TEAMS[team]}
    candidates = set(AGENTS)
    candidates &= set(AGENTS) if wanted.agents is None else set(wanted.agents)
    candidates &= set(AGENTS) if wanted.teams is None else of_team
    candidates &= set(AGENTS) if scope.teams is None else seen
    candidates &= set(AGENTS) if scope.agent is None else {scope.agent}
    return (
        bool(people & candidates)
        and not scope.nobody
        and (wanted.queues is None or item.queue in wanted.queues)
        and (wanted.direction is None or item.direction == wanted.direction)
        and (wanted.since is None or item.started_at >= wanted.since)
        and (wanted.until is None or item.started_at < wanted.until)
        and (wanted.live is None or (item.state != "ended") is wanted.live)
        and between(item.duration_ms, wanted.min_duration_ms, wanted.max_duration_ms)
        and between(item.coverage, wanted.min_coverage, wanted.max_coverage)
        and all(
            (asked := getattr(wanted, name)) is None or getattr(item, name) is asked
            for name in ("has_screen_recording", "has_call_recording", "has_transcript", "has_evaluation")
        )
    )


def between(value: float | None, least: float | None, most: float | None) -> bool:
    if least is None and most is None:
        return True
    return value is not None and (least is None or value >= least) and (most is None or value <= most)


def in_order(items: list[InteractionSummary], sort: Sort) -> list[str]:
    """Sorted; without a value last."""
    name = {"started_at": "started_at", "duration_ms": "duration_ms", "coverage": "coverage"}[sort.column]
    keys = [(getattr(item, name), item.id) for item in items]
    have = sorted((key for key in keys if key[0] is not None), reverse=sort.down)
    lack = sorted((key for key in keys if key[0] is None), key=lambda key: key[1], reverse=sort.down)
    return [key[1] for key in (*have, *lack)]


def draw(rng: random.Random) -> Filter:
    """One to three filters."""
    choices: dict[str, Callable[[], Any]] = {
        "agents": lambda: tuple(rng.sample(AGENTS, k=rng.randrange(1, 4))),
        "teams": lambda: (rng.choice((*TEAMS, "tea_none")),),
        "queues": lambda: tuple(rng.sample(["sales", "support", "none"], k=rng.randrange(1, 3))),
        "direction": lambda: rng.choice(("inbound", "outbound", "unknown")),
        "since": lambda: BEGAN + rng.randrange(60) * 1000,
        "until": lambda: BEGAN + rng.randrange(60) * 1000,
        "min_duration_ms": lambda: rng.randrange(20) * 1000,
        "max_duration_ms": lambda: rng.randrange(20) * 1000,
        "min_coverage": lambda: rng.choice((0.0, 0.5, 1.0)),
        "max_coverage": lambda: rng.choice((0.0, 0.5, 1.0)),
        "has_screen_recording": lambda: rng.random() < 0.5,
        "has_call_recording": lambda: rng.random() < 0.5,
        "has_transcript": lambda: rng.random() < 0.5,
        "has_evaluation": lambda: rng.random() < 0.5,
        "live": lambda: rng.random() < 0.5,
    }
    assert choices.keys() == {field.name for field in fields(Filter)}
    return Filter(**{name: choices[name]() for name in rng.sample(list(choices), k=rng.choice((1, 1, 2, 3)))})


SCOPES = (
    EVERYBODY,
    Scope(teams=frozenset({TeamId("tea_one")})),
    Scope(teams=frozenset(map(TeamId, TEAMS))),
    Scope(agent=AgentId("agt_dan")),
    Scope(nobody=True),
)


@pytest.mark.parametrize("few", [query.FEW, 1], ids=["merged by agent", "everybody's lines"])
async def test_every_filter_and_order_finds_what_a_plain_computation_finds(
    filled: Deskreel, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(query, "FEW", few)
    everything = (await ask(filled, Question(wanted=ANY))).items
    assert len(everything) == CALLS
    rng = random.Random(11)
    found_some = 0
    for _ in range(150):
        wanted, sort, scope = draw(rng), rng.choice(list(Sort)), rng.choice(SCOPES)
        question = Question(wanted=wanted, sort=sort, count=True)
        expected = in_order([item for item in everything if fits(item, wanted, scope)], sort)
        got = await walk(
            filled, question, scope, limit=rng.choice((1, 7, 50, 200)) if len(expected) < 40 else 7
        )
        assert [item.id for item in got] == expected, (wanted, sort, scope)
        total = (await ask(filled, question, scope)).total
        assert total is not None
        assert (total.count, total.exact) == (len(expected), True), (wanted, scope)
        found_some += bool(expected)
    assert found_some > 50


async def test_lines_say_who_what_and_how_much(filled: Deskreel) -> None:
    page = (await filled.client.get("/api/v1/interactions", params={"limit": 200})).json()
    items = {item["id"]: item for item in page["items"]}
    assert len(items) == CALLS
    assert {item["state"] for item in items.values()} == {"in_progress", "ended"}
    for item in items.values():
        details = (
            (await filled.client.get(f"/api/v1/interactions/{item['id']}")).json()
            if item["id"] < call_no(10)
            else item
        )
        for name in (
            "call_id",
            "source",
            "direction",
            "caller",
            "agents",
            "state",
            "duration_ms",
            "has_screen_recording",
        ):
            assert details[name] == item[name], name
        if item["state"] == "ended" and item["has_screen_recording"]:
            assert item["paused_ms"] == item["duration_ms"] - 500


async def test_a_pause_that_goes_on_is_counted_until_now(filled: Deskreel) -> None:
    items = (await ask(filled, Question(wanted=Filter(has_screen_recording=True)))).items
    live = [item for item in items if item.state == "in_progress"]
    assert live
    for item in live:
        assert abs(item.paused_ms - (wall_ms() - item.started_at - 500)) < 10_000


async def test_a_call_is_listed_with_its_agent_as_soon_as_it_is_known(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    at = wall_ms() - 60_000
    await pbx.say("call.answered", at, agent="1001")
    first = (await deskreel.client.get("/api/v1/interactions")).json()["items"]
    assert [(item["call_id"], [a["name"] for a in item["agents"]]) for item in first] == [("c1", ["1001"])]
    await pbx.say("call.transferred", at + 10, agent="1002")
    await pbx.say("call.ended", at + 2000, agent="1002")
    agent = (await deskreel.client.get("/api/v1/interactions")).json()["items"][0]["agents"][1]
    assert agent["name"] == "1002"
    theirs = await deskreel.client.get("/api/v1/interactions", params={"agent": agent["id"], "count": "true"})
    assert theirs.json()["total"] == {"count": 1, "exact": True}
    assert theirs.json()["items"][0]["duration_ms"] == 2000


# --- text -------------------------------------------------------------------------------------------------------


def marked(page: InteractionPage) -> set[tuple[str, str]]:
    """Field and marked text of every hit."""
    return {
        (hit.field, fragment.text)
        for item in page.items
        for hit in item.hits
        for fragment in hit.fragments
        if fragment.hit
    }


async def test_text_is_found_in_numbers_names_and_transcripts(filled: Deskreel) -> None:
    everything = (await ask(filled, Question(wanted=ANY))).items
    number = next(item.caller for item in everything if item.caller and item.caller.startswith("+49"))
    by_number = await ask(filled, Question(wanted=ANY, text=f"30{number[-6:-2]}"))
    assert number in {item.caller for item in by_number.items}
    assert ("caller", f"30) {number[-6:-2]}") in marked(by_number)
    by_name = await ask(filled, Question(wanted=ANY, text="abel ADA"))
    assert {item.id for item in by_name.items} == {
        item.id for item in everything if "agt_ada" in {person.id for person in item.agents}
    }
    assert ("agent", "Ada") in marked(by_name)
    by_word = await ask(filled, Question(wanted=ANY, text="refund"))
    assert marked(by_word) == {("transcript", "refund"), ("transcript", "refunded")}
    assert marked(await ask(filled, Question(wanted=ANY, text='"refund"'))) == {("transcript", "refund")}
    assert marked(await ask(filled, Question(wanted=ANY, text='"credit card"'))) == {
        ("transcript", "credit card")
    }
    assert (await ask(filled, Question(wanted=ANY, text="refund nowhere"))).items == []
    assert (await ask(filled, Question(wanted=ANY, text="50%"))).items != []
    for nothing in ("%%", "_", "'", "\\", '"', "&|!", "<->", ":*"):
        assert (await ask(filled, Question(wanted=ANY, text=nothing))).items == [], nothing


@pytest.mark.parametrize("text", ["refund", "hello", "abel", "1001", "anonymous", "4930", "101"])
async def test_text_goes_with_every_filter_order_and_page(filled: Deskreel, text: str) -> None:
    everything = (await ask(filled, Question(wanted=ANY, text=text, count=True))).items
    assert 0 < len(everything) < CALLS
    rng = random.Random(text)
    for _ in range(15):
        wanted, sort, scope = draw(rng), rng.choice(list(Sort)), rng.choice(SCOPES[:3])
        if text == "abel":  # in a narrower scope another agent's name finds nothing: below
            wanted, scope = replace(wanted, agents=None, teams=None), EVERYBODY
        got = await walk(filled, Question(wanted=wanted, text=text, sort=sort), scope, limit=3)
        expected = in_order([item for item in everything if fits(item, wanted, scope)], sort)
        assert [item.id for item in got] == expected, (wanted, sort, scope)
        assert all(item.hits for item in got)


async def test_agents_find_their_own_calls_and_no_words_that_others_said(filled: Deskreel) -> None:
    own = Scope(agent=AgentId("agt_dan"))
    mine = (await ask(filled, Question(wanted=ANY), own)).items
    assert mine
    assert all("agt_dan" in {person.id for person in item.agents} for item in mine)
    found = (await ask(filled, Question(wanted=ANY, text="refund"), own)).items
    assert found
    assert all([person.id for person in item.agents] == ["agt_dan"] for item in found)
    shared = {item.id for item in mine if len(item.agents) == 2}
    all_found = {item.id for item in (await ask(filled, Question(wanted=ANY, text="refund"))).items}
    assert shared & all_found  # so there was something to keep back


async def test_who_may_not_play_does_not_search_transcripts(filled: Deskreel) -> None:
    assert (await ask(filled, Question(wanted=ANY, text="refund"), play=False)).items == []
    by_name = await ask(filled, Question(wanted=ANY, text="ada"), play=False)
    assert {field for field, _ in marked(by_name)} == {"agent"}


# --- pages --------------------------------------------------------------------------------------------------------


async def test_pages_go_on_where_they_ended_while_new_calls_come(filled: Deskreel) -> None:
    before = [item.id for item in (await ask(filled, Question(wanted=ANY))).items]
    first = await ask(filled, Question(wanted=ANY), limit=50)
    with psycopg.connect(filled.settings.database_url or "") as database:
        call(database.execute, random.Random(1), 999)
        database.execute(
            "UPDATE interactions SET started_at = %s WHERE id = %s", [BEGAN + 10**6, call_no(999)]
        )
    rest = await ask(filled, Question(wanted=ANY), cursor=first.next_cursor)
    assert [item.id for item in (*first.items, *rest.items)] == before


async def test_a_cursor_belongs_to_its_order(filled: Deskreel) -> None:
    cursor = (await ask(filled, Question(wanted=ANY), limit=2)).next_cursor
    with pytest.raises(InvalidInputError, match="another order"):
        await ask(filled, Question(wanted=ANY, sort=Sort.COVERAGE), cursor=cursor)
    answer = await filled.client.get("/api/v1/interactions", params={"cursor": "bm9uZQ"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


@pytest.mark.parametrize(
    "params",
    [
        {"limit": 0},
        {"limit": 201},
        {"sort": "name"},
        {"min_coverage": 2},
        {"agents": "x"},
        {"since": "monday"},
    ],
    ids=str,
)
async def test_what_is_asked_must_exist(deskreel: Deskreel, params: httpx2.QueryParams) -> None:
    assert (await deskreel.client.get("/api/v1/interactions", params=params)).status_code == 422
