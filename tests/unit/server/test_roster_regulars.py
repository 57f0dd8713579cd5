"""Which lines of an import concern nobody but their user, and may be written with others'."""

from __future__ import annotations

from typing import Any

import pytest

from deskreel.server.people.model import Agent, Identity, IdentityKind, Role, TeamRef, UserDetails, UserFields
from deskreel.server.people.newcomers import Newcomer
from deskreel.server.people.regulars import is_regular
from deskreel.server.people.roster_lines import Line

HERS = Identity(kind=IdentityKind.EXTENSION, value="1001")


def user(*, agent: bool = True, **changes: Any) -> UserDetails:
    known = Agent(id="agt_1", key="1001", identities=[HERS], quality_management=True, screen_recording=False)
    fields: dict[str, Any] = {
        "id": "usr_1",
        "email": "ada@x.example",
        "name": "Ada",
        "role": Role.AGENT if agent else Role.EVALUATOR,
        "active": True,
        "has_password": True,
        "created_at": 0,
        "teams": [TeamRef(id="tea_1", name="Red")],
        "agent": known if agent else None,
    }
    return UserDetails(**{**fields, **changes})


def line(known: UserDetails | None, screen: bool | None = None, **changes: Any) -> Line:
    fields: dict[str, Any] = {
        "email": "ada@x.example",
        "name": "Ada King",
        "role": "agent",
        "teams": ["tea_2"],
        "identities": [HERS],
    }
    return Line(number=2, known=known, wanted=UserFields(**{**fields, **changes}), screen=screen)


@pytest.mark.parametrize(
    "regular",
    [
        line(user()),
        line(user(), True),
        line(user(), False, quality_management=False),
        line(user(), role="supervisor", teams=["tea_1", "tea_2"]),
        line(user(agent=False), role="evaluator", identities=[]),
        line(user(role=Role.ADMIN, active=False), role="agent", active=False),
    ],
)
def test_what_concerns_nobody_else(regular: Line) -> None:
    assert is_regular(regular)


@pytest.mark.parametrize(
    "other",
    [
        line(None),
        line(user(), identities=[]),
        line(user(), identities=[Identity(kind=IdentityKind.INTERFACE, value="1001")]),
        line(user(agent=False), role="agent", identities=[]),
        line(user(agent=False), role="evaluator", identities=[HERS]),
        line(user(agent=False), True, role="evaluator", identities=[]),
        line(user(), teams=["tea_1", "tea_2"]),
        line(user(), True, quality_management=False),
        line(user(active=False), True, active=False),
        line(user(role=Role.ADMIN), role="agent"),
    ],
    ids=[
        "new", "gives a name up", "another name", "takes calls now", "has a name now", "selected, no agent",
        "an agent in two teams", "selected without QM", "selected, not active", "the last admin, perhaps",
    ],
)  # fmt: skip
def test_what_may_fail_or_concern_others(other: Line) -> None:
    assert not is_regular(other)


def test_what_a_newcomer_may_not_be() -> None:
    sound = UserFields(email="b@x.example", name="Bo", role=Role.AGENT, quality_management=True)
    assert Newcomer(fields=sound, selected=True).sound
    assert not Newcomer(fields=sound.model_copy(update={"quality_management": None}), selected=True).sound
    assert not Newcomer(fields=sound.model_copy(update={"teams": ["a", "b"]}), selected=False).sound
    assert not Newcomer(fields=sound.model_copy(update={"role": Role.EVALUATOR}), selected=True).sound


def test_the_version_of_a_user_changes_with_all_that_a_change_replaces() -> None:
    versions = {
        user().version,
        user(name="Eva").version,
        user(role=Role.ADMIN).version,
        user(active=False).version,
        user(teams=[]).version,
        user(agent=False).version,
        user(agent=False, role=Role.AGENT).version,
        user(email="eva@x.example").version,
    }
    assert len(versions) == 8
    assert user(has_password=False, created_at=1).version == user().version
