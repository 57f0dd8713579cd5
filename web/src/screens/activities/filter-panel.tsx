/** All filters but the text. What is changed counts at once. */

import { MultiSelect, Select, TagsInput } from "@mantine/core";

import { DayField } from "../../components/day-field";
import { NumberField } from "../../components/number-field";
import classes from "./filter-bar.module.css";
import type { Filters } from "./filters";
import { DIRECTIONS, FLAGS } from "./filters";
import type { Names } from "./names";
import { useTexts } from "./texts";

interface FilterPanelProps {
  readonly filters: Filters;
  readonly onChange: (filters: Filters) => void;
  readonly names: Names;
}

const MINUTE = 60_000;
const INSIDE = { withinPortal: false } as const;
/** What the choice says, as least and most. */
const COVERAGES = { full: [1, null], lacking: [null, 0.9999], poor: [null, 0.95], none: [null, 0] } as const;

export function FilterPanel({ filters, onChange, names }: FilterPanelProps) {
  const t = useTexts();
  const set = (change: Partial<Filters>) => {
    onChange({ ...filters, ...change });
  };
  return (
    <div className={classes["panel"]}>
      <MultiSelect
        label={t("filter.agents")}
        data={[...names.agents]}
        value={[...filters.agent]}
        onChange={(agent) => {
          set({ agent });
        }}
        onSearchChange={names.findAgents}
        searchable
        clearable
        openOnFocus={false}
        limit={100}
        comboboxProps={INSIDE}
        nothingFoundMessage={t("filter.nobody")}
        data-autofocus
      />
      {names.teams !== null && (
        <MultiSelect
          label={t("filter.teams")}
          data={[...names.teams]}
          value={[...filters.team]}
          onChange={(team) => {
            set({ team });
          }}
          searchable
          clearable
          limit={100}
          comboboxProps={INSIDE}
          nothingFoundMessage={t("filter.noTeam")}
        />
      )}
      <TagsInput
        label={t("filter.queues")}
        description={t("filter.queuesHelp")}
        inputWrapperOrder={["label", "input", "description", "error"]}
        data={[...names.queues]}
        value={[...filters.queue]}
        maxTags={100}
        onChange={(queue) => {
          set({ queue: queue.filter((name) => name.length <= 200) });
        }}
        clearable
        comboboxProps={INSIDE}
      />
      <Select
        label={t("filter.direction")}
        data={[{ value: "", label: t("filter.any") }, ...DIRECTIONS.map((value) => ({ value: value as string, label: t(`common:direction.${value}`) }))]}
        value={filters.direction ?? ""}
        allowDeselect={false}
        onChange={(value) => {
          set({ direction: DIRECTIONS.find((one) => one === value) ?? null });
        }}
        comboboxProps={INSIDE}
      />
      <div className={classes["pair"]} role="group" aria-label={t("filter.days")}>
        <DayField
          label={t("filter.from")}
          value={filters.from}
          max={filters.to}
          onChange={(from) => {
            set({ from, range: null });
          }}
        />
        <DayField
          label={t("filter.to")}
          value={filters.to}
          min={filters.from}
          onChange={(to) => {
            set({ to, range: null });
          }}
        />
      </div>
      <div className={classes["pair"]} role="group" aria-label={t("filter.duration")}>
        <Minutes
          label={t("filter.atLeast")}
          ms={filters.min_duration_ms}
          onChange={(min_duration_ms) => {
            set({ min_duration_ms });
          }}
        />
        <Minutes
          label={t("filter.atMost")}
          ms={filters.max_duration_ms}
          onChange={(max_duration_ms) => {
            set({ max_duration_ms });
          }}
        />
      </div>
      <Select
        label={t("filter.coverage")}
        data={[{ value: "", label: t("filter.any") }, ...Object.keys(COVERAGES).map((value) => ({ value, label: t(`coverage.${value as keyof typeof COVERAGES}`) }))]}
        value={coverageOf(filters)}
        placeholder={t("coverage.other")}
        allowDeselect={false}
        onChange={(value) => {
          const [low, high] = COVERAGES[value as keyof typeof COVERAGES] ?? [null, null];
          set({ min_coverage: low, max_coverage: high });
        }}
        comboboxProps={INSIDE}
      />
      {FLAGS.map((name) => (
        <Select
          key={name}
          label={t(`flag.${name}.label`)}
          data={[
            { value: "", label: t("filter.any") },
            { value: "true", label: t("filter.yes") },
            { value: "false", label: t("filter.no") },
          ]}
          value={filters[name] === null ? "" : String(filters[name])}
          allowDeselect={false}
          onChange={(value) => {
            set({ [name]: value === "" || value === null ? null : value === "true" });
          }}
          comboboxProps={INSIDE}
        />
      ))}
    </div>
  );
}

function coverageOf({ min_coverage: low, max_coverage: high }: Filters): string | null {
  if (low === null && high === null) return "";
  return Object.entries(COVERAGES).find(([, [least, most]]) => least === low && most === high)?.[0] ?? null;
}

interface MinutesProps {
  readonly label: string;
  readonly ms: number | null;
  readonly onChange: (ms: number | null) => void;
}

function Minutes({ label, ms, onChange }: MinutesProps) {
  return (
    <NumberField<number | null>
      label={label}
      value={ms === null ? null : ms / MINUTE}
      min={0}
      max={100_000}
      empty={null}
      suffix=" min"
      hideControls
      onChange={(value) => {
        onChange(value === null ? null : Math.round(value * MINUTE));
      }}
    />
  );
}
