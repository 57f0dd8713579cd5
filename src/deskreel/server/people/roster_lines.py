"""What a line of the file of users says, understood against what is known of the user. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from deskreel.server.people.model import Identity, IdentityKind, UserDetails, UserFields
from deskreel.server.people.roster_file import COLUMNS, several
from deskreel.server.people.users import fields_of

_YES, _NO = ("yes", "y", "true", "1"), ("no", "n", "false", "0")


class LineProblem(Exception):
    """What is wrong with one line."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line, understood."""

    number: int  # counted from 1, the head included
    known: UserDetails | None  # who has the address
    wanted: UserFields
    screen: bool | None  # to be selected for screen recording; None: as it is


def understood(
    number: int, fields: Mapping[str, str], known: UserDetails | None, team_ids: Sequence[str] | None
) -> Line:
    """What a line is to come to; `team_ids` None: the teams stay.

    Raises:
        LineProblem: a field cannot be.
    """
    if team_ids is None:
        team_ids = [] if known is None else [team.id for team in known.teams]
    wanted = _fields(fields, known, team_ids)
    return Line(number=number, known=known, wanted=wanted, screen=_yes_no(fields, "screen"))


def same_identities(wanted: UserFields, known: UserDetails) -> bool:
    """Whether the telephony is to know the user by the same names."""
    now = [] if known.agent is None else known.agent.identities
    return {_name_of(one) for one in wanted.identities} == {_name_of(one) for one in now}


def _name_of(one: Identity) -> tuple[IdentityKind, str, str | None]:
    return one.kind, one.value, one.source


def differs(wanted: UserFields, known: UserDetails) -> bool:
    """Whether a user is to be written anew."""
    now = fields_of(known)
    if wanted.quality_management is None:
        now = now.model_copy(update={"quality_management": None})
    return _comparable(wanted) != _comparable(now)


def _comparable(fields: UserFields) -> dict[str, object]:
    names = {_name_of(one) for one in fields.identities}
    return {**fields.model_dump(), "teams": set(fields.teams), "identities": names}


def _fields(fields: Mapping[str, str], known: UserDetails | None, team_ids: Sequence[str]) -> UserFields:
    kept = known.agent.identities if known is not None and known.agent is not None else []
    # those of one source alone are not in the file
    identities = [one for one in kept if one.kind.value not in fields or one.source is not None]
    try:
        for kind in IdentityKind:
            identities += [
                Identity(kind=kind, value=value)
                for value in several(fields.get(kind.value, ""))
                if not any(one.kind is kind and one.value == value for one in identities)
            ]
        return UserFields(
            email=fields["email"],
            name=fields["name"],
            role=fields["role"].lower(),  # type: ignore[arg-type]  # pydantic checks it
            active=known.active if known is not None else True,
            teams=list(team_ids),
            identities=identities,
            quality_management=_yes_no(fields, "qm"),
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        column = str(first["loc"][0]) if first["loc"] else "email"
        raise LineProblem(column if column in COLUMNS else "extension", first["msg"]) from error


def _yes_no(fields: Mapping[str, str], column: str) -> bool | None:
    said = fields.get(column, "").lower()
    if said and said not in (*_YES, *_NO):
        raise LineProblem(column, "say yes or no, or nothing to leave it")
    return None if not said else said in _YES
