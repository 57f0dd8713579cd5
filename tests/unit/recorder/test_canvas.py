from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.errors import InvalidInputError
from deskreel.recorder.canvas import Canvas, place
from deskreel.recorder.screen.port import CursorImage, Picture, Pointer, Rect

WHITE, BLACK = 235, 16  # luma, limited range


def picture(width: int, height: int, bgr: tuple[int, int, int] = (255, 255, 255), x: int = 0) -> Picture:
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[..., :3] = bgr
    return Picture(pixels=pixels, rect=Rect(x=x, y=0, width=width, height=height))


def luma(frame: av.VideoFrame) -> np.ndarray:
    plane = frame.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]


def test_one_to_one_keeps_every_pixel():
    shot = picture(64, 48)
    shot.pixels[10:20, 30:40, :3] = 0
    y = luma(Canvas(64, 48).draw(shot))
    assert (y[10:20, 30:40] == BLACK).all()
    assert (y == BLACK).sum() == 100
    assert (y == WHITE).sum() == 64 * 48 - 100


@pytest.mark.parametrize(
    ("bgr", "yuv"),
    [((0, 0, 255), (63, 102, 240)), ((0, 255, 0), (173, 42, 26)), ((255, 0, 0), (32, 240, 118))],
)
def test_colours_are_bt709_in_limited_range(bgr: tuple[int, int, int], yuv: tuple[int, int, int]):
    frame = Canvas(32, 32).draw(picture(32, 32, bgr))
    got = [bytes(plane)[0] for plane in frame.planes]
    assert got == pytest.approx(yuv, abs=1)
    assert (frame.colorspace, frame.color_range) == (1, 1)


def test_an_odd_last_row_and_column_are_left_out():
    shot = picture(65, 49)
    shot.pixels[:, 64, :3] = 0
    shot.pixels[48, :, :3] = 0
    assert (luma(Canvas(64, 48).draw(shot)) == WHITE).all()


def test_another_shape_is_letterboxed_on_black_and_not_stretched():
    y = luma(Canvas(160, 120).draw(picture(320, 180)))
    assert (y[:14] == BLACK).all()
    assert (y[106:] == BLACK).all()
    assert (y[16:104] == WHITE).all()


def test_bars_stay_black_when_the_place_changes():
    canvas = Canvas(160, 120)
    canvas.draw(picture(320, 180))
    y = luma(canvas.draw(picture(60, 120)))
    assert (y[:, :48] == BLACK).all()
    assert (y[:, 52:108] == WHITE).all()


def test_rows_with_padding_are_read_right():
    wide = picture(100, 48, (0, 0, 0))
    wide.pixels[:, :64, :3] = 255
    shot = Picture(pixels=wide.pixels[:, :64], rect=Rect(x=0, y=0, width=64, height=48))
    assert shot.stride == 400
    assert (luma(Canvas(64, 48).draw(shot)) == WHITE).all()


@given(st.integers(1, 5000), st.integers(1, 3000), st.integers(1, 2000), st.integers(1, 1200))
def test_a_place_is_even_inside_the_canvas_and_keeps_the_shape(w: int, h: int, half_cw: int, half_ch: int):
    cw, ch = 2 * half_cw, 2 * half_ch
    got = place(w, h, cw, ch)
    assert not any(n % 2 for n in (got.x, got.y, got.width, got.height))
    assert 0 <= got.x <= got.x + got.width <= cw
    assert 0 <= got.y <= got.y + got.height <= ch
    assert got.width == cw or got.height == ch
    scale = min(cw / w, ch / h)
    assert abs(got.width - w * scale) <= 2
    assert abs(got.height - h * scale) <= 2


def arrow(alpha: int, colour: int) -> CursorImage:
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[..., :3], pixels[..., 3] = colour * alpha // 255, alpha
    return CursorImage(pixels=pixels, hot_x=1, hot_y=1)


@pytest.mark.parametrize(("alpha", "expected"), [(255, WHITE), (0, BLACK), (128, 126)])
def test_the_cursor_is_blended_by_its_alpha(alpha: int, expected: int):
    shot = picture(32, 32, (0, 0, 0))
    y = luma(Canvas(32, 32).draw(shot, Pointer(x=11, y=11, image=arrow(alpha, 255))))
    assert y[10:14, 10:14] == pytest.approx(np.full((4, 4), expected), abs=1)
    assert (np.delete(y, range(10, 14), axis=0) == BLACK).all()


@pytest.mark.parametrize("at", [(0, 0), (33, 33), (-1, 16), (500, 500), (31, 0)])
def test_a_cursor_over_the_edge_is_clipped_and_taken_away_again(at: tuple[int, int]):
    shot = picture(32, 32, (10, 20, 30))
    before = shot.pixels.copy()
    Canvas(32, 32).draw(shot, Pointer(x=at[0], y=at[1], image=arrow(255, 255)))
    assert (shot.pixels == before).all()


def test_the_cursor_is_placed_by_the_desktop_not_the_monitor():
    shot = picture(32, 32, (0, 0, 0), x=1920)
    canvas = Canvas(32, 32)
    assert (
        luma(canvas.draw(shot, Pointer(x=1931, y=11, image=arrow(255, 255))))[10:14, 10:14] == WHITE
    ).all()
    assert (luma(canvas.draw(shot, Pointer(x=11, y=11, image=arrow(255, 255)))) == BLACK).all()


def test_the_canvas_keeps_what_was_drawn_last():
    canvas = Canvas(32, 32)
    assert (luma(canvas.frame) == BLACK).all()
    drawn = canvas.draw(picture(32, 32))
    assert canvas.frame is drawn


@pytest.mark.parametrize("size", [(0, 2), (31, 32), (32, 31), (-2, 2)])
def test_a_canvas_is_even(size: tuple[int, int]):
    with pytest.raises(InvalidInputError):
        Canvas(*size)
