"""The coverage report as CSV, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

from deskreel.server.context import Context
from deskreel.server.coverage.service import Wanted, report
from deskreel.server.permissions import Scope


async def csv_lines(context: Context, wanted: Wanted, scope: Scope) -> AsyncIterator[str]:
    """The report as CSV, a line at a time."""

    def line(values: list[Any]) -> str:
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerow([_plain(value) for value in values])
        return out.getvalue()

    columns = [
        "key",
        "name",
        "interactions",
        "expected_ms",
        "captured_ms",
        "missing_ms",
        "coverage",
        "advice",
    ]
    yield line(columns)
    for item in (await report(context, wanted, scope)).items:
        yield line([getattr(item, column) for column in columns])


def _plain(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@\t\r") else value
