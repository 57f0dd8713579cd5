"""Which marks go into a manifest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.chunk import Mark
from deskreel.core.time import WallTime
from deskreel.recorder.spool.marks import thinned

marks = st.lists(
    st.builds(
        Mark,
        at=st.integers(0, 100).map(WallTime),
        kind=st.sampled_from(["monitor", "quality"]),
        detail=st.fixed_dictionaries({"n": st.integers(0, 5)}),
    ),
    max_size=30,
)


@given(marks, st.integers(1, 30))
def test_they_are_in_order_and_not_too_many(some: list[Mark], limit: int) -> None:
    kept = thinned(some, limit)
    assert len(kept) == min(limit, len(some))
    assert list(kept) == sorted(kept, key=lambda mark: mark.at)
    assert all(mark in some for mark in kept)


@given(marks)
def test_the_last_of_each_kind_stays(some: list[Mark]) -> None:
    if not some:
        return
    kept = thinned(some, 2)
    for kind in {mark.kind for mark in some}:
        assert max(m.at for m in kept if m.kind == kind) == max(m.at for m in some if m.kind == kind)


def test_what_was_over_at_once_goes_first() -> None:
    at = [0, 5000, 5010, 5020, 9000]
    some = [Mark(at=WallTime(t), kind="monitor", detail={"at": t}) for t in at]
    assert [mark.at for mark in thinned(some, 3)] == [0, 5020, 9000]
