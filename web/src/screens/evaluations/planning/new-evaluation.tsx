/** A new evaluation: of which call, by which form, and by whom. One's own begins at once; others find it in their list. */

import { Button, Select, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";

import { api, unwrap } from "../../../api/client";
import { problemOf } from "../../../api/problem";
import { publishedFormsQuery, sessionQuery } from "../../../api/queries";
import { Card } from "../../../components/page";
import parts from "../../../components/parts.module.css";
import { ProblemNotice } from "../../../components/problem-notice";
import { useMay } from "../../../components/use-may";
import { useTell } from "../../../components/use-tell";
import { NotAllowed } from "../list/evaluations";
import { Rooms } from "../parts/frame";
import { EVALUATIONS, evaluatorsQuery } from "../queries";
import { useTexts } from "../texts";
import { agentsOf } from "../../../api/agents-of";
import { CallField, DueField, EvaluatorSelect, FormSelect } from "./fields";

export function NewEvaluation() {
  const may = useMay();
  return may("evaluations.score") ? <Page /> : <NotAllowed />;
}

function Page() {
  const t = useTexts();
  const tell = useTell();
  const may = useMay();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const given = search.get("interaction");
  const session = useQuery(sessionQuery);
  const me = session.data?.user.id ?? null;
  const forms = useQuery(publishedFormsQuery);
  const evaluators = useQuery({ ...evaluatorsQuery, enabled: may("evaluations.manage") });
  const [call, setCall] = useState<string | null>(given);
  const [chosenForm, setForm] = useState<string | null>(null);
  const [chosenEvaluator, setEvaluator] = useState<string | null>(null);
  const [agent, setAgent] = useState<string | null>(null);
  const [due, setDue] = useState<number | null>(null);
  const form = chosenForm ?? (forms.data?.length === 1 ? (forms.data[0]?.id ?? null) : null);
  const evaluator = chosenEvaluator ?? me;
  const isOwn = evaluator === me;
  const begin = useMutation({
    mutationFn: ({ interaction_id, form_id }: { interaction_id: string; form_id: string }) => {
      const about = agent === null ? {} : { agent_id: agent };
      if (isOwn || evaluator === null) {
        const path = { interaction_id };
        return unwrap(api.POST("/api/v1/interactions/{interaction_id}/evaluations", { params: { path }, body: { form_id, ...about } }));
      }
      return unwrap(api.POST("/api/v1/evaluations", { body: { interaction_id, form_id, evaluator_id: evaluator, due_at: due, ...about } }));
    },
    onSuccess: async (made) => {
      void client.invalidateQueries({ queryKey: EVALUATIONS });
      void client.invalidateQueries({ queryKey: evaluatorsQuery.queryKey });
      if (!isOwn) tell(t("new.assigned", { name: made.evaluator.name }));
      await navigate(isOwn ? `/evaluations/${made.id}` : "/evaluations?view=all");
    },
  });
  const agents = agentsOf(begin.error);
  const already = begin.isError && problemOf(begin.error).code === "assigned_already" ? problemOf(begin.error).body?.["evaluation_id"] : undefined;
  return (
    <>
      <title>{`${t("new.title")} · Deskreel`}</title>
      <Rooms />
      <Card>
        <Title order={1}>{t("new.title")}</Title>
        <form
          className={parts["form"]}
          style={{ maxWidth: "34rem", marginTop: "1rem" }}
          onSubmit={(event) => {
            event.preventDefault();
            if (call !== null && form !== null) begin.mutate({ interaction_id: call, form_id: form });
          }}
        >
          {forms.isError && <ProblemNotice error={forms.error} onRetry={() => void forms.refetch()} />}
          {begin.isError && agents === null && <ProblemNotice error={begin.error} />}
          {typeof already === "string" && (
            <Button variant="default" onClick={() => void navigate(`/evaluations/${already}`)}>
              {t("new.open")}
            </Button>
          )}
          <CallField
            given={given}
            value={call}
            onChange={(id) => {
              setCall(id);
              setAgent(null);
              begin.reset();
            }}
          />
          <FormSelect forms={forms.data ?? null} value={form} onChange={setForm} />
          {may("evaluations.manage") && (
            <EvaluatorSelect label={t("assign.evaluator")} evaluators={evaluators.data ?? []} value={evaluator} onChange={setEvaluator} />
          )}
          {agents !== null && (
            <Select
              label={t("new.agent")}
              description={t("new.agentText")}
              data={agents.map(({ id, name }) => ({ value: id, label: name }))}
              value={agent}
              onChange={setAgent}
              allowDeselect={false}
            />
          )}
          {!isOwn && <DueField label={t("assign.due")} value={due} onChange={setDue} />}
          <div className={parts["formActions"]}>
            <Button type="submit" loading={begin.isPending} disabled={call === null || form === null || (agents !== null && agent === null)}>
              {t(isOwn ? "new.begin" : "new.assign")}
            </Button>
          </div>
        </form>
      </Card>
    </>
  );
}
