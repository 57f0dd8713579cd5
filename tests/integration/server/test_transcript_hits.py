"""A search in transcripts leads to the moment at which it is said, in any spelling."""

from __future__ import annotations

import time
from typing import Any

import psycopg
from hypothesis import given, settings
from hypothesis import strategies as st

from deskreel.server.interactions.search import fold
from support.postgres import TestPostgres
from support.server import Deskreel

WORDS = ["Ich", "möchte", "eine", "Rückerstattung", "für", "die", "Größe", "XL,", "bitte"]
SEGMENTS: list[dict[str, Any]] = [
    {"start_ms": 500, "end_ms": 900, "speaker": "agent", "text": "Guten Tag,\nwas kann ich tun?"},
    {
        "start_ms": 1000,
        "end_ms": 5000,
        "speaker": "customer",
        "text": " ".join(WORDS),
        "words": [
            {"start_ms": 1000 + 400 * n, "end_ms": 1300 + 400 * n, "text": word}
            for n, word in enumerate(WORDS)
        ],
    },
    {"start_ms": 6000, "end_ms": 7000, "text": "Die Größe haben wir."},
]


async def transcribed(deskreel: Deskreel, known: str, segments: list[dict[str, Any]], zero_ms: int) -> None:
    started = (await deskreel.client.get(f"/api/v1/interactions/{known}")).json()["started_at"]
    answer = await deskreel.client.post(
        f"/api/v1/interactions/{known}/transcripts",
        json={"language": "de", "starts_at": started + zero_ms, "segments": segments},
    )
    assert answer.status_code == 201, answer.text


async def hits(deskreel: Deskreel, text: str) -> list[dict[str, Any]]:
    page = (await deskreel.client.get("/api/v1/interactions", params={"text": text})).json()
    return [hit for item in page["items"] for hit in item["hits"]]


async def test_a_hit_says_when_and_by_whom_it_is_said(deskreel: Deskreel) -> None:
    await transcribed(deskreel, await deskreel.past_call(), SEGMENTS, zero_ms=250)
    for typed in ("größe", "GROSSE", "grosse", "Größe"):
        found = await hits(deskreel, typed)
        assert [(hit["at_ms"], hit["speaker"]) for hit in found][:1] == [(250 + 1000 + 400 * 6, "customer")]
        marked = [piece["text"] for hit in found for piece in hit["fragments"] if piece["hit"]]
        assert marked == ["Größe", "Größe"]
    (found,) = await hits(deskreel, '"was kann"')
    assert (found["at_ms"], found["speaker"]) == (750, "agent")  # behind a line break, without times of words
    (found,) = await hits(deskreel, "ruckerstatt bitte")
    assert found["at_ms"] == 250 + 1000 + 400 * 3
    assert await hits(deskreel, "erstattung") == []  # words are found by how they begin


async def test_hits_of_long_transcripts_come_fast(deskreel: Deskreel) -> None:
    words = [{"start_ms": 300 * n, "end_ms": 300 * n + 250, "text": f"wort{n % 500}"} for n in range(3000)]
    segments = [
        {
            "start_ms": words[at]["start_ms"],
            "end_ms": words[at + 9]["end_ms"],
            "speaker": "agent",
            "text": " ".join(word["text"] for word in words[at : at + 10]),
            "words": words[at : at + 10],
        }
        for at in range(0, 3000, 10)
    ]
    known = await deskreel.past_call()
    await transcribed(deskreel, known, segments, zero_ms=0)
    with psycopg.connect(deskreel.settings.database_url or "") as database:
        database.execute(
            "INSERT INTO interactions (id, source_id, call_id, started_at, ended_at) "
            "SELECT 'int_' || lpad(n::text, 26, '0'), source_id, 'x' || n, started_at + n, ended_at + n "
            "FROM interactions, generate_series(1, 60) AS n"
        )
        database.execute(
            "INSERT INTO transcripts (id, interaction_id, starts_at, segments, text, created_at) "
            "SELECT 'trn_' || i.id, i.id, t.starts_at, t.segments, t.text, 0 FROM transcripts AS t, "
            "interactions AS i WHERE i.id <> t.interaction_id"
        )
    params = {"text": "wort7", "limit": "50"}
    took = []
    for _ in range(7):
        began = time.perf_counter()
        page = (await deskreel.client.get("/api/v1/interactions", params=params)).json()
        took.append((time.perf_counter() - began) * 1000)
        assert [hit["at_ms"] is not None for item in page["items"] for hit in item["hits"]] == [True] * 150
    print(f"a page with 150 hits in transcripts of 3000 words: {sorted(took)[3]:.0f} ms")
    assert min(took) < 1000  # a page that unpacked every segment took many times as long


def test_the_database_folds_as_python_does(postgres: TestPostgres) -> None:
    with psycopg.connect(postgres.fresh()) as database:

        @settings(max_examples=30)
        @given(
            st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60), max_size=30)
        )
        def compare(texts: list[str]) -> None:
            rows = database.execute("SELECT deskreel_folded(one) FROM unnest(%s::text[]) AS one", [texts])
            assert [row[0] for row in rows.fetchall()] == [fold(text) for text in texts]

        compare()
