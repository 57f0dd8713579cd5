"""The faces as icons, drawn by us: each with a shape of its own, so that colour is never the only sign.

Colours are of middle brightness: at least 3:1 against white and dark panels (WCAG 2.2, 1.4.11).
Nothing moves: a blinking icon would be a change on the screen, captured over and over.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

from deskreel.recorder.tray.panel import Face

COLOURS = {
    Face.IDLE: "#7a838c",
    Face.RECORDING: "#e5484d",
    Face.PAUSED: "#b87400",
    Face.ACW: "#3b7dd8",
    Face.UPLOADING: "#2a8f5b",
    Face.OFFLINE: "#7a838c",
    Face.PROBLEM: "#d1620c",
}
NAMES = {
    Face.IDLE: "not recording",
    Face.RECORDING: "recording",
    Face.PAUSED: "paused",
    Face.ACW: "After Call Work",
    Face.UPLOADING: "uploading",
    Face.OFFLINE: "no connection",
    Face.PROBLEM: "needs attention",
}
_SIZES = (16, 20, 22, 24, 32, 44, 48, 64, 96, 128)  # pixels; panels at one and two times their size
WATCHED = "#9069d8"  # the eye in menus
_GRID = 16.0  # units that the shapes are drawn in
_Shape = Callable[[QPainter, QColor], None]


def face_icon(face: Face) -> QIcon:
    """The icon at every size that panels use."""
    made = QIcon()
    for side in _SIZES:
        made.addPixmap(face_pixmap(face, side))
    return made


def face_pixmap(face: Face, side: int, ratio: float = 1.0) -> QPixmap:
    """The picture of `face`, `side` points square, with `ratio` pixels to a point."""
    return _pixmap(_SHAPES[face], COLOURS[face], side, ratio)


def eye_icon() -> QIcon:
    """The sign of a live view, for menus."""
    made = QIcon()
    for side in _SIZES:
        made.addPixmap(eye_pixmap(WATCHED, side))
    return made


def eye_pixmap(colour: str, side: int, ratio: float = 1.0) -> QPixmap:
    """The sign of a live view, sized as `face_pixmap`."""
    return _pixmap(_eye, colour, side, ratio)


def paint_face(painter: QPainter, face: Face, into: QRectF) -> None:
    """Draw `face` into a square."""
    _paint(painter, _SHAPES[face], COLOURS[face], into)


def _pixmap(shape: _Shape, colour: str, side: int, ratio: float) -> QPixmap:
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    _paint(painter, shape, colour, QRectF(0, 0, pixmap.width(), pixmap.height()))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def _paint(painter: QPainter, shape: _Shape, colour: str, into: QRectF) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(into.topLeft())
    painter.scale(into.width() / _GRID, into.height() / _GRID)
    shape(painter, QColor(colour))
    painter.restore()


def _idle(painter: QPainter, colour: QColor) -> None:
    _stroke(painter, colour, 1.8)
    painter.drawEllipse(QRectF(2, 2, 12, 12))
    _fill(painter, colour)
    painter.drawEllipse(QRectF(6, 6, 4, 4))


def _recording(painter: QPainter, colour: QColor) -> None:
    _stroke(painter, colour, 1.5)
    painter.drawEllipse(QRectF(1, 1, 14, 14))
    _fill(painter, colour)
    painter.drawEllipse(QRectF(3.5, 3.5, 9, 9))


def _paused(painter: QPainter, colour: QColor) -> None:
    _fill(painter, colour)
    painter.drawRoundedRect(QRectF(2.5, 2, 4, 12), 1, 1)
    painter.drawRoundedRect(QRectF(9.5, 2, 4, 12), 1, 1)


def _acw(painter: QPainter, colour: QColor) -> None:
    _fill(painter, colour)
    painter.drawRoundedRect(QRectF(2, 1, 12, 14), 1.5, 1.5)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
    painter.fillRect(QRectF(4.5, 4, 7, 1.5), Qt.GlobalColor.black)
    painter.fillRect(QRectF(4.5, 7.25, 7, 1.5), Qt.GlobalColor.black)
    painter.fillRect(QRectF(4.5, 10.5, 4, 1.5), Qt.GlobalColor.black)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)


def _uploading(painter: QPainter, colour: QColor) -> None:
    arrow = QPainterPath(QPointF(8, 1))
    for x, y in ((13.5, 7), (10, 7), (10, 11.5), (6, 11.5), (6, 7), (2.5, 7)):
        arrow.lineTo(x, y)
    arrow.closeSubpath()
    _fill(painter, colour)
    painter.drawPath(arrow)
    painter.drawRoundedRect(QRectF(2, 13, 12, 2), 0.8, 0.8)


def _offline(painter: QPainter, colour: QColor) -> None:
    _stroke(painter, colour, 1.8)
    painter.drawEllipse(QRectF(2, 2, 12, 12))
    painter.drawLine(QPointF(3.8, 12.2), QPointF(12.2, 3.8))


def _problem(painter: QPainter, colour: QColor) -> None:
    triangle = QPainterPath(QPointF(8, 1.5))
    triangle.lineTo(15, 14.2)
    triangle.lineTo(1, 14.2)
    triangle.closeSubpath()
    painter.setPen(
        QPen(colour, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    )
    painter.setBrush(colour)
    painter.drawPath(triangle)
    _fill(painter, QColor("#ffffff"))
    painter.drawRoundedRect(QRectF(7.1, 5, 1.8, 5), 0.6, 0.6)
    painter.drawEllipse(QRectF(7, 11, 2, 2))


def _eye(painter: QPainter, colour: QColor) -> None:
    lids = QPainterPath(QPointF(1, 8))
    lids.cubicTo(QPointF(4, 2.2), QPointF(12, 2.2), QPointF(15, 8))
    lids.cubicTo(QPointF(12, 13.8), QPointF(4, 13.8), QPointF(1, 8))
    _stroke(painter, colour, 1.5)
    painter.drawPath(lids)
    _fill(painter, colour)
    painter.drawEllipse(QRectF(5.4, 5.4, 5.2, 5.2))


def _stroke(painter: QPainter, colour: QColor, width: float) -> None:
    painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _fill(painter: QPainter, colour: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)


_SHAPES: dict[Face, _Shape] = {
    Face.IDLE: _idle,
    Face.RECORDING: _recording,
    Face.PAUSED: _paused,
    Face.ACW: _acw,
    Face.UPLOADING: _uploading,
    Face.OFFLINE: _offline,
    Face.PROBLEM: _problem,
}
