from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.errors import InvalidInputError
from deskreel.recorder.canvas import Canvas, place
from deskreel.recorder.screen.port import CursorImage, Picture, Pointer, Rect
from deskreel.recorder.screen.rows import Columns, Rows, merge

WHITE, BLACK = 235, 16  # luma, limited range


def picture(width: int, height: int, bgr: tuple[int, int, int] = (255, 255, 255), x: int = 0) -> Picture:
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[..., :3] = bgr
    rect = Rect(x=x, y=0, width=width, height=height)
    return Picture(pixels=pixels, rect=rect, changed=(Rows(0, height),))


def luma(frame: av.VideoFrame) -> np.ndarray:
    plane = frame.planes[0]
    return np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]


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
    rect = Rect(x=0, y=0, width=64, height=48)
    shot = Picture(pixels=wide.pixels[:, :64], rect=rect, changed=(Rows(0, 48),))
    assert shot.stride == 400
    assert (luma(Canvas(64, 48).draw(shot)) == WHITE).all()


@given(st.integers(1, 5000), st.integers(1, 3000), st.integers(1, 2000), st.integers(1, 1200))
def test_a_place_is_even_inside_the_canvas_and_keeps_the_shape(w: int, h: int, half_cw: int, half_ch: int):
    cw, ch = 2 * half_cw, 2 * half_ch
    got = place(w, h, cw, ch)
    assert not any(n % 2 for n in (got.x, got.y, got.width, got.height))
    assert 0 <= got.x <= got.x + got.width <= cw
    assert 0 <= got.y <= got.y + got.height <= ch
    scale = min(1.0, cw / w, ch / h)  # never enlarged
    assert got.width == cw or got.height == ch or (got.width, got.height) == (max(2, w & ~1), max(2, h & ~1))
    assert abs(got.width - w * scale) <= 2
    assert abs(got.height - h * scale) <= 2


def arrow(alpha: int, colour: int) -> CursorImage:
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[..., :3], pixels[..., 3] = colour * alpha // 255, alpha
    return CursorImage(pixels=pixels, hot_x=1, hot_y=1)


ARROW = arrow(255, 255)


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


# --- only what changed is renewed ---------------------------------------------------------------------------


def planes(frame: av.VideoFrame) -> list[np.ndarray]:
    return [
        np.frombuffer(memoryview(p), np.uint8).reshape(p.height, p.line_size)[:, : p.width].astype(int)
        for p in frame.planes
    ]


def text_like(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    pixels = np.full((height, width, 4), 255, np.uint8)
    pixels[..., :3][rng.random((height, width)) < 0.3] = (60, 20, 10)
    return pixels


SIZES = [
    (64, 320, 64, 320),
    (192, 480, 144, 360),
    (256, 512, 128, 256),
    (200, 333, 150, 250),
    (120, 400, 80, 240),
]


@pytest.mark.parametrize("size", SIZES, ids=str)
@given(data=st.data())
def test_renewing_what_changed_is_as_good_as_renewing_everything(
    size: tuple[int, int, int, int], data: st.DataObject
):
    width, height, canvas_width, canvas_height = size
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    rect = Rect(x=0, y=0, width=width, height=height)
    pixels = text_like(rng, width, height)
    canvas = Canvas(canvas_width, canvas_height)
    canvas.draw(Picture(pixels=pixels, rect=rect))
    pointer = None
    for _ in range(data.draw(st.integers(1, 3))):
        top = data.draw(st.integers(0, height - 1))
        rows = merge([Rows(top, min(height, top + data.draw(st.integers(1, 60))))], height)
        left = data.draw(st.integers(0, width - 1))
        columns = Columns(left, data.draw(st.integers(left + 1, width)))
        for a, b in rows:
            pixels[a:b, left : columns.right] = text_like(rng, columns.right - left, b - a)
        place = (data.draw(st.integers(0, width)), data.draw(st.integers(0, height)))
        pointer = Pointer(x=place[0], y=place[1], image=ARROW)
        canvas.draw(Picture(pixels=pixels, rect=rect, changed=rows, columns=columns), pointer)
    fresh = Canvas(canvas_width, canvas_height)
    fresh.draw(Picture(pixels=pixels, rect=rect), pointer)
    # a scaled strip may differ from the whole by the rounding of swscale's filter positions
    most = 0 if width <= canvas_width and height <= canvas_height else 6
    for got, want in zip(planes(canvas.frame), planes(fresh.frame), strict=True):
        assert np.abs(got - want).max() <= most


def test_the_share_says_how_much_was_renewed():
    canvas = Canvas(64, 640)
    shot = picture(64, 640)
    canvas.draw(shot)
    assert canvas.share == 1
    canvas.draw(Picture(pixels=shot.pixels, rect=shot.rect, changed=(Rows(0, 16),)))
    assert 0 < canvas.share < 0.1
    canvas.draw(Picture(pixels=shot.pixels, rect=shot.rect, changed=()))
    assert canvas.share == 0


def test_what_is_said_not_to_have_changed_is_not_looked_at():
    canvas = Canvas(64, 640)
    shot = picture(64, 640)
    canvas.draw(shot)
    shot.pixels[...] = 0
    y = luma(canvas.draw(Picture(pixels=shot.pixels, rect=shot.rect, changed=(Rows(320, 336),))))
    assert (y[320:336] == BLACK).all()
    assert (y[:256] == WHITE).all()
    canvas.forget()
    assert (luma(canvas.draw(Picture(pixels=shot.pixels, rect=shot.rect, changed=()))) == BLACK).all()


def test_a_cursor_that_moves_leaves_nothing_behind():
    canvas = Canvas(64, 640)
    shot = picture(64, 640, (0, 0, 0))
    canvas.draw(shot, Pointer(x=30, y=100, image=ARROW))
    still = Picture(pixels=shot.pixels, rect=shot.rect, changed=())
    y = luma(canvas.draw(still, Pointer(x=30, y=500, image=ARROW)))
    assert (y[90:110] == BLACK).all()
    assert (y[499:503] == WHITE).any()
    assert canvas.share < 0.5
    assert (luma(canvas.draw(still)) == BLACK).all()


def test_a_small_monitor_is_centred_and_not_enlarged():
    y = luma(Canvas(160, 120).draw(picture(100, 60)))
    assert (y[30:90, 30:130] == WHITE).all()
    assert (y == WHITE).sum() == 100 * 60


def test_a_picture_can_be_shrunk_to_spare_the_machine():
    canvas = Canvas(160, 120)
    y = luma(canvas.draw(picture(160, 120), shrink=0.5))
    assert (y[32:88, 42:118] == WHITE).all()
    assert (y[:28] == BLACK).all()
    assert (luma(canvas.draw(picture(160, 120))) == WHITE).all()
