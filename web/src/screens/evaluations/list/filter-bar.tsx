/** Whose evaluations, and which of them. */

import { Checkbox, Group, MultiSelect, SegmentedControl, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { agentChoicesQuery } from "../../../api/queries";
import parts from "../../../components/parts.module.css";
import { useMay } from "../../../components/use-may";
import type { EvaluationState } from "../queries";
import { evaluatorsQuery, formNamesQuery } from "../queries";
import { useTexts } from "../texts";
import type { Filters, View } from "./filters";
import { STATES } from "./filters";

interface FilterBarProps {
  readonly filters: Filters;
  readonly onChange: (filters: Filters) => void;
}

export function FilterBar({ filters, onChange }: FilterBarProps) {
  const t = useTexts();
  const may = useMay();
  const forms = useQuery({ ...formNamesQuery, enabled: may("forms.view") });
  const evaluators = useQuery({ ...evaluatorsQuery, enabled: may("evaluations.manage") });
  const agents = useQuery({ ...agentChoicesQuery(""), enabled: may("users.view") });
  const views: readonly View[] = may("evaluations.score") ? (may("evaluations.review") ? ["mine", "disputed", "all"] : ["mine", "all"]) : ["all"];
  const states = STATES.filter((state) => may("evaluations.score") || (state !== "assigned" && state !== "draft" && state !== "cancelled"));
  return (
    <div className={parts["toolbar"]} role="search" aria-label={t("list.filters")}>
      {views.length > 1 && (
        <SegmentedControl
          aria-label={t("list.view")}
          data={views.map((view) => ({ value: view, label: t(`list.views.${view}`) }))}
          value={filters.view}
          onChange={(view) => {
            onChange({ ...filters, view: view as View, states: [] });
          }}
        />
      )}
      {filters.view !== "disputed" && (
        <MultiSelect
          label={t("list.state")}
          placeholder={filters.states.length === 0 ? t(filters.view === "mine" ? "list.toDo" : "list.any") : ""}
          data={states.map((state) => ({ value: state, label: t(`states.${state}`) }))}
          value={[...filters.states]}
          onChange={(chosen) => {
            onChange({ ...filters, states: chosen as EvaluationState[] });
          }}
          clearable
          w={200}
        />
      )}
      {may("forms.view") && (
        <Choice
          label={t("list.form")}
          data={forms.data?.map(({ id, name }) => ({ value: id, label: name })) ?? []}
          value={filters.form}
          onChange={(form) => {
            onChange({ ...filters, form });
          }}
        />
      )}
      {may("users.view") && (
        <Choice
          label={t("list.agent")}
          data={agents.data ?? []}
          value={filters.agent}
          onChange={(agent) => {
            onChange({ ...filters, agent });
          }}
        />
      )}
      {may("evaluations.manage") && filters.view !== "mine" && (
        <Choice
          label={t("list.evaluator")}
          data={evaluators.data?.map(({ id, name }) => ({ value: id, label: name })) ?? []}
          value={filters.evaluator}
          onChange={(evaluator) => {
            onChange({ ...filters, evaluator });
          }}
        />
      )}
      <Group gap="md" wrap="nowrap" className={parts["count"] ?? ""}>
        <Checkbox
          size="xs"
          label={t("list.failedOnly")}
          checked={filters.failed}
          onChange={(event) => {
            onChange({ ...filters, failed: event.currentTarget.checked });
          }}
        />
        {may("evaluations.score") && (
          <Checkbox
            size="xs"
            label={t("list.overdueOnly")}
            checked={filters.overdue}
            onChange={(event) => {
              onChange({ ...filters, overdue: event.currentTarget.checked });
            }}
          />
        )}
      </Group>
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly data: { value: string; label: string }[];
  readonly value: string | null;
  readonly onChange: (value: string | null) => void;
}

function Choice({ label, data, value, onChange }: ChoiceProps) {
  const t = useTexts();
  return <Select label={label} placeholder={t("list.any")} data={data} value={value} onChange={onChange} searchable clearable w={170} />;
}
