/** Teams: made, renamed, dissolved; and how many people are in each. */

import { Button, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link } from "react-router";

import { api, unwrap } from "../../api/client";
import { ConfirmButton, Dialog } from "../../components/dialogs";
import { Empty } from "../../components/empty";
import { LongTable } from "../../components/long-table";
import { Card, Loaded, Page } from "../../components/page";
import classes from "../../components/parts.module.css";
import { ProblemNotice } from "../../components/problem-notice";
import { useMay } from "../../components/use-may";
import { RegionLink, useOwnRegions } from "./own-regions";
import type { Team } from "./queries";
import { selectionQuery, teamsQuery, usersQuery } from "./queries";
import { useTexts } from "./texts";

export function Teams() {
  const t = useTexts();
  const may = useMay();
  const query = useQuery(teamsQuery);
  const [editing, setEditing] = useState<Team | "new" | null>(null);
  return (
    <Page
      title={t("teams.title")}
      lead={t("teams.lead")}
      actions={
        may("users.manage") && (
          <Button
            size="compact-md"
            onClick={() => {
              setEditing("new");
            }}
          >
            {t("teams.add")}
          </Button>
        )
      }
    >
      <Loaded query={query}>
        {(teams) => (
          <Card flush>
            {teams.length === 0 ? <Empty title={t("teams.none")}>{<p>{t("teams.noneText")}</p>}</Empty> : <List teams={teams} onEdit={setEditing} />}
          </Card>
        )}
      </Loaded>
      <Dialog
        opened={editing !== null}
        title={editing === "new" ? t("teams.add") : t("teams.rename")}
        onClose={() => {
          setEditing(null);
        }}
      >
        {editing !== null && (
          <Name
            team={editing === "new" ? null : editing}
            onDone={() => {
              setEditing(null);
            }}
          />
        )}
      </Dialog>
    </Page>
  );
}

function List({ teams, onEdit }: { readonly teams: readonly Team[]; readonly onEdit: (team: Team) => void }) {
  const t = useTexts();
  const client = useQueryClient();
  const manages = useMay()("users.manage");
  const regions = useOwnRegions();
  const users = useQuery(usersQuery);
  const sizes = useMemo(() => {
    const counted = new Map<string, number>();
    for (const team of users.data?.flatMap((user) => user.teams) ?? []) counted.set(team.id, (counted.get(team.id) ?? 0) + 1);
    return counted;
  }, [users.data]);
  return (
    <LongTable
      caption={t("teams.title")}
      columns={[
        { key: "name", title: t("name") },
        { key: "size", title: t("teams.members"), end: true },
        ...(regions === null ? [] : [{ key: "region", title: t("network.choice.label") }]),
        { key: "actions", title: <span className="visually-hidden">{t("actions")}</span>, end: true },
      ]}
      items={teams}
      rowKey={(team) => team.id}
      row={(team) => (
        <>
          <th scope="row">
            <span className={classes["cut"]} title={team.name}>
              {team.name}
            </span>
          </th>
          <td className={`${classes["end"] ?? ""} tabular`}>
            <Link to={`/settings/users?team=${team.id}`}>{users.data ? (sizes.get(team.id) ?? 0) : "–"}</Link>
          </td>
          {regions !== null && (
            <td>
              <RegionLink scope={team.id} name={team.name} region={regions.get(team.id) ?? t("recording.from.account")} />
            </td>
          )}
          <td className={classes["end"]}>
            {manages && (
              <span className={classes["rowActions"]}>
                <Button
                  variant="default"
                  size="compact-sm"
                  aria-label={t("teams.renameOf", { name: team.name })}
                  onClick={() => {
                    onEdit(team);
                  }}
                >
                  {t("teams.rename")}
                </Button>
                <ConfirmButton
                  label={t("teams.dissolve")}
                  about={t("teams.dissolveOf", { name: team.name })}
                  title={t("teams.dissolveOf", { name: team.name })}
                  text={t("teams.dissolveText")}
                  act={async () => {
                    await unwrap(api.DELETE("/api/v1/teams/{team_id}", { params: { path: { team_id: team.id } } }));
                    await Promise.all(
                      [teamsQuery, usersQuery, selectionQuery].map(({ queryKey }) => client.invalidateQueries({ queryKey })),
                    );
                  }}
                />
              </span>
            )}
          </td>
        </>
      )}
    />
  );
}

function Name({ team, onDone }: { readonly team: Team | null; readonly onDone: () => void }) {
  const t = useTexts();
  const client = useQueryClient();
  const [name, setName] = useState(team?.name ?? "");
  const save = useMutation({
    mutationFn: () =>
      team === null
        ? unwrap(api.POST("/api/v1/teams", { body: { name: name.trim() } }))
        : unwrap(api.PUT("/api/v1/teams/{team_id}", { params: { path: { team_id: team.id } }, body: { name: name.trim() } })),
    onSuccess: async () => {
      await Promise.all([teamsQuery, usersQuery, selectionQuery].map(({ queryKey }) => client.invalidateQueries({ queryKey })));
      onDone();
    },
  });
  return (
    <form
      className={classes["form"]}
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== "") save.mutate();
      }}
    >
      <TextInput
        label={t("name")}
        value={name}
        maxLength={200}
        data-autofocus
        onChange={(event) => {
          setName(event.currentTarget.value);
        }}
      />
      {save.isError && <ProblemNotice error={save.error} />}
      <div className={classes["formActions"]}>
        <Button type="submit" disabled={name.trim() === ""} loading={save.isPending}>
          {t("common:action.save")}
        </Button>
        <Button variant="default" onClick={onDone}>
          {t("common:action.cancel")}
        </Button>
      </div>
    </form>
  );
}
