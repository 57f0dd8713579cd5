/** What was done to an evaluation, by whom and when. */

import { useNow } from "../../../components/use-now";
import { formatCode, formatMoment, formatScore } from "../../../lib/format";
import type { Evaluation } from "../queries";
import { useTexts } from "../texts";
import classes from "./work.module.css";

const ACTIONS = ["assigned", "reassigned", "published", "acknowledged", "disputed", "answered", "cancelled"] as const;

export function History({ evaluation }: { readonly evaluation: Evaluation }) {
  const t = useTexts();
  const now = useNow(60_000);
  if (evaluation.history.length === 0) return null;
  return (
    <section className={classes["card"]} aria-label={t("history.title")}>
      <h2 className={classes["cardTitle"]}>{t("history.title")}</h2>
      <ol className={classes["history"]}>
        {evaluation.history.map((entry) => {
          const action = ACTIONS.find((one) => one === entry.action);
          return (
            <li key={entry.number}>
              <span className="tabular">{formatMoment(entry.at, now)}</span>
              <span>
                <strong>{action === undefined ? formatCode(entry.action) : t(`history.actions.${action}`)}</strong>{" "}
                {t("history.by", { name: entry.actor_name ?? entry.actor })}
                {entry.score !== null && <span className="tabular"> · {t("history.score", { score: formatScore(entry.score) })}</span>}
                {entry.text !== "" && <p className={classes["words"]}>{entry.text}</p>}
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
