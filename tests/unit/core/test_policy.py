"""The capture policy's limits, and the canvas for the monitors of a desktop."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.errors import InvalidInputError
from deskreel.core.policy import (
    DEFAULT_CANVAS,
    MAX_CANVAS,
    MAX_FPS,
    CapturePolicy,
    MonitorMode,
    canvas_for,
    sizes_in_picture,
)

LEFT = (0, 0, 1280, 1024, False)
RIGHT = (1280, 0, 2560, 1440, True)
BELOW = (1280, 1440, 1920, 1080, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_fps": 0},
        {"max_fps": MAX_FPS + 1},
        {"dwell_ms": -1},
        {"max_kbps": 49},
        {"upload_kbps": 1},
        {"look_back_ms": 30_001},
    ],
)
def test_a_policy_that_cannot_be_kept_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        CapturePolicy(**wrong)


def test_what_may_be_in_the_picture() -> None:
    desktop = [LEFT, RIGHT, BELOW]
    assert sizes_in_picture(desktop, MonitorMode.ACTIVE) == ((1280, 1024), (2560, 1440), (1920, 1080))
    assert sizes_in_picture(desktop, MonitorMode.PRIMARY) == ((2560, 1440),)
    assert sizes_in_picture(desktop, MonitorMode.ALL) == ((3840, 2520),)
    assert sizes_in_picture([LEFT], MonitorMode.PRIMARY) == ((1280, 1024),), "none is the primary one"
    for mode in MonitorMode:
        assert sizes_in_picture([], mode) == ()


@pytest.mark.parametrize(
    ("sizes", "canvas"),
    [
        ((), (1920, 1080)),
        (((1280, 1024),), (1280, 1024)),
        (((2560, 1440),), (1920, 1080)),
        (((1366, 768), (1280, 1024)), (1280, 1024)),
        (((3840, 1080),), (1920, 540)),
        (((1365, 767),), (1364, 766)),
    ],
)
def test_the_canvas_fits(sizes: tuple[tuple[int, int], ...], canvas: tuple[int, int]) -> None:
    assert canvas_for(sizes, DEFAULT_CANVAS) == canvas


MONITORS = st.lists(
    st.tuples(
        st.integers(-4000, 4000),
        st.integers(-4000, 4000),
        st.integers(1, 8000),
        st.integers(1, 8000),
        st.booleans(),
    ),
    max_size=5,
)


@given(MONITORS, st.sampled_from(MonitorMode))
def test_a_canvas_is_even_and_never_too_large(
    monitors: list[tuple[int, int, int, int, bool]], mode: MonitorMode
) -> None:
    width, height = canvas_for(sizes_in_picture(monitors, mode), MAX_CANVAS)
    assert (width % 2, height % 2) == (0, 0)
    assert 2 <= width <= MAX_CANVAS[0]
    assert 2 <= height <= MAX_CANVAS[1]
