/** Evaluations as a table; each leads to its own page. */

import { Badge } from "@mantine/core";
import { Link } from "react-router";

import type { More } from "../../../components/long-table";
import { LongTable } from "../../../components/long-table";
import parts from "../../../components/parts.module.css";
import { useNow } from "../../../components/use-now";
import { formatDay, formatMoment } from "../../../lib/format";
import { ScoreOf, StateOf } from "../parts/frame";
import type { EvaluationSummary } from "../queries";
import { useTexts } from "../texts";

interface RowsProps {
  readonly items: readonly EvaluationSummary[];
  readonly more: More;
  readonly onMore: () => void;
  readonly place: { offset: number };
}

const ROW_PX = 42;

export function Rows({ items, more, onMore, place }: RowsProps) {
  const t = useTexts();
  const now = useNow(60_000);
  return (
    <LongTable
      caption={t("title")}
      columns={[
        { key: "agent", title: t("list.agent"), width: "17%" },
        { key: "call", title: t("list.call"), width: "13%" },
        { key: "form", title: t("list.form"), width: "20%" },
        { key: "evaluator", title: t("list.evaluator"), width: "14%", from: "medium" },
        { key: "state", title: t("list.state"), width: "17%" },
        { key: "due", title: t("list.due"), width: "12%" },
        { key: "score", title: t("list.score"), end: true, width: "7%" },
      ]}
      items={items}
      rowKey={(item) => item.id}
      rowHeight={ROW_PX}
      testId="evaluation-row"
      more={more}
      onMore={onMore}
      place={place}
      row={(item) => <Cells item={item} now={now} />}
    />
  );
}

function Cells({ item, now }: { readonly item: EvaluationSummary; readonly now: number }) {
  const t = useTexts();
  return (
    <>
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
      <td className={parts["medium"]}>
        <span className={parts["cut"]} title={item.evaluator.name}>
          {item.evaluator.name}
        </span>
      </td>
      <td>
        <StateOf state={item.state} />{" "}
        {item.calibration_id !== null && (
          <Badge size="xs" variant="default">
            {t("list.calibration")}
          </Badge>
        )}
        {item.sampled && (
          <Badge size="xs" variant="default">
            {t("list.sampled")}
          </Badge>
        )}
      </td>
      <td className={parts["nowrap"]}>
        {item.due_at === null ? "–" : formatDay(item.due_at)}
        {item.overdue && (
          <Badge ml="xs" size="xs" color="red" variant="light">
            {t("overdue")}
          </Badge>
        )}
      </td>
      <td className={parts["end"]}>
        <ScoreOf score={item.score} failed={item.failed} />
      </td>
    </>
  );
}
