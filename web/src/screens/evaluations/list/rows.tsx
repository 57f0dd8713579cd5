/** Evaluations as a table; each leads to its own page. */

import { Badge } from "@mantine/core";
import { Link } from "react-router";

import { useNow } from "../../../components/use-now";
import { formatDay, formatMoment } from "../../../lib/format";
import parts from "../../settings/parts/parts.module.css";
import { ScoreOf, StateOf } from "../parts/frame";
import type { EvaluationSummary } from "../queries";
import { useTexts } from "../texts";

export function Rows({ items }: { readonly items: readonly EvaluationSummary[] }) {
  const t = useTexts();
  const now = useNow(60_000);
  return (
    <table className={parts["table"]}>
      <caption className="visually-hidden">{t("title")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("list.agent")}</th>
          <th scope="col">{t("list.call")}</th>
          <th scope="col">{t("list.form")}</th>
          <th scope="col">{t("list.evaluator")}</th>
          <th scope="col">{t("list.state")}</th>
          <th scope="col">{t("list.due")}</th>
          <th scope="col" className={parts["end"]}>
            {t("list.score")}
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={item.id} data-testid="evaluation-row">
            <th scope="row">
              <Link to={`/evaluations/${item.id}`} className={parts["name"]} title={item.agent.name}>
                {item.agent.name}
              </Link>
            </th>
            <td className={`tabular ${parts["nowrap"] ?? ""}`}>{formatMoment(item.interaction_started_at, now)}</td>
            <td>
              <span className={parts["cut"]} title={item.form.name}>
                {item.form.name}
              </span>
            </td>
            <td>
              <span className={parts["cut"]} title={item.evaluator.name}>
                {item.evaluator.name}
              </span>
            </td>
            <td>
              <StateOf state={item.state} />{" "}
              {item.calibration_id !== null && (
                <Badge tt="none" fw={500} size="xs" variant="default">
                  {t("list.calibration")}
                </Badge>
              )}
              {item.sampled && (
                <Badge tt="none" fw={500} size="xs" variant="default">
                  {t("list.sampled")}
                </Badge>
              )}
            </td>
            <td className={parts["nowrap"]}>
              {item.due_at === null ? "–" : formatDay(item.due_at)}
              {item.overdue && (
                <Badge tt="none" fw={500} ml="xs" size="xs" color="red" variant="light">
                  {t("overdue")}
                </Badge>
              )}
            </td>
            <td className={parts["end"]}>
              <ScoreOf score={item.score} failed={item.failed} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
