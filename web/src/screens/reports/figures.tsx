/** Scores as figures: of all evaluations, and line by line. */

import { Figures } from "../../components/figures";
import parts from "../../components/parts.module.css";
import { formatNumber, formatScore } from "../../lib/format";
import type { ScoreReport } from "./queries";
import { useTexts } from "./texts";

/** What each line is called; who has no team has that for a name. */
export function namesOf(report: ScoreReport, noTeam: string): ReadonlyMap<string, string> {
  return new Map(report.items.map(({ key, name }) => [key, report.group_by === "team" && key === "" ? noTeam : name]));
}

export function Totals({ report }: { readonly report: ScoreReport }) {
  const t = useTexts();
  const figures = [
    [t("figures.evaluations"), formatNumber(report.evaluations)],
    [t("figures.mean"), score(report.mean)],
    [t("figures.least"), score(report.least)],
    [t("figures.most"), score(report.most)],
    [t("figures.failed"), formatNumber(report.failed)],
    [t("figures.disputed"), formatNumber(report.disputed)],
    [t("figures.acknowledged"), formatNumber(report.acknowledged)],
  ] as const;
  return <Figures of={figures} />;
}

export function Groups({ report }: { readonly report: ScoreReport }) {
  const t = useTexts();
  const names = namesOf(report, t("noTeam"));
  const isQuestion = report.group_by === "question";
  const end = parts["end"] ?? "";
  return (
    <table className={parts["table"]}>
      <caption className="visually-hidden">{t("groups.title")}</caption>
      <thead>
        <tr>
          <th scope="col">{t(`groups.${report.group_by}`)}</th>
          <th scope="col" className={end}>
            {t(isQuestion ? "figures.answers" : "figures.evaluations")}
          </th>
          <th scope="col" className={end}>
            {t("figures.mean")}
          </th>
          <th scope="col" className={end}>
            {t("figures.range")}
          </th>
          <th scope="col" className={end}>
            {t("figures.failed")}
          </th>
          <th scope="col" className={end}>
            {t(isQuestion ? "figures.na" : "figures.disputed")}
          </th>
        </tr>
      </thead>
      <tbody>
        {report.items.map((item) => (
          <tr key={item.key} data-testid="report-row">
            <th scope="row">
              <span className={parts["cut"]} title={names.get(item.key)}>
                {names.get(item.key)}
              </span>
            </th>
            <td className={`${end} tabular`}>{formatNumber(item.evaluations)}</td>
            <td className={`${end} tabular`}>{score(item.mean)}</td>
            <td className={`${end} tabular`}>{item.least === null ? "–" : `${score(item.least)} – ${score(item.most)}`}</td>
            <td className={`${end} tabular`}>{formatNumber(item.failed)}</td>
            <td className={`${end} tabular`}>{formatNumber(isQuestion ? item.not_applicable : item.disputed)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function score(value: number | null): string {
  return value === null ? "–" : formatScore(value);
}
