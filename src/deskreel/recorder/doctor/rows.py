"""A row of the connectivity check's report. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a row stands."""

    OK = "ok"
    WARNING = "warning"  # recording works, with less than it should have
    FAILED = "failed"  # recording will not work, or leave its region's addresses
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the report."""

    check: str  # for programs
    title: str
    measured: str
    required: str
    verdict: Verdict
    advice: str  # what to do; empty when there is nothing


def exit_code(rows: Sequence[Row]) -> int:
    """0: all is well; 1: there are warnings; 2: something failed."""
    verdicts = {row.verdict for row in rows}
    return 2 if Verdict.FAILED in verdicts else 1 if Verdict.WARNING in verdicts else 0


def row(check: str, title: str, held: tuple[str, str], bad: Verdict | None = None, advice: str = "") -> Row:
    """A row of what was measured and what is required; it is well when `bad` is None."""
    measured, required = held
    return Row(
        check=check,
        title=title,
        measured=measured,
        required=required,
        verdict=bad or Verdict.OK,
        advice=advice if bad is not None else "",
    )


def skipped(check: str, title: str, held: tuple[str, str]) -> Row:
    """A row that was not looked at: why, and what would be required."""
    return row(check, title, held, Verdict.NOT_CHECKED)
