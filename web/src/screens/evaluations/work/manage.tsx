/** For those who assign: give an evaluation to somebody else, or delete it. */

import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";

import { api, unwrap } from "../../../api/client";
import { ConfirmButton, Dialog } from "../../../components/dialogs";
import parts from "../../../components/parts.module.css";
import { ProblemNotice } from "../../../components/problem-notice";
import { useMay } from "../../../components/use-may";
import { DueField, EvaluatorSelect } from "../planning/fields";
import type { Evaluation } from "../queries";
import { EVALUATIONS, evaluationQuery, evaluatorsQuery } from "../queries";
import { useTexts } from "../texts";

export function Manage({ evaluation }: { readonly evaluation: Evaluation }) {
  const t = useTexts();
  const may = useMay();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [assigning, setAssigning] = useState(false);
  const { id } = evaluation;
  return (
    <>
      {evaluation.may.includes("reassign") && (
        <Button
          variant="default"
          size="compact-md"
          onClick={() => {
            setAssigning(true);
          }}
        >
          {t("assign.action")}
        </Button>
      )}
      {may("evaluations.manage") && (
        <ConfirmButton
          size="compact-md"
          label={t("common:action.delete")}
          title={t("remove.title")}
          text={t("remove.text")}
          act={async () => {
            await unwrap(api.DELETE("/api/v1/evaluations/{evaluation_id}", { params: { path: { evaluation_id: id } } }));
            await navigate("/evaluations");
            client.removeQueries({ queryKey: evaluationQuery(id).queryKey });
            void client.invalidateQueries({ queryKey: EVALUATIONS });
          }}
        />
      )}
      {assigning && (
        <Assign
          evaluation={evaluation}
          onClose={() => {
            setAssigning(false);
          }}
        />
      )}
    </>
  );
}

function Assign({ evaluation, onClose }: { readonly evaluation: Evaluation; readonly onClose: () => void }) {
  const t = useTexts();
  const client = useQueryClient();
  const evaluators = useQuery(evaluatorsQuery);
  const [evaluator, setEvaluator] = useState<string | null>(evaluation.evaluator.id);
  const [due, setDue] = useState(evaluation.due_at);
  const assign = useMutation({
    mutationFn: (evaluator_id: string) =>
      unwrap(
        api.PUT("/api/v1/evaluations/{evaluation_id}/assignment", {
          params: { path: { evaluation_id: evaluation.id } },
          body: { evaluator_id, due_at: due },
        }),
      ),
    onSuccess: (changed) => {
      client.setQueryData(evaluationQuery(evaluation.id).queryKey, changed);
      void client.invalidateQueries({ queryKey: EVALUATIONS });
      onClose();
    },
  });
  return (
    <Dialog opened title={t("assign.title")} onClose={onClose}>
      <form
        className={parts["form"]}
        onSubmit={(event) => {
          event.preventDefault();
          if (evaluator !== null) assign.mutate(evaluator);
        }}
      >
        {evaluators.isError && <ProblemNotice error={evaluators.error} onRetry={() => void evaluators.refetch()} />}
        {assign.isError && <ProblemNotice error={assign.error} />}
        <EvaluatorSelect label={t("assign.evaluator")} evaluators={evaluators.data ?? []} value={evaluator} onChange={setEvaluator} />
        {evaluator !== evaluation.evaluator.id && evaluation.state === "draft" && <div className={parts["note"]}>{t("assign.anew")}</div>}
        <DueField label={t("assign.due")} value={due} onChange={setDue} />
        <div className={parts["formActions"]}>
          <Button type="submit" loading={assign.isPending} disabled={evaluator === null}>
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
