/** The last connectivity check that was made at a desktop: how it went, and its rows. */

import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import type { CheckSummary } from "../../api/client";
import { recorderCheckQuery } from "../../api/queries";
import { ProblemNotice } from "../../components/problem-notice";
import type { Level } from "../../components/state";
import { State } from "../../components/state";
import { formatMoment } from "../../lib/format";
import classes from "./check.module.css";
import { formatAge } from "./health";
import { useTexts } from "./texts";

const LEVELS = { ok: "good", warning: "waiting", failed: "bad", "not checked": "off" } as const satisfies Record<string, Level>;

type Verdict = keyof typeof LEVELS;

interface CheckRow {
  readonly check: string;
  readonly title: string;
  readonly measured: string;
  readonly required: string;
  readonly verdict: Verdict;
  readonly advice: string;
}

function VerdictOf({ verdict }: { readonly verdict: Verdict }) {
  const t = useTexts();
  return <State level={LEVELS[verdict]}>{t(`check.verdicts.${verdict}`)}</State>;
}

/** In a line of the list. */
export function LastCheck({ check, now }: { readonly check: CheckSummary | null; readonly now: number }) {
  const t = useTexts();
  if (check === null) return "–";
  return (
    <>
      <VerdictOf verdict={check.verdict} />
      <small>{t("check.ago", { age: formatAge(Math.max(0, now - check.at), t) })}</small>
    </>
  );
}

interface CheckRowsProps {
  readonly recorderId: string;
  readonly check: CheckSummary;
  readonly now: number;
}

/** What is amiss with what to do, then the rest, folded. */
export function CheckRows({ recorderId, check: { at, verdict, region }, now }: CheckRowsProps) {
  const t = useTexts();
  const query = useQuery(recorderCheckQuery(recorderId, at));
  const rows: readonly CheckRow[] = query.data?.rows ?? [];
  const isAmiss = (row: CheckRow) => row.verdict === "failed" || row.verdict === "warning";
  const others = rows.filter((row) => !isAmiss(row));
  return (
    <div className={classes["check"]}>
      <p className={classes["head"]}>
        <VerdictOf verdict={verdict} />
        <span>{t("check.at", { moment: formatMoment(at, now), region: region ?? "–" })}</span>
      </p>
      {query.isPending && <Skeleton height={48} role="status" aria-label={t("common:loading")} />}
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      <Rows rows={rows.filter(isAmiss)} />
      {others.length > 0 && (
        <details>
          <summary>{t("check.others", { count: others.length })}</summary>
          <Rows rows={others} />
        </details>
      )}
    </div>
  );
}

/** As the recorder wrote them. */
function Rows({ rows }: { readonly rows: readonly CheckRow[] }) {
  const t = useTexts();
  if (rows.length === 0) return null;
  return (
    <ul className={classes["rows"]}>
      {rows.map(({ check, title, measured, required, verdict, advice }) => (
        <li key={check} data-testid="check-row" data-verdict={verdict}>
          <div className={classes["row"]}>
            <strong>{title}</strong>
            <VerdictOf verdict={verdict} />
          </div>
          <span className="tabular">{measured}</span>
          <span className={`tabular ${classes["quiet"] ?? ""}`}>{t("check.required", { required })}</span>
          {advice !== "" && <span>{advice}</span>}
        </li>
      ))}
    </ul>
  );
}
