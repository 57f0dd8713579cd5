/** A sampling rule, new or changed. Somebody else's change is shown, and what is in the dialog stays. */

import { Button, Checkbox, MultiSelect, Select, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, unwrap } from "../../../api/client";
import { problemOf } from "../../../api/problem";
import { publishedFormsQuery, teamChoicesQuery } from "../../../api/queries";
import { Dialog } from "../../../components/dialogs";
import { NumberField } from "../../../components/number-field";
import parts from "../../../components/parts.module.css";
import { ProblemNotice } from "../../../components/problem-notice";
import type { SamplingRule } from "../queries";
import { SAMPLING_RULES, evaluatorsQuery } from "../queries";
import { useTexts } from "../texts";
import { EvaluatorsSelect } from "./fields";

const MINUTE = 60_000;
const LONGEST_NAME = 200;

interface Fields {
  readonly name: string;
  readonly form_id: string | null;
  readonly per_agent: number;
  readonly team_ids: readonly string[];
  readonly direction: "inbound" | "outbound" | null;
  readonly min_duration_ms: number | null;
  readonly screen_only: boolean;
  readonly evaluator_ids: readonly string[];
  readonly due_days: number;
  readonly active: boolean;
}

const FRESH: Fields = {
  name: "",
  form_id: null,
  per_agent: 2,
  team_ids: [],
  direction: null,
  min_duration_ms: MINUTE,
  screen_only: true,
  evaluator_ids: [],
  due_days: 7,
  active: true,
};

function fieldsOf(rule: SamplingRule): Fields {
  return {
    name: rule.name,
    form_id: rule.form_id,
    per_agent: rule.per_agent,
    team_ids: rule.team_ids ?? [],
    direction: rule.direction ?? null,
    min_duration_ms: rule.min_duration_ms ?? null,
    screen_only: rule.screen_only,
    evaluator_ids: rule.evaluator_ids,
    due_days: rule.due_days,
    active: rule.active,
  };
}

export function RuleDialog({ rule, onClose }: { readonly rule: SamplingRule | null; readonly onClose: () => void }) {
  const t = useTexts();
  const client = useQueryClient();
  const forms = useQuery(publishedFormsQuery);
  const teams = useQuery(teamChoicesQuery);
  const evaluators = useQuery(evaluatorsQuery);
  const [fields, setFields] = useState<Fields>(rule === null ? FRESH : fieldsOf(rule));
  const [revision, setRevision] = useState(rule?.revision ?? 0);
  const change = (more: Partial<Fields>) => {
    setFields({ ...fields, ...more });
  };
  const { form_id, team_ids, evaluator_ids } = fields;
  const save = useMutation({
    mutationFn: (form: string) => {
      const body = {
        ...fields,
        name: fields.name.trim(),
        form_id: form,
        team_ids: team_ids.length === 0 ? null : [...team_ids],
        evaluator_ids: [...evaluator_ids],
      };
      return rule === null
        ? unwrap(api.POST("/api/v1/sampling-rules", { body }))
        : unwrap(api.PUT("/api/v1/sampling-rules/{rule_id}", { params: { path: { rule_id: rule.id } }, body: { ...body, revision } }));
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: SAMPLING_RULES });
      onClose();
    },
  });
  const problem = save.isError ? problemOf(save.error) : null;
  const theirs = problem?.code === "changed_meanwhile" ? (problem.body?.["current"] as SamplingRule | undefined) : undefined;
  const failed = [forms, teams, evaluators].find((query) => query.isError);
  const formChoices = forms.data?.map(({ id, name }) => ({ value: id, label: name })) ?? [];
  if (rule !== null && !formChoices.some(({ value }) => value === rule.form_id)) formChoices.push({ value: rule.form_id, label: rule.form_name });
  return (
    <Dialog opened title={t(rule === null ? "sampling.add" : "sampling.change")} size="lg" onClose={onClose}>
      <form
        className={parts["form"]}
        onSubmit={(event) => {
          event.preventDefault();
          if (form_id !== null) save.mutate(form_id);
        }}
      >
        {failed && <ProblemNotice error={failed.error} onRetry={() => void failed.refetch()} />}
        {save.isError && theirs === undefined && <ProblemNotice error={save.error} />}
        {theirs !== undefined && (
          <div className={parts["note"]} role="alert">
            <strong>{t("sampling.conflict")}</strong>
            <div>{t("sampling.conflictText", { name: theirs.name, count: theirs.per_agent })}</div>
            <div className={parts["formActions"]}>
              <Button
                size="compact-sm"
                onClick={() => {
                  setRevision(theirs.revision);
                  save.reset();
                }}
              >
                {t("sampling.keepMine")}
              </Button>
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => {
                  setRevision(theirs.revision);
                  setFields(fieldsOf(theirs));
                  save.reset();
                }}
              >
                {t("sampling.takeTheirs")}
              </Button>
            </div>
          </div>
        )}
        <TextInput
          label={t("sampling.name")}
          maxLength={LONGEST_NAME}
          data-autofocus
          value={fields.name}
          onChange={(event) => {
            change({ name: event.currentTarget.value });
          }}
        />
        <Select
          label={t("list.form")}
          data={formChoices}
          value={form_id}
          onChange={(form) => {
            change({ form_id: form });
          }}
          searchable
          allowDeselect={false}
          {...(forms.data?.length === 0 ? { error: t("new.noForms") } : {})}
        />
        <div className={parts["row"]}>
          <NumberField
            label={t("sampling.perAgentLabel")}
            min={1}
            max={50}
            allowDecimal={false}
            value={fields.per_agent}
            onChange={(value) => {
              change({ per_agent: value });
            }}
          />
          <NumberField
            label={t("sampling.dueDays")}
            min={1}
            max={90}
            allowDecimal={false}
            value={fields.due_days}
            onChange={(value) => {
              change({ due_days: value });
            }}
          />
          <NumberField
            label={t("sampling.minMinutes")}
            min={0}
            max={1000}
            value={(fields.min_duration_ms ?? 0) / MINUTE}
            empty={0}
            onChange={(value) => {
              const ms = Math.round(value * MINUTE);
              change({ min_duration_ms: ms > 0 ? ms : null });
            }}
          />
        </div>
        <EvaluatorsSelect
          label={t("sampling.evaluators")}
          description={t("sampling.evaluatorsText")}
          evaluators={evaluators.data ?? []}
          value={evaluator_ids}
          onChange={(ids) => {
            change({ evaluator_ids: ids });
          }}
        />
        <MultiSelect
          label={t("sampling.teams")}
          placeholder={team_ids.length === 0 ? t("sampling.allTeams") : ""}
          data={teams.data?.map(({ id, name }) => ({ value: id, label: name })) ?? []}
          value={[...team_ids]}
          onChange={(ids) => {
            change({ team_ids: ids });
          }}
          searchable
          clearable
        />
        <Select
          label={t("sampling.direction")}
          placeholder={t("sampling.anyDirection")}
          data={(["inbound", "outbound"] as const).map((one) => ({ value: one, label: t(`common:direction.${one}`) }))}
          value={fields.direction}
          onChange={(direction) => {
            change({ direction: direction as Fields["direction"] });
          }}
          clearable
        />
        <Checkbox
          label={t("sampling.screenOnly")}
          checked={fields.screen_only}
          onChange={(event) => {
            change({ screen_only: event.currentTarget.checked });
          }}
        />
        <Checkbox
          label={t("sampling.active")}
          checked={fields.active}
          onChange={(event) => {
            change({ active: event.currentTarget.checked });
          }}
        />
        <div className={parts["formActions"]}>
          <Button type="submit" loading={save.isPending} disabled={fields.name.trim() === "" || form_id === null || evaluator_ids.length === 0}>
            {t("common:action.save")}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t("common:action.cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
