/** A form that was filled in, to be read: by the agent, who answers to it, and by whoever looks at a dispute. */

import { Button } from "@mantine/core";
import { useState } from "react";

import { useNow } from "../../../components/use-now";
import { formatMoment } from "../../../lib/format";
import type { Evaluation } from "../queries";
import { Sheet, Total } from "../sheet/sheet";
import { useTexts } from "../texts";
import { Respond } from "./respond";
import { ReviewPane } from "./review-pane";
import classes from "./work.module.css";

interface ReadPaneProps {
  readonly evaluation: Evaluation;
  readonly notes: ReadonlyMap<string, number>;
  readonly onNotes: (questionId: string) => void;
}

export function ReadPane({ evaluation, notes, onNotes }: ReadPaneProps) {
  const t = useTexts();
  const [reviewing, setReviewing] = useState(false);
  const { may, comment } = evaluation;
  if (reviewing && may.includes("answer")) {
    return (
      <ReviewPane
        evaluation={evaluation}
        onClose={() => {
          setReviewing(false);
        }}
      />
    );
  }
  const isOpen = evaluation.state === "assigned" || evaluation.state === "draft";
  return (
    <>
      <div className={classes["sideHead"]}>
        <Total result={evaluation.result} />
        {isOpen && <span className={classes["saved"]}>{t("page.notYours", { name: evaluation.evaluator.name })}</span>}
      </div>
      <div className={classes["scroll"]} role="region" aria-label={t("sheet.label")} tabIndex={0} data-own-arrows>
        <Thread evaluation={evaluation} />
        <Sheet content={evaluation.content} answers={evaluation.answers} result={evaluation.result} notes={notes} onNotes={onNotes} />
        {comment !== "" && (
          <>
            <h2 className={classes["overall"]}>{t("sheet.overall")}</h2>
            <p className={classes["words"]}>{comment}</p>
          </>
        )}
      </div>
      {(may.includes("acknowledge") || may.includes("dispute") || may.includes("answer")) && (
        <div className={classes["sideFoot"]}>
          <Respond evaluation={evaluation} />
          {may.includes("answer") && (
            <Button
              fullWidth
              onClick={() => {
                setReviewing(true);
              }}
            >
              {t("review.action")}
            </Button>
          )}
        </div>
      )}
    </>
  );
}

/** What the agent said to it, and what was answered. */
export function Thread({ evaluation }: { readonly evaluation: Evaluation }) {
  const t = useTexts();
  const now = useNow(60_000);
  const { dispute, acknowledged_at: acknowledged, acknowledgement, agent } = evaluation;
  if (dispute === null && acknowledged === null) return null;
  return (
    <div className={classes["thread"]}>
      {dispute !== null && (
        <div data-kind="dispute">
          <strong>{t("thread.disputed", { name: agent.name, when: formatMoment(dispute.at, now) })}</strong>
          <p className={classes["words"]}>{dispute.text}</p>
        </div>
      )}
      {dispute?.decision && dispute.answered_at !== null && (
        <div data-kind="answer">
          <strong>{t(`thread.${dispute.decision}`, { name: dispute.reviewer?.name ?? "–", when: formatMoment(dispute.answered_at, now) })}</strong>
          <p className={classes["words"]}>{dispute.answer}</p>
        </div>
      )}
      {acknowledged !== null && (
        <div data-kind="acknowledged">
          <strong>{t("thread.acknowledged", { name: agent.name, when: formatMoment(acknowledged, now) })}</strong>
          {acknowledgement && <p className={classes["words"]}>{acknowledgement}</p>}
        </div>
      )}
    </div>
  );
}
