/** Sampling rules: which calls of each week are given to whom, and what the last week came to. */

import { Badge, Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, unwrap } from "../../../api/client";
import { ConfirmButton } from "../../../components/dialogs";
import { Empty } from "../../../components/empty";
import { IconClipboard, IconPlus } from "../../../components/icons";
import { Card, Loaded } from "../../../components/page";
import parts from "../../../components/parts.module.css";
import { ProblemNotice } from "../../../components/problem-notice";
import { useMay } from "../../../components/use-may";
import { useTell } from "../../../components/use-tell";
import { NotAllowed } from "../list/evaluations";
import { Rooms } from "../parts/frame";
import type { SamplingRule } from "../queries";
import { EVALUATIONS, SAMPLING_RULES, samplingRulesQuery } from "../queries";
import { useTexts } from "../texts";
import { RuleDialog } from "./rule-dialog";

export function Sampling() {
  const may = useMay();
  return may("evaluations.manage") ? <Page /> : <NotAllowed />;
}

function Page() {
  const t = useTexts();
  const rules = useQuery(samplingRulesQuery);
  const [editing, setEditing] = useState<SamplingRule | "new" | null>(null);
  return (
    <>
      <title>{`${t("rooms.sampling")} · Deskreel`}</title>
      <Rooms>
        <Button
          size="compact-md"
          leftSection={<IconPlus size={16} />}
          onClick={() => {
            setEditing("new");
          }}
        >
          {t("sampling.add")}
        </Button>
      </Rooms>
      <h1 className="visually-hidden">{t("rooms.sampling")}</h1>
      <p className={parts["lead"]} style={{ marginBottom: "1rem" }}>
        {t("sampling.lead")}
      </p>
      <Loaded query={rules}>
        {(items) => (
          <Card flush>
            {items.length === 0 ? (
              <Empty icon={<IconClipboard size={32} />} title={t("sampling.none")}>
                <p>{t("sampling.noneText")}</p>
              </Empty>
            ) : (
              <table className={parts["table"]}>
                <caption className="visually-hidden">{t("rooms.sampling")}</caption>
                <thead>
                  <tr>
                    <th scope="col">{t("sampling.name")}</th>
                    <th scope="col" className={parts["medium"]}>{t("list.form")}</th>
                    <th scope="col">{t("sampling.calls")}</th>
                    <th scope="col">{t("sampling.lastRun")}</th>
                    <th scope="col">
                      <span className="visually-hidden">{t("sampling.actions")}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((rule) => (
                    <Rule
                      key={rule.id}
                      rule={rule}
                      onEdit={() => {
                        setEditing(rule);
                      }}
                    />
                  ))}
                </tbody>
              </table>
            )}
          </Card>
        )}
      </Loaded>
      {editing !== null && (
        <RuleDialog
          rule={editing === "new" ? null : editing}
          onClose={() => {
            setEditing(null);
          }}
        />
      )}
    </>
  );
}

function Rule({ rule, onEdit }: { readonly rule: SamplingRule; readonly onEdit: () => void }) {
  const t = useTexts();
  const tell = useTell();
  const client = useQueryClient();
  const { id, name, last_run: last } = rule;
  const run = useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/sampling-rules/{rule_id}/run", { params: { path: { rule_id: id } }, body: {} })),
    onSuccess: ({ assigned, week }) => {
      tell(t("sampling.ran", { count: assigned, week }));
      void client.invalidateQueries({ queryKey: SAMPLING_RULES });
      void client.invalidateQueries({ queryKey: EVALUATIONS });
    },
  });
  return (
    <tr data-testid="sampling-rule">
      <th scope="row">
        <button type="button" className={parts["name"]} title={name} onClick={onEdit}>
          {name}
        </button>
        {!rule.active && (
          <Badge size="xs" variant="default">
            {t("sampling.inactive")}
          </Badge>
        )}
      </th>
      <td className={parts["medium"]}>
        <span className={parts["cut"]} title={rule.form_name}>
          {rule.form_name}
        </span>
        {!rule.form_usable && (
          <Badge size="xs" color="red" variant="light">
            {t("sampling.formUnusable")}
          </Badge>
        )}
      </td>
      <td>
        {t("sampling.perAgent", { count: rule.per_agent })}
        <small>
          {t("sampling.byEvaluators", { count: rule.evaluator_ids.length })}
        </small>
      </td>
      <td>
        {last === null ? (
          "–"
        ) : (
          <>
            {t("sampling.ran", { count: last.assigned, week: last.week })}
            {last.without_evaluator > 0 && <small>{t("sampling.without", { count: last.without_evaluator })}</small>}
          </>
        )}
      </td>
      <td className={parts["end"]}>
        {run.isError && <ProblemNotice error={run.error} />}
        <span className={parts["rowActions"]}>
          <Button
            size="compact-sm"
            variant="default"
            loading={run.isPending}
            disabled={!rule.form_usable}
            aria-label={t("sampling.runOf", { name })}
            onClick={() => {
              run.mutate();
            }}
          >
            {t("sampling.run")}
          </Button>
          <ConfirmButton
            label={t("common:action.delete")}
            about={t("sampling.removeOf", { name })}
            title={t("sampling.removeTitle")}
            text={t("sampling.removeText", { name })}
            act={async () => {
              await unwrap(api.DELETE("/api/v1/sampling-rules/{rule_id}", { params: { path: { rule_id: id } } }));
              await client.invalidateQueries({ queryKey: SAMPLING_RULES });
            }}
          />
        </span>
      </td>
    </tr>
  );
}
