/** One evaluation: the call on one side, the form on the other; what can be done is what the server says. */

import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";

import { problemOf } from "../../../api/problem";
import { Empty } from "../../../components/empty";
import { Loading } from "../../../components/page";
import { ProblemNotice } from "../../../components/problem-notice";
import { TitleBar } from "../../../components/title-bar";
import { useNow } from "../../../components/use-now";
import { formatDay, formatMoment } from "../../../lib/format";
import { PlayerProvider } from "../../../player/components/player-provider";
import { StateOf } from "../parts/frame";
import type { Evaluation } from "../queries";
import { evaluationQuery } from "../queries";
import { useTexts } from "../texts";
import { Desk } from "./desk";
import { Manage } from "./manage";
import classes from "./work.module.css";

export function EvaluationPage() {
  const t = useTexts();
  const { id = "" } = useParams();
  const evaluation = useQuery({ ...evaluationQuery(id), refetchOnMount: "always" });
  const gone = evaluation.isError && [403, 404].includes(problemOf(evaluation.error).status);
  if (gone) {
    return (
      <Empty title={t("page.gone")}>
        <title>{`${t("title")} · Deskreel`}</title>
        <h1 className="visually-hidden">{t("title")}</h1>
        <p>{t("page.goneText")}</p>
        <Link to="/evaluations">{t("page.toList")}</Link>
      </Empty>
    );
  }
  if (evaluation.data === undefined) {
    return evaluation.isError ? <ProblemNotice error={evaluation.error} onRetry={() => void evaluation.refetch()} /> : <Loading rows={10} />;
  }
  return (
    <PlayerProvider key={id}>
      <Head evaluation={evaluation.data} />
      <Desk evaluation={evaluation.data} />
    </PlayerProvider>
  );
}

function Head({ evaluation }: { readonly evaluation: Evaluation }) {
  const t = useTexts();
  const now = useNow(60_000);
  const { agent, form, evaluator, state, due_at: due, overdue, calibration_id: calibration } = evaluation;
  return (
    <>
      <title>{`${t("page.title", { agent: agent.name, form: form.name })} · Deskreel`}</title>
      <TitleBar
        backTo="/evaluations"
        back={t("title")}
        title={agent.name}
        sub={
          <>
            <span>{t("page.form", { form: form.name, version: form.version })}</span>
            <span className="tabular">{formatMoment(evaluation.interaction_started_at, now)}</span>
            <StateOf state={state} />
            <span>{t("page.by", { name: evaluator.name })}</span>
            {due !== null && (state === "assigned" || state === "draft") && (
              <span data-overdue={overdue} className={classes["due"]}>
                {t(overdue ? "page.overdue" : "page.due", { day: formatDay(due) })}
              </span>
            )}
            {calibration !== null && <Link to={`/evaluations/calibrations/${calibration}`}>{t("page.calibration")}</Link>}
          </>
        }
        tools={
          <>
            {evaluation.interaction_id !== null && (
              <Button component={Link} to={`/activities/${evaluation.interaction_id}`} variant="default" size="compact-md">
                {t("page.call")}
              </Button>
            )}
            <Manage evaluation={evaluation} />
          </>
        }
      />
    </>
  );
}
