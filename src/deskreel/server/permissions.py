"""What each role may do, and of whom: one table, and the scope that goes with it. Pure.

Every route of the API names one permission; `auth` checks it. The scope says whose interactions and recorders a
person sees; the capabilities apply it to their queries.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from deskreel.core.ids import AgentId, TeamId
from deskreel.server.people.model import Role


class Permission(StrEnum):
    """What a route asks for."""

    ACCOUNT_OWN = "account.own"  # one's own session and password, and enrolling one's own desktop
    INTERACTIONS_VIEW = "interactions.view"  # list and details, within the scope
    RECORDINGS_PLAY = "recordings.play"  # get addresses that play, within the scope
    RECORDINGS_SCREENSHOT = "recordings.screenshot"  # take a still of a frame, within the scope
    RECORDINGS_DOWNLOAD = "recordings.download"  # take an interaction away as one MP4, within the scope
    LIVE_WATCH = "live.watch"  # see calls in progress, and watch their screens live, within the scope
    COMMENTS_VIEW = "comments.view"  # what reviewers noted on a call, within the scope
    COMMENTS_WRITE = "comments.write"  # note something; change and remove one's own
    FILTERS_SHARE = "filters.share"  # show a saved filter to everybody
    FORMS_VIEW = "forms.view"  # read forms and their versions
    FORMS_MANAGE = "forms.manage"  # make, change, publish and archive forms
    EVALUATIONS_VIEW = "evaluations.view"  # list and details, within the scope
    EVALUATIONS_MANAGE = "evaluations.manage"  # assign, sampling rules, calibrations, delete
    EVALUATIONS_SCORE = "evaluations.score"  # evaluate calls: one's own evaluations
    EVALUATIONS_REVIEW = "evaluations.review"  # answer disputes about evaluations of others
    EVALUATIONS_RESPOND = "evaluations.respond"  # acknowledge and dispute evaluations of oneself
    REPORTS_VIEW = "reports.view"  # scores in groups, and their export, within the scope
    RECORDERS_VIEW = "recorders.view"  # desktops and how they are, within the scope
    RECORDERS_MANAGE = "recorders.manage"  # approve and revoke
    USERS_VIEW = "users.view"  # users, teams, who is selected; within the scope
    USERS_MANAGE = "users.manage"  # make, change, import, reset passwords
    SETTINGS_VIEW = "settings.view"  # features, recording settings, do-not-record rules
    SETTINGS_MANAGE = "settings.manage"  # change them, and who is recorded
    TRANSCRIPTS_ADD = "transcripts.add"  # deliver transcripts of calls
    API_KEYS_MANAGE = "api_keys.manage"  # make and revoke keys
    AUDIT_VIEW = "audit.view"  # read and export the audit log


_P = Permission
ROLES: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.SUPERVISOR: frozenset(
        {
            _P.ACCOUNT_OWN,
            _P.INTERACTIONS_VIEW,
            _P.RECORDINGS_PLAY,
            _P.RECORDINGS_SCREENSHOT,
            _P.RECORDINGS_DOWNLOAD,
            _P.LIVE_WATCH,
            _P.COMMENTS_VIEW,
            _P.COMMENTS_WRITE,
            _P.FILTERS_SHARE,
            _P.FORMS_VIEW,
            _P.FORMS_MANAGE,
            _P.EVALUATIONS_VIEW,
            _P.EVALUATIONS_MANAGE,
            _P.EVALUATIONS_SCORE,
            _P.EVALUATIONS_REVIEW,
            _P.REPORTS_VIEW,
            _P.RECORDERS_VIEW,
            _P.USERS_VIEW,
            _P.SETTINGS_VIEW,
        }
    ),
    Role.EVALUATOR: frozenset(
        {
            _P.ACCOUNT_OWN,
            _P.INTERACTIONS_VIEW,
            _P.RECORDINGS_PLAY,
            _P.COMMENTS_VIEW,
            _P.COMMENTS_WRITE,
            _P.FORMS_VIEW,
            _P.EVALUATIONS_VIEW,
            _P.EVALUATIONS_SCORE,
        }
    ),
    Role.AGENT: frozenset({_P.ACCOUNT_OWN}),
}
# what agents may do besides when the account lets them see their own calls
AGENTS_SEE_OWN = frozenset(
    {_P.INTERACTIONS_VIEW, _P.RECORDINGS_PLAY, _P.EVALUATIONS_VIEW, _P.EVALUATIONS_RESPOND}
)

PERSONS_ALONE = frozenset({_P.ACCOUNT_OWN})  # no API key can have these


def permissions_of(role: Role, *, agents_see_own: bool) -> frozenset[Permission]:
    """What a role may do, by the account's policy for agents."""
    more = AGENTS_SEE_OWN if role is Role.AGENT and agents_see_own else frozenset[Permission]()
    return ROLES[role] | more


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose interactions and recorders a person sees. Without a limit: everybody's."""

    teams: frozenset[TeamId] | None = None  # agents of these teams alone
    agent: AgentId | None = None  # this agent alone
    nobody: bool = False

    @property
    def everybody(self) -> bool:
        """Whether there is no limit."""
        return self.teams is None and self.agent is None and not self.nobody


def scope_of(role: Role, teams: Collection[TeamId], own: AgentId | None) -> Scope:
    """The scope of a person of these teams; `own` is the agent that they are themselves.

    Supervisors and evaluators without a team see every agent: small centres need not make teams.
    """
    if role is Role.ADMIN:
        return Scope()
    if role is Role.AGENT:
        return Scope(nobody=True) if own is None else Scope(agent=own)
    return Scope(teams=frozenset(teams)) if teams else Scope()
