"""Lines of CSV for spreadsheets. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

_FORMULA = tuple("=+-@\t\r")  # how a cell begins that a spreadsheet takes for one


def csv_line(values: Iterable[Any]) -> str:
    """A line (RFC 4180), in which no text is taken for a formula."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([_plain(value) for value in values])
    return out.getvalue()


def _plain(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
