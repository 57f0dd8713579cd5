/** One calibration: who has published; and once it is closed, how far apart they are, question by question. */

import { Badge } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "react-router";

import { api, unwrap } from "../../api/client";
import { problemOf } from "../../api/problem";
import { ConfirmButton } from "../../components/dialogs";
import { Empty } from "../../components/empty";
import { Figures } from "../../components/figures";
import { Card, Loaded } from "../../components/page";
import parts from "../../components/parts.module.css";
import { State } from "../../components/state";
import { TitleBar } from "../../components/title-bar";
import { formatDay, formatScore } from "../../lib/format";
import { questionsOf } from "../evaluations/engine/model";
import { ScoreOf, StateOf } from "../evaluations/parts/frame";
import type { Calibration } from "../evaluations/queries";
import { CALIBRATIONS, EVALUATIONS, calibrationQuery } from "../evaluations/queries";
import { answerText } from "../evaluations/sheet/values";
import { useTexts } from "../evaluations/texts";
import classes from "./calibration.module.css";

export function CalibrationPage() {
  const t = useTexts();
  const { id = "" } = useParams();
  const calibration = useQuery(calibrationQuery(id));
  if (calibration.isError && [403, 404].includes(problemOf(calibration.error).status)) {
    return (
      <Empty title={t("calibration.gone")}>
        <h1 className="visually-hidden">{t("rooms.calibrations")}</h1>
        <p>{t("calibration.goneText")}</p>
        <Link to="/evaluations/calibrations">{t("rooms.calibrations")}</Link>
      </Empty>
    );
  }
  return <Loaded query={calibration}>{(found) => <Details calibration={found} />}</Loaded>;
}

function Details({ calibration }: { readonly calibration: Calibration }) {
  const t = useTexts();
  const client = useQueryClient();
  const { id, closed_at: closed, due_at: due } = calibration;
  return (
    <>
      <title>{`${calibration.name} · Deskreel`}</title>
      <TitleBar
        backTo="/evaluations/calibrations"
        back={t("rooms.calibrations")}
        title={calibration.name}
        sub={
          <>
            <span>{t("page.form", { form: calibration.form.name, version: calibration.form.version })}</span>
            <span>{calibration.agent.name}</span>
            <State level={closed === null ? "waiting" : "good"}>{t(closed === null ? "calibration.open" : "calibration.closed")}</State>
            {due !== null && closed === null && <span>{t("page.due", { day: formatDay(due) })}</span>}
            {calibration.interaction_id !== null && <Link to={`/activities/${calibration.interaction_id}`}>{t("page.call")}</Link>}
          </>
        }
        tools={
          <>
            {calibration.may_close && (
              <ConfirmButton
                size="compact-md"
                label={t("calibration.close")}
                title={t("calibration.closeTitle")}
                text={t("calibration.closeText")}
                danger={false}
                act={async () => {
                  await unwrap(api.POST("/api/v1/calibrations/{calibration_id}/close", { params: { path: { calibration_id: id } } }));
                  await client.invalidateQueries({ queryKey: CALIBRATIONS });
                  void client.invalidateQueries({ queryKey: EVALUATIONS });
                }}
              />
            )}
          </>
        }
      />
      <div className={parts["stack"]}>
        <Card flush title={t("calibration.people")} {...(closed === null ? { lead: t("calibration.blind") } : {})}>
          <table className={parts["table"]}>
            <caption className="visually-hidden">{t("calibration.people")}</caption>
            <thead>
              <tr>
                <th scope="col">{t("list.evaluator")}</th>
                <th scope="col">{t("list.state")}</th>
                <th scope="col" className={parts["end"]}>
                  {t("list.score")}
                </th>
              </tr>
            </thead>
            <tbody>
              {calibration.people.map(({ evaluator, state, evaluation_id: own, score, failed }) => (
                <tr key={evaluator.id} data-testid="participant">
                  <th scope="row">{own === null ? evaluator.name : <Link to={`/evaluations/${own}`}>{evaluator.name}</Link>}</th>
                  <td>
                    <StateOf state={state} />
                  </td>
                  <td className={parts["end"]}>{failed === null ? <span className={parts["muted"]}>{t("calibration.hidden")}</span> : <ScoreOf score={score} failed={failed} />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Card>
        {calibration.result !== null && <Result calibration={calibration} result={calibration.result} />}
      </div>
    </>
  );
}

function Result({ calibration, result }: { readonly calibration: Calibration; readonly result: NonNullable<Calibration["result"]> }) {
  const t = useTexts();
  const questions = new Map(questionsOf(calibration.content).map((question) => [question.id, question]));
  const names = calibration.people.filter(({ evaluator }) => result.questions[0]?.answers.some((one) => one.evaluator_id === evaluator.id));
  const { total } = result;
  const figures = [
    [t("calibration.mean"), total.mean],
    [t("calibration.least"), total.least],
    [t("calibration.most"), total.most],
    [t("calibration.spread"), total.spread],
    [t("calibration.deviation"), total.deviation],
  ] as const;
  return (
    <>
      <Figures of={figures.map(([name, value]) => [name, value === null ? "–" : formatScore(value)])} />
      <Card flush title={t("calibration.byQuestion")}>
        <table className={parts["table"]}>
          <caption className="visually-hidden">{t("calibration.byQuestion")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("calibration.question")}</th>
              {names.map(({ evaluator }) => (
                <th key={evaluator.id} scope="col">
                  {evaluator.name}
                </th>
              ))}
              <th scope="col" className={parts["end"]}>
                {t("calibration.spread")}
              </th>
            </tr>
          </thead>
          <tbody>
            {result.questions.map(({ question_id: id, text, agreed, answers, spread }) => (
              <tr key={id} data-agreed={agreed} data-testid="question-spread">
                <th scope="row">
                  <span className={classes["question"]}>{text}</span>
                  {!agreed && (
                    <Badge size="xs" variant="default">
                      {t("calibration.apart")}
                    </Badge>
                  )}
                </th>
                {names.map(({ evaluator }) => {
                  const given = answers.find((one) => one.evaluator_id === evaluator.id);
                  const question = questions.get(id);
                  return (
                    <td key={evaluator.id}>
                      {given === undefined || question === undefined
                        ? "–"
                        : given.outcome === "hidden"
                          ? t("calibration.notAsked")
                          : answerText(question, { value: given.value, na: given.outcome === "not_applicable" }, t)}
                      {given !== undefined && given.comment !== "" && <small>{given.comment}</small>}
                    </td>
                  );
                })}
                <td className={`${parts["end"] ?? ""} tabular`}>{spread.spread === null ? "–" : formatScore(spread.spread)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Card>
    </>
  );
}
