"""Every message survives the pipe, whatever is in it; what is none is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.recorder.tray.panel import (
    Answer,
    Banner,
    Face,
    Fact,
    MapMonitor,
    Panel,
    Pausing,
    Verb,
    Wish,
    from_line,
    to_line,
)

texts = st.text(max_size=20)
facts = st.builds(Fact, name=texts, value=texts, warning=texts)
monitors = st.builds(
    MapMonitor,
    name=texts,
    x=st.integers(),
    y=st.integers(),
    width=st.integers(1),
    height=st.integers(1),
    primary=st.booleans(),
    active=st.booleans(),
)
panels = st.builds(
    Panel,
    face=st.sampled_from(Face),
    headline=texts,
    detail=texts,
    since=texts,
    agent=texts,
    statuses=st.lists(texts, max_size=3).map(tuple),
    pausing=st.sampled_from(Pausing),
    capturing=st.booleans(),
    hint=texts,
    facts=st.lists(facts, max_size=3).map(tuple),
    adaptations=st.lists(texts, max_size=3).map(tuple),
    monitors=st.lists(monitors, max_size=3).map(tuple),
    about=st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
    banner=st.none() | st.builds(Banner, face=st.sampled_from(Face), text=texts),
    final=st.booleans(),
)
wishes = st.builds(Wish, verb=st.sampled_from(Verb), text=texts)
answers = st.builds(Answer, verb=st.sampled_from(Verb), failed=texts, hint=texts, text=texts)


@given(panels | wishes | answers)
def test_a_message_is_one_line_and_comes_back_as_it_was(message: Panel | Wish | Answer) -> None:
    line = to_line(message)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert from_line(line) == message


@pytest.mark.parametrize(
    "line",
    [b"", b"nonsense\n", b"[]\n", b"{}\n", b'{"type": "Wish", "verb": "fly"}\n', b'{"type": "Other"}\n'],
)
def test_what_is_no_message_is_refused(line: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        from_line(line)
