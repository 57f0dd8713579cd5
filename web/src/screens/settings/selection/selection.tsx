/** Screen recording → Users: who is recorded, alone or with their team, and how many of their calls. Save changes. */

import { Checkbox, NumberInput, Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link } from "react-router";

import { api, unwrap } from "../../../api/client";
import { LongTable } from "../../../components/long-table";
import { Card, Loaded, Page } from "../../../components/page";
import classes from "../../../components/parts.module.css";
import { SaveBar } from "../../../components/save-bar";
import { State } from "../../../components/state";
import { useMay } from "../../../components/use-may";
import type { Versioned } from "../../../components/use-versioned";
import { useVersioned } from "../../../components/use-versioned";
import type { RecordingSettings, SelectableUser, Selection, Team } from "../queries";
import { recordingSettingsQuery, selectionQuery, teamsQuery } from "../queries";
import { useTexts } from "../texts";
import { FilterBar } from "./filter-bar";
import type { Choice, SelectionFilter } from "./model";
import { choiceOf, fitsSelection, selectionBody, switchable } from "./model";

export function ScreenRecordingUsers() {
  const t = useTexts();
  const selection = useQuery(selectionQuery);
  const teams = useQuery(teamsQuery);
  const settings = useQuery({ ...recordingSettingsQuery("account"), enabled: useMay()("settings.view") });
  return (
    <Page title={t("selection.title")} lead={t("selection.lead")}>
      <Loaded query={selection} rows={8}>
        {(data) => <Tab selection={data} teams={teams.data ?? []} account={settings.data ?? null} />}
      </Loaded>
    </Page>
  );
}

interface TabProps {
  readonly selection: Selection;
  readonly teams: readonly Team[];
  readonly account: RecordingSettings | null;
}

function Tab({ selection, teams, account }: TabProps) {
  const readOnly = !useMay()("settings.manage");
  const saved = useMemo(() => choiceOf(selection, teams.map((team) => team.id)), [selection, teams]);
  const form = useVersioned<Choice>({
    saved,
    version: selection.version,
    queryKeys: [selectionQuery.queryKey],
    save: (choice, version) => unwrap(api.PUT("/api/v1/screen-recording/users", { body: selectionBody(choice, version) })),
  });
  const share = useVersioned<{ percentage: number | undefined }>({
    saved: account === null ? undefined : { percentage: account.values.percentage },
    version: account?.version,
    queryKeys: [["recording-settings"]],
    save: (values, version) =>
      unwrap(
        api.PUT("/api/v1/recording-settings", {
          body: { version, values: { ...account?.overrides, ...values } as RecordingSettings["values"] },
        }),
      ),
  });
  return (
    <>
      <Agents selection={selection} teams={teams} form={form} readOnly={readOnly} />
      {teams.length > 0 && <TeamsCard teams={teams} form={form} selection={selection} readOnly={readOnly} />}
      <Sample share={share} readOnly={readOnly} />
      {!readOnly && <SaveBar form={both(form, share)} blocked={share.values !== undefined && share.values.percentage === undefined} />}
    </>
  );
}

/** Two things with a version each, behind one Save changes. */
function both(one: Versioned<Choice>, other: Versioned<{ percentage: number | undefined }>) {
  return {
    dirty: one.dirty || other.dirty,
    conflict: one.conflict || other.conflict,
    saving: one.saving || other.saving,
    saved: (one.saved && !other.dirty) || (other.saved && !one.dirty),
    error: one.error ?? other.error,
    changes: { ...one.changes, ...other.changes },
    discard: () => {
      one.discard();
      other.discard();
    },
    save: () => {
      if (one.dirty) one.save();
      if (other.dirty) other.save();
    },
  };
}

function Sample({ share, readOnly }: { readonly share: Versioned<{ percentage: number | undefined }>; readonly readOnly: boolean }) {
  const t = useTexts();
  if (share.values === undefined) return null;
  return (
    <Card title={t("selection.share")} lead={t("selection.shareLead")}>
      <NumberInput
        label={t("selection.percentage")}
        description={<Link to="/settings/recording">{t("selection.percentageElsewhere")}</Link>}
        inputWrapperOrder={["label", "input", "description", "error"]}
        suffix=" %"
        min={0}
        max={100}
        decimalScale={2}
        w="16rem"
        value={share.values.percentage ?? ""}
        disabled={readOnly}
        error={share.values.percentage === undefined ? t("selection.percentageFault") : null}
        onChange={(value) => {
          share.change({ percentage: typeof value === "number" ? value : undefined });
        }}
      />
    </Card>
  );
}

interface PartProps {
  readonly teams: readonly Team[];
  readonly form: Versioned<Choice>;
  readonly selection: Selection;
  readonly readOnly: boolean;
}

function TeamsCard({ teams, form, selection, readOnly }: PartProps) {
  const t = useTexts();
  const sizes = new Map<string, number>();
  for (const { team } of selection.items) if (team) sizes.set(team.id, (sizes.get(team.id) ?? 0) + 1);
  return (
    <Card title={t("selection.teams")} lead={t("selection.teamsLead")}>
      <div className={classes["boxes"]} tabIndex={0} role="group" aria-label={t("selection.teams")}>
        {teams.map((team) => (
          <Switch
            key={team.id}
            label={team.name}
            description={t("selection.agents", { count: sizes.get(team.id) ?? 0 })}
            checked={form.values?.[team.id] === true}
            disabled={readOnly}
            onChange={(event) => {
              form.change({ [team.id]: event.currentTarget.checked });
            }}
          />
        ))}
      </div>
    </Card>
  );
}

function Agents({ teams, form, selection, readOnly }: PartProps) {
  const t = useTexts();
  const [filter, setFilter] = useState<SelectionFilter>({ text: "", team: null, show: "all" });
  const choice = form.values ?? {};
  const shown = selection.items.filter((user) => fitsSelection(user, choice, filter));
  const free = switchable(shown, choice);
  const on = free.filter((id) => choice[id] === true).length;
  return (
    <Card flush title={t("selection.users")}>
      <FilterBar filter={filter} teams={teams} count={shown.length} onChange={setFilter} />
      <LongTable
        caption={t("selection.users")}
        columns={[
          {
            key: "box",
            width: "3rem",
            title: (
              <Checkbox
                size="xs"
                aria-label={t("selection.selectShown", { count: free.length })}
                checked={free.length > 0 && on === free.length}
                indeterminate={on > 0 && on < free.length}
                disabled={readOnly || free.length === 0}
                onChange={(event) => {
                  const wanted = event.currentTarget.checked;
                  const those = wanted ? shown.filter((user) => user.can_be_selected).flatMap((user) => user.agent_id ?? []) : free;
                  form.change(Object.fromEntries(those.map((id) => [id, wanted])));
                }}
              />
            ),
          },
          { key: "name", title: t("name") },
          { key: "team", title: t("team") },
          { key: "state", title: t("selection.captured") },
        ]}
        items={shown}
        rowKey={(user) => user.agent_id ?? user.user_id ?? user.name}
        row={(user) => <Cells user={user} choice={choice} form={form} readOnly={readOnly} />}
      />
    </Card>
  );
}

interface CellsProps {
  readonly user: SelectableUser;
  readonly choice: Choice;
  readonly form: Versioned<Choice>;
  readonly readOnly: boolean;
}

function Cells({ user, choice, form, readOnly }: CellsProps) {
  const t = useTexts();
  const id = user.agent_id;
  const selected = id !== null && choice[id] === true;
  const withTeam = user.team !== null && choice[user.team.id] === true;
  return (
    <>
      <td>
        <Checkbox
          size="xs"
          aria-label={t("selection.selectOne", { name: user.name })}
          checked={selected}
          disabled={readOnly || id === null || (!user.can_be_selected && !selected)}
          onChange={(event) => {
            if (id !== null) form.change({ [id]: event.currentTarget.checked });
          }}
        />
      </td>
      <th scope="row">
        <span className={classes["cut"]} title={user.name}>{user.name}</span>
        {user.email && <small className={classes["cut"]} title={user.email}>{user.email}</small>}
      </th>
      <td>
        <span className={classes["cut"]} title={user.team?.name}>{user.team?.name ?? "–"}</span>
        {withTeam && <small>{t("selection.withTeam")}</small>}
      </td>
      <td>
        <Standing user={user} selected={selected || withTeam} />
      </td>
    </>
  );
}

/** Whether they are captured; for who cannot be chosen, why; for unsaved changes, what will be. */
function Standing({ user, selected }: { readonly user: SelectableUser; readonly selected: boolean }) {
  const t = useTexts();
  if (user.reason !== null) {
    return (
      <>
        <State level="off">{t("selection.cannot")}</State>
        <small>{t(`refusal.${user.reason}`)}</small>
      </>
    );
  }
  if (selected !== (user.selected || user.team_selected)) {
    return <State level="waiting">{selected ? t("selection.willBe") : t("selection.willNotBe")}</State>;
  }
  if (user.captured) return <State level="good">{t("selection.yes")}</State>;
  return (
    <>
      <State level="off">{t("selection.no")}</State>
      {user.not_captured_reason !== null && user.not_captured_reason !== "not_selected" && (
        <small>{t(`refusal.${user.not_captured_reason}`)}</small>
      )}
    </>
  );
}
