/** The evaluations of a call, and the way to a new one. */

import { Button, Group, Skeleton } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";

import type { EvaluationSummary, InteractionDetails } from "../../api/client";
import { ProblemNotice } from "../../components/problem-notice";
import { useMay } from "../../components/use-may";
import { formatDay, formatScore } from "../../lib/format";
import { EvaluateDialog } from "./evaluate-dialog";
import classes from "./evaluations-pane.module.css";
import { isGone } from "./states";
import { useTexts } from "./texts";
import type { Interaction } from "./use-interaction";

interface EvaluationsPaneProps {
  readonly details: InteractionDetails;
  readonly evaluations: Interaction["evaluations"];
}

export function EvaluationsPane({ details, evaluations }: EvaluationsPaneProps) {
  const t = useTexts();
  const may = useMay();
  const [asking, setAsking] = useState(false);
  const list = evaluations.data;
  return (
    <div className={classes["pane"]}>
      <div className={classes["scroll"]}>
        {evaluations.isPending && <Skeleton height={48} m="md" width="auto" role="status" aria-label={t("common:loading")} />}
        {evaluations.isError && !isGone(evaluations.error) && (
          <ProblemNotice error={evaluations.error} onRetry={() => void evaluations.refetch()} />
        )}
        {(list?.length === 0 || (evaluations.isError && isGone(evaluations.error))) && (
          <p className={classes["quiet"]}>{t("evaluations.none")}</p>
        )}
        {list !== undefined && list.length > 0 && (
          <ul className={classes["list"]} aria-label={t("evaluations.title")}>
            {list.map((evaluation) => (
              <Line key={evaluation.id} evaluation={evaluation} withAgent={details.agents.length > 1} />
            ))}
          </ul>
        )}
      </div>
      {(may("evaluations.score") || may("evaluations.manage")) && (
        <div className={classes["foot"]}>
          {may("evaluations.score") && (
            <Button fullWidth onClick={() => { setAsking(true); }}>
              {t("evaluations.evaluate")}
            </Button>
          )}
          {may("evaluations.manage") && (
            <Group gap="xs" grow>
              <Button component={Link} to={`/evaluations/new?interaction=${details.id}`} variant="default" size="compact-md">
                {t("evaluations.assign")}
              </Button>
              <Button component={Link} to={`/evaluations/calibrations/new?interaction=${details.id}`} variant="default" size="compact-md">
                {t("evaluations.calibrate")}
              </Button>
            </Group>
          )}
        </div>
      )}
      {asking && <EvaluateDialog interaction={details.id} onClose={() => { setAsking(false); }} />}
    </div>
  );
}

function Line({ evaluation, withAgent }: { readonly evaluation: EvaluationSummary; readonly withAgent: boolean }) {
  const t = useTexts();
  const { form, evaluator, agent, state, score, failed, due_at: due } = evaluation;
  return (
    <li>
      <Link to={`/evaluations/${evaluation.id}`} className={classes["line"]}>
        <span className={classes["name"]}>{form.name}</span>
        <span className={`tabular ${classes["score"] ?? ""}`} data-failed={failed}>
          {failed ? t("evaluations.failed") : score === null ? "–" : t("evaluations.score", { score: formatScore(score) })}
        </span>
        <span className={classes["by"]}>
          {[
            t(`evaluations.states.${state}`),
            t("evaluations.by", { name: evaluator.name }),
            ...(withAgent ? [t("evaluations.of", { name: agent.name })] : []),
            ...(evaluation.calibration_id === null ? [] : [t("evaluations.calibration")]),
            ...(due !== null && (state === "assigned" || state === "draft") ? [t("evaluations.due", { day: formatDay(due) })] : []),
          ].join(" · ")}
        </span>
      </Link>
    </li>
  );
}
