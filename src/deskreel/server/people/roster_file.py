"""The CSV file of users: its columns, lines in with their numbers, lines out that no spreadsheet takes for formulas.

Several teams or identities in one field are parted by `|`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from deskreel.core.errors import InvalidInputError, TooLargeError
from deskreel.server.people.model import IdentityKind, UserDetails

NEEDED = ("name", "email", "role")
KINDS = tuple(kind.value for kind in IdentityKind)
COLUMNS = (*NEEDED, "team", *KINDS, "qm", "screen")
MAX_LINES = 5000
MAX_BYTES = 2 * 1024 * 1024


def parse(data: bytes) -> list[tuple[int, dict[str, str]]]:
    """The lines of a file with their numbers; the fields by column, without blanks around them.

    Raises:
        InvalidInputError: no CSV in UTF-8 with our columns.
        TooLargeError: over 5000 lines or 2 MiB.
    """
    if len(data) > MAX_BYTES:
        raise TooLargeError(f"an import takes at most {MAX_BYTES} bytes")
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        head = [name.strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = head
        unknown, missing = set(head) - set(COLUMNS), set(NEEDED) - set(head)
        if unknown or missing or len(set(head)) < len(head):
            said = [f"unknown {', '.join(sorted(unknown))}"] if unknown else []
            said += [f"missing {', '.join(sorted(missing))}"] if missing else []
            raise InvalidInputError(
                f"columns: {'; '.join(said) or 'one is there twice'}",
                hint=f"The first line names columns of {', '.join(COLUMNS)}.",
            )
        lines: list[tuple[int, dict[str, str]]] = []
        for fields in reader:
            if None in fields or None in fields.values():
                raise InvalidInputError(f"line {reader.line_num} has not as many fields as the first")
            lines.append((reader.line_num, {name: _plain(field) for name, field in fields.items()}))
            if len(lines) > MAX_LINES:
                raise TooLargeError(f"an import takes at most {MAX_LINES} lines")
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInputError(f"no CSV in UTF-8: {error}") from error
    return lines


def several(field: str) -> list[str]:
    """What stands in one field, each once."""
    return list(dict.fromkeys(part.strip() for part in field.split("|") if part.strip()))


def write(users: Iterable[UserDetails]) -> str:
    """A file of these users, as `parse` reads it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for user in users:
        writer.writerow([_safe(field) for field in _row(user)])
    return out.getvalue()


def _row(user: UserDetails) -> Iterator[str]:
    yield from (user.name, user.email, user.role.value, "|".join(team.name for team in user.teams))
    agent = user.agent
    identities = [] if agent is None else agent.identities
    for kind in IdentityKind:
        yield "|".join(one.value for one in identities if one.kind is kind and one.source is None)
    for flag in (agent and agent.quality_management, agent and agent.screen_recording):
        yield "" if flag is None else "yes" if flag else "no"


def _safe(field: str) -> str:
    """A field that no spreadsheet takes for a formula; `_plain` undoes it."""
    return f"'{field}" if field[:1] in ("=", "+", "-", "@", "\t", "\r", "'") else field


def _plain(field: str) -> str:
    return field.strip().removeprefix("'")
