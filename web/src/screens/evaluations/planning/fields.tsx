/** Fields of more than one dialog: who evaluates, until when, which call. */

import { MultiSelect, Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { DayField } from "../../../components/day-field";
import { agentNames } from "../../../components/interaction-bits";
import { useNow } from "../../../components/use-now";
import type { components } from "../../../api/schema";
import { dayOf, endOf } from "../../../lib/days";
import { formatMoment } from "../../../lib/format";
import { callChoicesQuery } from "../queries";
import { useTexts } from "../texts";
import { CallLine } from "./call-line";

type Evaluator = components["schemas"]["Evaluator"];

interface EvaluatorSelectProps {
  readonly label: string;
  readonly evaluators: readonly Evaluator[];
  readonly value: string | null;
  readonly onChange: (id: string | null) => void;
}

export function EvaluatorSelect({ label, evaluators, value, onChange }: EvaluatorSelectProps) {
  const choices = useEvaluatorChoices(evaluators);
  return <Select label={label} data={choices} value={value} onChange={onChange} searchable allowDeselect={false} />;
}

interface EvaluatorsSelectProps {
  readonly label: string;
  readonly description?: string;
  readonly evaluators: readonly Evaluator[];
  readonly value: readonly string[];
  readonly onChange: (ids: string[]) => void;
}

export function EvaluatorsSelect({ label, description, evaluators, value, onChange }: EvaluatorsSelectProps) {
  const choices = useEvaluatorChoices(evaluators);
  return <MultiSelect label={label} {...(description === undefined ? {} : { description })} data={choices} value={[...value]} onChange={onChange} searchable />;
}

/** By name, with how much each has to do. */
function useEvaluatorChoices(evaluators: readonly Evaluator[]) {
  const t = useTexts();
  return evaluators.map(({ id, name, open }) => ({ value: id, label: t("assign.open", { name, count: open }) }));
}

interface DueFieldProps {
  readonly label: string;
  readonly value: number | null;
  readonly onChange: (due: number | null) => void;
}

export function DueField({ label, value, onChange }: DueFieldProps) {
  const [now] = useState(() => Date.now());
  return (
    <DayField
      label={label}
      value={value === null ? null : dayOf(value)}
      min={dayOf(now)}
      onChange={(day) => {
        onChange(day === null ? null : endOf(day));
      }}
    />
  );
}

interface FormSelectProps {
  /** Those that can be chosen; null: not known yet. */
  readonly forms: readonly { readonly id: string; readonly name: string }[] | null;
  readonly value: string | null;
  readonly onChange: (id: string | null) => void;
}

export function FormSelect({ forms, value, onChange }: FormSelectProps) {
  const t = useTexts();
  return (
    <Select
      label={t("new.form")}
      data={forms?.map(({ id, name }) => ({ value: id, label: name })) ?? []}
      value={value}
      onChange={onChange}
      searchable
      allowDeselect={false}
      {...(forms?.length === 0 ? { error: t("new.noForms") } : {})}
    />
  );
}

interface CallFieldProps extends Omit<CallSelectProps, "label"> {
  /** The call from which one came here; null: it is to be chosen. */
  readonly given: string | null;
}

export function CallField({ given, value, onChange }: CallFieldProps) {
  const t = useTexts();
  if (given !== null) return <CallLine id={given} label={t("new.call")} />;
  return <CallSelect label={t("new.call")} value={value} onChange={onChange} />;
}

interface CallSelectProps {
  readonly label: string;
  readonly value: string | null;
  readonly onChange: (id: string | null) => void;
}

/** A call among the newest that the text finds: agents, numbers, words of the transcript. */
function CallSelect({ label, value, onChange }: CallSelectProps) {
  const t = useTexts();
  const now = useNow(60_000);
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(text, 300);
  const calls = useQuery({ ...callChoicesQuery(asked), placeholderData: keepPreviousData });
  const [kept, setKept] = useState<{ value: string; label: string } | null>(null);
  const found = (calls.data ?? []).map((call) => ({
    value: call.id,
    label: [agentNames(call), formatMoment(call.started_at, now), call.direction === "outbound" ? call.callee : call.caller].filter(Boolean).join(" · "),
  }));
  const data = kept === null || found.some((one) => one.value === kept.value) ? found : [kept, ...found];
  return (
    <Select
      label={label}
      description={t("new.callText")}
      data={data}
      filter={({ options }) => options}
      value={value}
      onChange={(id) => {
        setKept(data.find((one) => one.value === id) ?? null);
        onChange(id);
      }}
      searchable
      clearable
      searchValue={text}
      onSearchChange={setText}
      nothingFoundMessage={t("new.noCall")}
    />
  );
}
