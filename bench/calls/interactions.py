"""The list of interactions over a year of calls: every filter and order, beside the same SELECT written by hand.

A server of its own process is asked over HTTP, as the web UI asks it: 50 lines, the values of the filters drawn anew
for each request. The SELECT runs through psycopg on the same database, in turns with the requests.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import psycopg

from bench.calls import seed as year
from bench.figures import Figure, percentile
from bench.processes import address_of, temporary_home, until_answers
from bench.registry import Report
from deskreel.demo.processes import Program, free_address
from deskreel.server import admin
from deskreel.server.db.embedded import start_embedded
from deskreel.server.db.migrate import migrate
from deskreel.server.settings import ServerSettings, load_settings

INTERACTIONS = 1_000_000
ROUNDS = 60  # requests of each kind
LIMIT = 50
GOAL_MS = 100
ADMIN, SUPERVISOR = "admin@bench.example", "supervisor@bench.example"

Draw = Callable[[random.Random], Mapping[str, Any]]

_SELECT = (
    "SELECT i.*, l.* FROM interaction_lines AS l JOIN interactions AS i ON i.id = l.interaction_id "
    "LEFT JOIN transcripts AS t ON t.interaction_id = i.id WHERE {where} ORDER BY {order} LIMIT 50"
)
_TEAM = "l.whose = '*' AND l.agent_ids && ARRAY(SELECT id FROM agents WHERE team_id = %(team)s)"
_AGENT = "l.whose = %(agent)s"
_ALL = "l.whose = '*'"
_NEWEST = "l.started_at DESC, l.interaction_id DESC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One way to ask."""

    draw: Draw  # query parameters
    where: str  # the same by hand
    order: str = _NEWEST
    who: str = ADMIN


def _agent(rng: random.Random) -> str:
    return year.agent_id(rng.randint(1, year.AGENTS - year.FORMER))


def _former(rng: random.Random) -> str:
    return year.agent_id(rng.randint(year.AGENTS - year.FORMER + 1, year.AGENTS))


def _team(rng: random.Random) -> str:
    return year.team_id(rng.randint(1, year.TEAMS))


def _queue(rng: random.Random) -> str:
    return f"queue {rng.randint(1, year.QUEUES)}"


def _moment(rng: random.Random) -> int:
    return year.BEGAN + rng.randrange(year.YEAR_MS)


def _day(rng: random.Random) -> dict[str, int]:
    since = _moment(rng)
    return {"since": since, "until": since + 86_400_000}


def _digits(rng: random.Random, count: int) -> str:
    return str(rng.randrange(10 ** (count - 1), 10**count))


_IN_NUMBER = (
    "AND l.numbers @> ARRAY[right(%(text)s, 4)] "
    "AND (strpos(deskreel_plain(i.caller), %(text)s) > 0 OR strpos(deskreel_plain(i.callee), %(text)s) > 0)"
)
_SAID = "AND t.search @@ to_tsquery('simple', %(text)s || ':*')"

KINDS: dict[str, Kind] = {
    "newest": Kind(draw=lambda _r: {}, where=_ALL),
    "until": Kind(draw=lambda r: {"until": _moment(r)}, where=f"{_ALL} AND l.started_at < %(until)s"),
    "day": Kind(draw=_day, where=f"{_ALL} AND l.started_at >= %(since)s AND l.started_at < %(until)s"),
    "agent": Kind(draw=lambda r: {"agent": _agent(r)}, where=_AGENT),
    "former_agent": Kind(draw=lambda r: {"agent": _former(r)}, where=_AGENT),
    "team": Kind(draw=lambda r: {"team": _team(r)}, where=_TEAM),
    "queue": Kind(draw=lambda r: {"queue": _queue(r)}, where=f"{_ALL} AND l.queue = %(queue)s"),
    "closed_queue": Kind(draw=lambda _r: {"queue": "closed"}, where=f"{_ALL} AND l.queue = %(queue)s"),
    "direction": Kind(
        draw=lambda r: {"direction": r.choice(("inbound", "outbound"))},
        where=f"{_ALL} AND l.direction = %(direction)s",
    ),
    "no_direction": Kind(  # there are none
        draw=lambda _r: {"direction": "unknown"}, where=f"{_ALL} AND l.direction = %(direction)s"
    ),
    "long": Kind(
        draw=lambda r: {"min_duration_ms": r.randrange(600_000, 3_000_000)},
        where=f"{_ALL} AND l.duration_ms >= %(min_duration_ms)s",
    ),
    "low_coverage": Kind(
        draw=lambda r: {"max_coverage": round(r.uniform(0.01, 0.99), 3)},
        where=f"{_ALL} AND l.coverage <= %(max_coverage)s",
    ),
    "no_screen": Kind(
        draw=lambda _r: {"has_screen_recording": False}, where=f"{_ALL} AND NOT l.has_screen_recording"
    ),
    "screen": Kind(
        draw=lambda _r: {"has_screen_recording": True}, where=f"{_ALL} AND l.has_screen_recording"
    ),
    "no_audio": Kind(
        draw=lambda _r: {"has_call_recording": False}, where=f"{_ALL} AND NOT l.has_call_recording"
    ),
    "transcript": Kind(draw=lambda _r: {"has_transcript": True}, where=f"{_ALL} AND l.has_transcript"),
    "no_transcript": Kind(
        draw=lambda _r: {"has_transcript": False}, where=f"{_ALL} AND NOT l.has_transcript"
    ),
    "evaluated": Kind(draw=lambda _r: {"has_evaluation": True}, where=f"{_ALL} AND l.has_evaluation"),
    "hotline": Kind(draw=lambda _r: {"text": "8007654321"}, where=f"{_ALL} {_IN_NUMBER}"),
    "extension": Kind(draw=lambda r: {"text": str(r.randrange(1000, 1500))}, where=f"{_ALL} {_IN_NUMBER}"),
    "number_4": Kind(draw=lambda r: {"text": _digits(r, 4)}, where=f"{_ALL} {_IN_NUMBER}"),
    "number_7": Kind(draw=lambda r: {"text": _digits(r, 7)}, where=f"{_ALL} {_IN_NUMBER}"),
    "name": Kind(
        draw=lambda r: {"text": year.agent_name(r.randint(1, year.AGENTS))},
        where="l.whose = (SELECT id FROM agents WHERE name = %(text)s)",
    ),
    "common_word": Kind(draw=lambda _r: {"text": "hello"}, where=f"{_ALL} {_SAID}"),
    "rare_word": Kind(
        draw=lambda r: {"text": f"code{r.randrange(INTERACTIONS - 200_000, INTERACTIONS)}"},
        where=f"{_ALL} {_SAID}",
    ),
    "longest": Kind(
        draw=lambda _r: {"sort": "-duration"},
        where=f"{_ALL} AND l.duration_ms IS NOT NULL",
        order="l.duration_ms DESC, l.interaction_id DESC",
    ),
    "worst_covered": Kind(
        draw=lambda _r: {"sort": "coverage"},
        where=_ALL,
        order="l.coverage, l.interaction_id",
    ),
    "worst_covered_of_team": Kind(
        draw=lambda r: {"sort": "coverage", "team": _team(r)},
        where=_TEAM,
        order="l.coverage, l.interaction_id",
    ),
    "longest_of_queue": Kind(
        draw=lambda r: {"sort": "-duration", "queue": _queue(r)},
        where=f"{_ALL} AND l.queue = %(queue)s AND l.duration_ms IS NOT NULL",
        order="l.duration_ms DESC, l.interaction_id DESC",
    ),
    "three_filters": Kind(
        draw=lambda r: {"queue": _queue(r), "min_duration_ms": 900_000, "max_coverage": 0.5},
        where=f"{_ALL} AND l.queue = %(queue)s AND l.duration_ms >= %(min_duration_ms)s "
        "AND l.coverage <= %(max_coverage)s",
    ),
    "team_closed_queue": Kind(
        draw=lambda r: {"team": _team(r), "queue": "closed"},
        where=f"{_TEAM} AND l.queue = %(queue)s",
    ),
    "agent_common_word": Kind(
        draw=lambda r: {"agent": _agent(r), "text": "hello"}, where=f"{_AGENT} {_SAID}"
    ),
    "supervisor": Kind(
        draw=lambda _r: {"has_call_recording": False},
        where=f"{_TEAM} AND NOT l.has_call_recording",
        who=SUPERVISOR,
    ),
}


def run(report: Report) -> list[Figure]:
    """Seed, ask, compare."""
    with _running(report) as (settings, url, seeded):
        size = f"{seeded.interactions} interactions, {seeded.lines} lines, {seeded.bytes / 2**30:.1f} GiB"
        clients = {who: _signed_in(settings, who) for who in (ADMIN, SUPERVISOR)}
        times: dict[str, tuple[list[float], list[float]]] = {}
        with psycopg.connect(url, autocommit=True) as database:
            for name, kind in KINDS.items():
                report(f"asking: {name}")
                times[name] = _measure(kind, clients[kind.who], database)
        counted = _counted(clients[ADMIN])
    return [*_figures(times, size), counted]


@contextmanager
def _running(report: Report) -> Iterator[tuple[ServerSettings, str, year.Seeded]]:
    """A server over a year of calls, with an admin and a supervisor."""
    with temporary_home() as home:
        listen = free_address(0)
        settings = load_settings(data_dir=home / "data", listen=listen, public_url=f"http://{listen}")
        settings.data_dir.mkdir(mode=0o700)
        report("starting PostgreSQL")
        url = start_embedded(settings.data_dir)
        migrate(url)
        seeded = year.seed(url, INTERACTIONS, report)
        env = {
            "DESKREEL_DATA_DIR": str(settings.data_dir),
            "DESKREEL_LISTEN": listen,
            "DESKREEL_PUBLIC_URL": settings.base_url,
        }
        server = Program("server", ["deskreel", "--log-level", "warning", "serve"], env=env, log_dir=home)
        try:
            until_answers(address_of(listen), "/api/v1/health", server.require_running)
            yield settings, url, seeded
        finally:
            server.stop()


def _signed_in(settings: ServerSettings, who: str) -> httpx2.Client:
    password = secrets.token_urlsafe(12)
    role = who.partition("@")[0]
    asyncio.run(admin.add_user(email=who, name=role, role=role, password=password, settings=settings))
    client = httpx2.Client(base_url=settings.base_url, timeout=60)
    client.post("/api/v1/session", json={"email": who, "password": password}).raise_for_status()
    if who == SUPERVISOR:
        with psycopg.connect(start_embedded(settings.data_dir)) as database:
            database.execute(
                "INSERT INTO user_teams SELECT id, %s FROM users WHERE email = %s", [year.team_id(1), who]
            )
    return client


def _measure(
    kind: Kind, client: httpx2.Client, database: psycopg.Connection
) -> tuple[list[float], list[float]]:
    """Milliseconds of each request, and of each SELECT."""
    ours: list[float] = []
    plain: list[float] = []
    rng = random.Random(1)
    for _ in range(ROUNDS):
        asked = kind.draw(rng)
        params = {
            "limit": LIMIT,
            **{k: str(v).lower() if isinstance(v, bool) else v for k, v in asked.items()},
        }
        began = time.perf_counter()
        answer = client.get("/api/v1/interactions", params=params)
        ours.append((time.perf_counter() - began) * 1000)
        answer.raise_for_status()
        values = {"team": year.team_id(1), **asked}
        began = time.perf_counter()
        rows = database.execute(_SELECT.format(where=kind.where, order=kind.order), values).fetchall()  # type: ignore[arg-type]  # written above
        plain.append((time.perf_counter() - began) * 1000)
        _agree([item["id"] for item in answer.json()["items"]], [row[0] for row in rows], asked)
    return ours, plain


def _agree(ours: Sequence[str], plain: Sequence[str], asked: Mapping[str, Any]) -> None:
    """Both must find the same calls, or the comparison is worth nothing."""
    if list(ours) != list(plain):
        raise RuntimeError(
            f"{dict(asked)}: {len(ours)} calls by the API and {len(plain)} by hand, not the same"
        )


def _counted(client: httpx2.Client) -> Figure:
    """A total, which callers ask for only when they show it."""
    times: list[float] = []
    rng = random.Random(2)
    for _ in range(ROUNDS):
        began = time.perf_counter()
        client.get(
            "/api/v1/interactions", params={"limit": LIMIT, "count": "true", "queue": _queue(rng)}
        ).raise_for_status()
        times.append((time.perf_counter() - began) * 1000)
    return Figure(
        name="interactions.with_total",
        value=percentile(times, 95),
        unit="ms",
        runs=len(times),
        note="p95 of a page of one queue with its total, which stops at 10 000",
    )


def _figures(times: Mapping[str, tuple[list[float], list[float]]], size: str) -> list[Figure]:
    note = f"p95; {size}; pages of {LIMIT} over HTTP, in turns with the same SELECT by hand"
    figures = [
        Figure(
            name=f"interactions.{name}",
            value=percentile(ours, 95),
            unit="ms",
            runs=len(ours),
            peer="SELECT by hand",
            peer_value=percentile(plain, 95),
            goal=f"<= {GOAL_MS}",
            note=note,
        )
        for name, (ours, plain) in times.items()
    ]
    worst = max(figures, key=lambda figure: figure.value)
    everything = [value for ours, _ in times.values() for value in ours]
    by_hand = [value for _, plain in times.values() for value in plain]
    return [
        *figures,
        Figure(
            name="interactions.any",
            value=percentile(everything, 95),
            unit="ms",
            runs=len(everything),
            peer="SELECT by hand",
            peer_value=percentile(by_hand, 95),
            goal=f"<= {GOAL_MS}",
            note=f"p95 over all kinds; the slowest kind is {worst.name}",
        ),
    ]
