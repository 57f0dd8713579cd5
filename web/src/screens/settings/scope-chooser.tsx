/** Of whom settings are shown: the account, a team or an agent. It stands in the address (`?for=`). */

import { SegmentedControl, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";

import classes from "../../components/parts.module.css";
import { selectionQuery, teamsQuery } from "./queries";
import { useTexts } from "./texts";

const LEVELS = ["account", "team", "agent"] as const;
type Level = (typeof LEVELS)[number];

export interface ScopeChoice {
  /** "account", or the id of a team or an agent. */
  readonly scope: string;
  readonly level: Level;
  /** Which team or agent is chosen, not only that it is one. */
  readonly chosen: boolean;
  /** The team of the chosen agent. */
  readonly teamOf: string | undefined;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  readonly choose: (scope: string) => void;
}

export function useScope(): ScopeChoice {
  const [search, setSearch] = useSearchParams();
  const scope = search.get("for") ?? "account";
  const level: Level = scope.startsWith("tea") ? "team" : scope.startsWith("agt") ? "agent" : "account";
  const teams = useQuery(teamsQuery);
  const selection = useQuery(selectionQuery);
  const agents = (selection.data?.items ?? []).filter((one) => one.agent_id !== null);
  return {
    scope,
    level,
    chosen: scope === "account" || scope.length > 4,
    teamOf: agents.find((one) => one.agent_id === scope)?.team?.id,
    choices:
      level === "team"
        ? (teams.data ?? []).map((team) => ({ value: team.id, label: team.name }))
        : agents.map((one) => ({ value: one.agent_id ?? "", label: one.name })),
    choose: (next) => {
      setSearch(next === "account" ? {} : { for: next });
    },
  };
}

export function ScopeChooser({ choice: { scope, level, chosen, choices, choose } }: { readonly choice: ScopeChoice }) {
  const t = useTexts();
  return (
    <div className={classes["scopes"]}>
      <SegmentedControl
        aria-label={t("recording.level")}
        data={LEVELS.map((value) => ({ value, label: t(`recording.levels.${value}`) }))}
        value={level}
        onChange={(value) => {
          choose(value === "team" ? "tea_" : value === "agent" ? "agt_" : "account");
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
          data={[...choices]}
          value={chosen ? scope : null}
          onChange={(value) => {
            if (value !== null) choose(value);
          }}
        />
      )}
    </div>
  );
}
