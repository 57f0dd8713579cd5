/** Search and filters over a list of people who can be selected. */

import { SegmentedControl, Select, TextInput } from "@mantine/core";

import classes from "../../../components/parts.module.css";
import type { Team } from "../queries";
import { useTexts } from "../texts";
import type { SelectionFilter } from "./model";

const SHOWN = ["all", "selected", "free", "impossible"] as const;

interface FilterBarProps {
  readonly filter: SelectionFilter;
  readonly teams: readonly Team[];
  readonly count: number;
  /** What may be shown; all of it unless told. */
  readonly shows?: readonly SelectionFilter["show"][];
  readonly onChange: (filter: SelectionFilter) => void;
}

export function FilterBar({ filter, teams, count, shows = SHOWN, onChange }: FilterBarProps) {
  const t = useTexts();
  return (
    <div className={classes["toolbar"]} role="search">
      <TextInput
        className={classes["grow"] ?? ""}
        type="search"
        label={t("search")}
        maxLength={200}
        value={filter.text}
        onChange={(event) => {
          onChange({ ...filter, text: event.currentTarget.value });
        }}
      />
      <Select
        label={t("team")}
        placeholder={t("all")}
        clearable
        searchable
        data={teams.map((team) => ({ value: team.id, label: team.name }))}
        value={filter.team}
        onChange={(team) => {
          onChange({ ...filter, team });
        }}
      />
      <SegmentedControl
        aria-label={t("selection.show.label")}
        data={shows.map((value) => ({ value, label: t(`selection.show.${value}`) }))}
        value={filter.show}
        onChange={(show) => {
          onChange({ ...filter, show: show as SelectionFilter["show"] });
        }}
      />
      <span className={classes["count"]} role="status">
        {t("users.count", { count })}
      </span>
    </div>
  );
}
