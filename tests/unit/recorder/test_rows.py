from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from deskreel.recorder.screen.rows import GRAIN, Columns, Rows, damaged, differing, merge

HEIGHT = 300
bands = st.lists(st.tuples(st.integers(-50, 350), st.integers(1, 90)).map(lambda b: Rows(b[0], b[0] + b[1])))


def covered(rows: tuple[Rows, ...] | list[Rows], height: int = HEIGHT) -> set[int]:
    return {y for top, bottom in rows for y in range(max(0, top), min(height, bottom))}


@given(bands, st.integers(0, 100))
def test_merged_rows_hold_every_row_in_order_and_inside(rows: list[Rows], gap: int):
    merged = merge(rows, HEIGHT, gap=gap)
    assert covered(rows) <= covered(merged)
    assert all(0 <= top < bottom <= HEIGHT and top % GRAIN == 0 for top, bottom in merged)
    assert all(b.top - a.bottom > gap for a, b in pairwise(merged))
    assert all(bottom % GRAIN == 0 or bottom == HEIGHT for _, bottom in merged)


def test_few_rows_become_one_grain():
    assert merge([Rows(17, 18)], HEIGHT) == (Rows(16, 32),)
    assert merge([Rows(20, 20)], HEIGHT) in ((), (Rows(16, 32),))
    assert merge([Rows(299, 301)], HEIGHT) == (Rows(288, 300),)


def test_damage_counts_from_the_top_of_the_part_and_only_inside_it():
    rects = np.array([[100, 150, 10, 10], [900, 100, 50, 50], [0, 0, 5, 5]])
    assert damaged(rects, left=50, top=100, width=200, height=300) == ((Rows(48, 64),), Columns(50, 60))
    assert damaged(rects[1:], left=50, top=100, width=200, height=300) == ((), None)


def test_damage_over_the_edge_is_clipped():
    rects = np.array([[-20, -20, 40, 40]])
    assert damaged(rects, left=0, top=0, width=100, height=100) == ((Rows(0, 32),), Columns(0, 20))


@given(hnp.arrays(np.uint8, (50, 8), elements=st.integers(0, 1)), st.integers(0, 49), st.integers(0, 7))
def test_pictures_differ_where_they_differ(before: np.ndarray, y: int, x: int):
    now = before.copy()
    assert differing(now, before) == ()
    now[y, x] ^= 1
    (rows,) = differing(now, before)
    assert rows == Rows(y // GRAIN * GRAIN, min(50, (y // GRAIN + 1) * GRAIN))
