/** Users and roles: the list, searched and filtered, and the ways to add, change, import and export. */

import { Button, Select } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";

import { api, unwrap } from "../../../api/client";
import { Empty } from "../../../components/empty";
import { LongTable } from "../../../components/long-table";
import { Card, Loaded, Page } from "../../../components/page";
import classes from "../../../components/parts.module.css";
import { ProblemNotice } from "../../../components/problem-notice";
import { saveFile } from "../../../components/save-file";
import { SearchField } from "../../../components/search-field";
import { State } from "../../../components/state";
import { useMay } from "../../../components/use-may";
import type { UserDetails } from "../queries";
import { teamsQuery, usersQuery } from "../queries";
import { useTexts } from "../texts";
import { fits } from "./draft";
import { ImportDialog } from "./import";
import { UserDialog } from "./user-dialog";

export const USER_ROLES = ["admin", "supervisor", "evaluator", "agent"] as const;

export function Users() {
  const t = useTexts();
  const manages = useMay()("users.manage");
  const query = useQuery(usersQuery);
  const [open, setOpen] = useState<string | null>(null);
  const [importing, setImporting] = useState(false);
  const exporting = useMutation({
    mutationFn: async () => {
      saveFile("users.csv", await unwrap(api.GET("/api/v1/users/export", { parseAs: "blob" })) as unknown as Blob);
    },
  });
  return (
    <Page
      title={t("users.title")}
      lead={t("users.lead")}
      actions={
        manages && (
          <>
            <Button variant="default" size="compact-md" loading={exporting.isPending} onClick={() => { exporting.mutate(); }}>
              {t("users.export")}
            </Button>
            <Button variant="default" size="compact-md" onClick={() => { setImporting(true); }}>
              {t("users.import")}
            </Button>
            <Button size="compact-md" onClick={() => { setOpen("new"); }}>
              {t("users.add")}
            </Button>
          </>
        )
      }
    >
      {exporting.isError && <ProblemNotice error={exporting.error} />}
      <Loaded query={query} rows={8}>
        {(users) => <List users={users} onOpen={setOpen} />}
      </Loaded>
      <UserDialog id={open} readOnly={!manages} onClose={() => { setOpen(null); }} />
      <ImportDialog opened={importing} onClose={() => { setImporting(false); }} />
    </Page>
  );
}

function List({ users, onOpen }: { readonly users: readonly UserDetails[]; readonly onOpen: (id: string) => void }) {
  const t = useTexts();
  const teams = useQuery(teamsQuery);
  const [search, setSearch] = useSearchParams();
  const active = search.get("active");
  const filter = {
    text: search.get("q") ?? "",
    role: search.get("role"),
    team: search.get("team"),
    active: active === null ? null : active === "yes",
  };
  const set = (name: string, value: string | null) => {
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  };
  const shown = users.filter((user) => fits(user, filter));
  return (
    <Card flush>
      <div className={classes["toolbar"]} role="search">
        <SearchField
          className={classes["grow"] ?? ""}
          label={t("search")}
          placeholder={t("users.searchHint")}
          text={filter.text}
          maxLength={200}
          onText={(text) => {
            set("q", text);
          }}
        />
        <Select
          label={t("users.role")}
          placeholder={t("all")}
          clearable
          data={USER_ROLES.map((role) => ({ value: role, label: t(`common:role.${role}`) }))}
          value={filter.role}
          onChange={(value) => { set("role", value); }}
        />
        <Select
          label={t("team")}
          placeholder={t("all")}
          clearable
          searchable
          data={(teams.data ?? []).map((team) => ({ value: team.id, label: team.name }))}
          value={teams.data ? filter.team : null}
          onChange={(value) => { set("team", value); }}
        />
        <Select
          label={t("users.state")}
          placeholder={t("all")}
          clearable
          data={[
            { value: "yes", label: t("users.active") },
            { value: "no", label: t("users.inactive") },
          ]}
          value={active}
          onChange={(value) => { set("active", value); }}
        />
        <span className={classes["count"]} role="status">
          {t("users.count", { count: shown.length })}
        </span>
      </div>
      {shown.length === 0 ? (
        <Empty title={t("nothingFits")} />
      ) : (
        <LongTable
          caption={t("users.title")}
          columns={[
            { key: "name", title: t("name") },
            { key: "role", title: t("users.role") },
            { key: "teams", title: t("nav.pages.teams") },
            { key: "identities", title: t("users.identities"), from: "wide" },
            { key: "state", title: t("users.state") },
          ]}
          items={shown}
          rowKey={(user) => user.id}
          row={(user) => <Cells user={user} onOpen={onOpen} />}
        />
      )}
    </Card>
  );
}

function Cells({ user, onOpen }: { readonly user: UserDetails; readonly onOpen: (id: string) => void }) {
  const t = useTexts();
  const teams = user.teams.map((team) => team.name).join(", ");
  const identities = (user.agent?.identities ?? []).map((one) => one.value).join(", ");
  return (
    <>
      <th scope="row">
        <button type="button" className={classes["name"]} title={user.name} aria-haspopup="dialog" onClick={() => { onOpen(user.id); }}>
          {user.name}
        </button>
        <small className={classes["cut"]} title={user.email}>{user.email}</small>
      </th>
      <td>{t(`common:role.${user.role}`)}</td>
      <td>
        <span className={classes["cut"]} title={teams}>{teams || "–"}</span>
      </td>
      <td className={classes["wide"]}>
        <span className={classes["cut"]} title={identities}>{identities || "–"}</span>
      </td>
      <td>
        <State level={user.active ? "good" : "off"}>{user.active ? t("users.active") : t("users.inactive")}</State>
        {user.active && !user.has_password && <small>{t("users.noPassword")}</small>}
      </td>
    </>
  );
}
