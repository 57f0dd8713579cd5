"""Logs: one line per event, event name and fields; readable on a terminal, JSON elsewhere and in a file."""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import structlog

_FILE_BYTES = 1_000_000
_FILES_KEPT = 3  # beside the one being written
_level = "info"  # as configured last
_to_file: _ToFile | None = None


def configure(*, level: str = "info", json_lines: bool | None = None, file: Path | None = None) -> None:
    """Set up logging for this process: on standard error, and in `file` when given.

    `file` is rolled over at 1 MB, three older ones are kept; its directory is made if need be.

    Raises:
        OSError: `file` cannot be written.
    """
    global _level, _to_file
    if _to_file is not None:
        _to_file.close()
    _level, _to_file = level, None if file is None else _ToFile(file)
    as_json = not sys.stderr.isatty() if json_lines is None else json_lines
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            *([] if _to_file is None else [_to_file]),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def level() -> str:
    """As configured last."""
    return _level


def also_to(file: Path) -> None:
    """As configured, and in `file` too.

    Raises:
        OSError: `file` cannot be written.
    """
    configure(level=_level, file=file)


class _ToFile:
    """A processor that writes each event as a line of JSON and passes it on unchanged."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._handler = _PrivateFile(
            file, maxBytes=_FILE_BYTES, backupCount=_FILES_KEPT, encoding="utf-8", errors="replace"
        )
        self._render = structlog.processors.JSONRenderer()

    def __call__(
        self, logger: Any, method: str, event: structlog.types.EventDict
    ) -> structlog.types.EventDict:
        """Write `event`; a file that cannot be written is a loss of lines, no more."""
        line = self._render(logger, method, {**event})
        self._handler.handle(logging.LogRecord("", logging.INFO, "", 0, str(line), None, None))
        return event

    def close(self) -> None:
        """Write no more."""
        self._handler.close()


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """For the owner's eyes only."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return TextIOWrapper(
            os.fdopen(descriptor, "ab"), encoding="utf-8", errors="replace", line_buffering=True
        )

    def handleError(self, record: logging.LogRecord) -> None:
        """A full disk must not stop the recorder, nor fill standard error."""
