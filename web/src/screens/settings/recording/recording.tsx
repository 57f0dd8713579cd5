/** Recording settings of the account, of a team, of an agent: what holds, where it comes from, what is set here. */

import { SegmentedControl, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";

import { Empty } from "../../../components/empty";
import { Card, Loaded, Page } from "../../../components/page";
import classes from "../../../components/parts.module.css";
import { recordingSettingsQuery, selectionQuery, teamsQuery } from "../queries";
import { useTexts } from "../texts";
import { SettingsForm } from "./form";

const LEVELS = ["account", "team", "agent"] as const;
type Level = (typeof LEVELS)[number];

export function Recording() {
  const t = useTexts();
  const [search, setSearch] = useSearchParams();
  const scope = search.get("for") ?? "account";
  const level: Level = scope.startsWith("tea") ? "team" : scope.startsWith("agt") ? "agent" : "account";
  const teams = useQuery(teamsQuery);
  const selection = useQuery(selectionQuery);
  const agents = (selection.data?.items ?? []).filter((one) => one.agent_id !== null);
  const data =
    level === "team"
      ? (teams.data ?? []).map((team) => ({ value: team.id, label: team.name }))
      : agents.map((one) => ({ value: one.agent_id ?? "", label: one.name }));
  const ofTeam = agents.find((one) => one.agent_id === scope)?.team?.id;
  const chosen = scope === "account" || scope.length > 4;
  return (
    <Page title={t("recording.title")} lead={t("recording.lead")}>
      <Card>
        <div className={classes["scopes"]}>
          <SegmentedControl
            aria-label={t("recording.level")}
            data={LEVELS.map((value) => ({ value, label: t(`recording.levels.${value}`) }))}
            value={level}
            onChange={(value) => {
              setSearch(value === "account" ? {} : { for: value === "team" ? "tea_" : "agt_" });
            }}
          />
          {level !== "account" && (
            <Select
              aria-label={t(`recording.levels.${level}`)}
              placeholder={t(`recording.choose.${level}`)}
              searchable
              limit={100}
              w="20rem"
              nothingFoundMessage={t("nothingFits")}
              data={data}
              value={chosen ? scope : null}
              onChange={(value) => {
                if (value !== null) setSearch({ for: value });
              }}
            />
          )}
        </div>
      </Card>
      {chosen ? (
        <Scope key={scope} scope={scope} parent={level === "account" ? null : level === "team" ? "account" : (ofTeam ?? "account")} />
      ) : (
        <Card>
          <Empty title={t(`recording.choose.${level === "team" ? "team" : "agent"}`)}>
            <p>{t("recording.chooseText")}</p>
          </Empty>
        </Card>
      )}
    </Page>
  );
}

/** `parent`: from where what is not set here comes; null: the server's environment, which has no address. */
function Scope({ scope, parent }: { readonly scope: string; readonly parent: string | null }) {
  const query = useQuery(recordingSettingsQuery(scope));
  const above = useQuery({ ...recordingSettingsQuery(parent ?? "account"), enabled: parent !== null });
  return (
    <Loaded query={query} rows={8}>
      {(settings) => <SettingsForm scope={scope} settings={settings} inherited={parent === null ? null : (above.data?.values ?? null)} />}
    </Loaded>
  );
}
