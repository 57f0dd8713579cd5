"""HTTP of accounts: features, who is selected, recording settings, do-not-record rules."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from deskreel.core.ids import check_id
from deskreel.server.accounts import changes, rules, selection, views
from deskreel.server.accounts.model import (
    FeaturesChange,
    FeaturesState,
    NewRule,
    QmSelection,
    RecordingSettings,
    Rule,
    RulePage,
    Selection,
    SelectionPage,
    SelectionState,
    SettingsChange,
)
from deskreel.server.accounts.service import ACCOUNT
from deskreel.server.auth import Caller, Ctx, Needs
from deskreel.server.context import Context
from deskreel.server.paging import LARGEST, SHOWN
from deskreel.server.permissions import Permission

router = APIRouter(tags=["settings"])
Viewer = Annotated[Caller, Depends(Needs(Permission.SETTINGS_VIEW))]
UserViewer = Annotated[Caller, Depends(Needs(Permission.USERS_VIEW))]
Manager = Annotated[Caller, Depends(Needs(Permission.SETTINGS_MANAGE))]
Limit = Annotated[int, Query(ge=1, le=LARGEST)]
Cursor = Annotated[str | None, Query(max_length=1000)]


@router.get("/features")
async def get_features(context: Ctx, _caller: Viewer) -> FeaturesState:
    """What the account has switched on."""
    return await views.features(context)


@router.put("/features")
async def put_features(change: FeaturesChange, context: Ctx, caller: Manager) -> FeaturesState:
    """Switch features on or off. Screen recording needs Quality Management, and a notice chosen."""
    await changes.set_features(context, caller.actor, change)
    return await views.features(context)


# --- who is selected ------------------------------------------------------------------------------------------


@router.get("/screen-recording/users")
async def list_selectable_users(
    context: Ctx,
    caller: UserViewer,
    *,
    limit: Limit = SHOWN,
    cursor: Cursor = None,
    q: Annotated[str | None, Query(max_length=200, description="Part of name, e-mail or agent key.")] = None,
    team: Annotated[str | None, Query(max_length=40, description="Of this team alone.")] = None,
) -> SelectionPage:
    """Everybody, by name: selected or not, and why somebody cannot be."""
    return await views.selectable_users(context, caller.scope, limit=limit, cursor=cursor, q=q, team_id=team)


@router.put("/screen-recording/users")
async def put_selection(whole: Selection, context: Ctx, caller: Manager) -> SelectionState:
    """Save changes: this is the whole selection."""
    await selection.select_for_screen_recording(context, caller.actor, whole)
    return await views.selection_state(context)


@router.put("/quality-management/users")
async def put_qm_selection(whole: QmSelection, context: Ctx, caller: Manager) -> SelectionState:
    """These agents, and no others, are enabled in Quality Management."""
    await selection.select_for_qm(context, caller.actor, whole)
    return await views.selection_state(context)


# --- recording settings ---------------------------------------------------------------------------------------


@router.get("/recording-settings")
async def get_account_settings(context: Ctx, _caller: Viewer) -> RecordingSettings:
    """The account's recording settings."""
    return await views.recording_settings(context, ACCOUNT)


@router.put("/recording-settings")
async def put_account_settings(change: SettingsChange, context: Ctx, caller: Manager) -> RecordingSettings:
    """Set the account's recording settings."""
    return await _set(context, caller, ACCOUNT, change)


@router.get("/recording-settings/teams/{team_id}")
async def get_team_settings(team_id: str, context: Ctx, _caller: Viewer) -> RecordingSettings:
    """The recording settings that hold for a team."""
    return await views.recording_settings(context, check_id("tea", team_id))


@router.put("/recording-settings/teams/{team_id}")
async def put_team_settings(
    team_id: str, change: SettingsChange, context: Ctx, caller: Manager
) -> RecordingSettings:
    """Set a team's recording settings; what is left out is the account's."""
    return await _set(context, caller, check_id("tea", team_id), change)


@router.get("/recording-settings/agents/{agent_id}")
async def get_agent_settings(agent_id: str, context: Ctx, _caller: Viewer) -> RecordingSettings:
    """The recording settings that hold for an agent."""
    return await views.recording_settings(context, check_id("agt", agent_id))


@router.put("/recording-settings/agents/{agent_id}")
async def put_agent_settings(
    agent_id: str, change: SettingsChange, context: Ctx, caller: Manager
) -> RecordingSettings:
    """Set an agent's recording settings; what is left out is their team's, or the account's."""
    return await _set(context, caller, check_id("agt", agent_id), change)


async def _set(context: Context, caller: Caller, scope: str, change: SettingsChange) -> RecordingSettings:
    """Change the recording settings of a scope; gives what holds there from now on."""
    await changes.set_recording_settings(context, caller.actor, scope, change)
    return await views.recording_settings(context, scope)


# --- do-not-record rules --------------------------------------------------------------------------------------


@router.get("/do-not-record")
async def list_rules(context: Ctx, _caller: Viewer, limit: Limit = SHOWN, cursor: Cursor = None) -> RulePage:
    """The rules in force, newest first."""
    return await views.rules(context, limit=limit, cursor=cursor)


@router.post("/do-not-record", status_code=201)
async def add_rule(rule: NewRule, context: Ctx, caller: Manager) -> Rule:
    """Add a rule, for calls that begin from now on."""
    rule_id = await rules.add_rule(context, caller.actor, rule)
    return (await views.rules(context, limit=1, cursor=None, rule_id=rule_id)).items[0]


@router.delete("/do-not-record/{rule_id}", status_code=204)
async def remove_rule(rule_id: str, context: Ctx, caller: Manager) -> None:
    """Take a rule away, for calls that begin from now on."""
    await rules.remove_rule(context, caller.actor, check_id("dnr", rule_id))
