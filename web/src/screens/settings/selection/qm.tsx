/** Quality Management → Users: who may be evaluated, and thereby selected for screen recording. */

import { Checkbox } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import { api, unwrap } from "../../../api/client";
import { LongTable } from "../../../components/long-table";
import { Card, Loaded, Page } from "../../../components/page";
import classes from "../../../components/parts.module.css";
import { SaveBar } from "../../../components/save-bar";
import { useMay } from "../../../components/use-may";
import { useVersioned } from "../../../components/use-versioned";
import type { Selection } from "../queries";
import { selectionQuery, teamsQuery, usersQuery } from "../queries";
import { useTexts } from "../texts";
import { FilterBar } from "./filter-bar";
import type { Choice, SelectionFilter } from "./model";
import { fitsSelection } from "./model";

export function QmUsers() {
  const t = useTexts();
  const query = useQuery(selectionQuery);
  return (
    <Page title={t("qm.title")} lead={t("qm.lead")}>
      <Loaded query={query} rows={8}>{(selection) => <Tab selection={selection} />}</Loaded>
    </Page>
  );
}

function Tab({ selection }: { readonly selection: Selection }) {
  const t = useTexts();
  const readOnly = !useMay()("settings.manage");
  const teams = useQuery(teamsQuery).data ?? [];
  const [filter, setFilter] = useState<SelectionFilter>({ text: "", team: null, show: "all" });
  // Only who takes calls can be evaluated.
  const agents = useMemo(() => selection.items.filter((one) => one.agent_id !== null), [selection]);
  const saved = useMemo<Choice>(
    () => Object.fromEntries(agents.map((one) => [one.agent_id, one.quality_management])),
    [agents],
  );
  const form = useVersioned<Choice>({
    saved,
    version: selection.version,
    queryKeys: [selectionQuery.queryKey, usersQuery.queryKey],
    save: (choice, version) =>
      unwrap(
        api.PUT("/api/v1/quality-management/users", {
          body: { version, agent_ids: Object.keys(choice).filter((id) => choice[id] === true) },
        }),
      ),
  });
  const choice = form.values ?? saved;
  const shown = agents.filter(
    (one) => fitsSelection(one, {}, { ...filter, show: "all" }) && byState(choice[one.agent_id ?? ""] === true, filter.show),
  );
  const on = shown.filter((one) => choice[one.agent_id ?? ""] === true).length;
  return (
    <>
      <Card flush title={t("qm.users")}>
        <FilterBar filter={filter} teams={teams} count={shown.length} shows={["all", "selected", "free"]} onChange={setFilter} />
        <LongTable
          caption={t("qm.users")}
          columns={[
            {
              key: "box",
              width: "3rem",
              title: (
                <Checkbox
                  size="xs"
                  aria-label={t("selection.selectShown", { count: shown.length })}
                  checked={shown.length > 0 && on === shown.length}
                  indeterminate={on > 0 && on < shown.length}
                  disabled={readOnly || shown.length === 0}
                  onChange={(event) => {
                    const wanted = event.currentTarget.checked;
                    form.change(Object.fromEntries(shown.map((one) => [one.agent_id, wanted])));
                  }}
                />
              ),
            },
            { key: "name", title: t("name") },
            { key: "team", title: t("team") },
          ]}
          items={shown}
          rowKey={(one) => one.agent_id ?? one.name}
          row={(one) => (
            <>
              <td>
                <Checkbox
                  size="xs"
                  aria-label={t("selection.selectOne", { name: one.name })}
                  checked={choice[one.agent_id ?? ""] === true}
                  disabled={readOnly}
                  onChange={(event) => {
                    form.change({ [one.agent_id ?? ""]: event.currentTarget.checked });
                  }}
                />
              </td>
              <th scope="row">
                <span className={classes["cut"]} title={one.name}>{one.name}</span>
                {one.email && <small className={classes["cut"]} title={one.email}>{one.email}</small>}
              </th>
              <td>
                <span className={classes["cut"]} title={one.team?.name}>{one.team?.name ?? "–"}</span>
              </td>
            </>
          )}
        />
      </Card>
      {!readOnly && <SaveBar form={form} />}
    </>
  );
}

function byState(enabled: boolean, show: SelectionFilter["show"]): boolean {
  if (show === "selected") return enabled;
  return show === "free" ? !enabled : true;
}
