/** A second reviewer's answer to a dispute: the score stays, or the form is filled in anew. */

import { Button, SegmentedControl, Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, unwrap } from "../../../api/client";
import { problemOf } from "../../../api/problem";
import { ProblemNotice } from "../../../components/problem-notice";
import type { AnswerProblem, Answers } from "../engine/model";
import { LONGEST_TEXT } from "../engine/model";
import type { Evaluation } from "../queries";
import { EVALUATIONS, evaluationQuery } from "../queries";
import { Sheet, Total } from "../sheet/sheet";
import { useScorePreview } from "../sheet/use-score";
import { useTexts } from "../texts";
import { Thread } from "./read-pane";
import { useKeptReview } from "./use-kept-review";
import classes from "./work.module.css";

export function ReviewPane({ evaluation, onClose }: { readonly evaluation: Evaluation; readonly onClose: () => void }) {
  const t = useTexts();
  const client = useQueryClient();
  const { id, form } = evaluation;
  const [review, keep] = useKeptReview(evaluation);
  const [asked, setAsked] = useState(false);
  const isChanged = review.decision === "changed";
  const preview = useQuery({ ...useScorePreview(form.id, { answers: review.answers, version: form.version }), enabled: isChanged });
  const send = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/v1/evaluations/{evaluation_id}/review", {
          params: { path: { evaluation_id: id } },
          body: {
            decision: review.decision,
            text: review.text.trim(),
            ...(isChanged ? { answers: { ...review.answers }, comment: review.comment } : {}),
          },
        }),
      ),
    onSuccess: (answered) => {
      keep(null);
      client.setQueryData(evaluationQuery(id).queryKey, answered);
      void client.invalidateQueries({ queryKey: EVALUATIONS });
      onClose();
    },
    onError: (error) => {
      if (problemOf(error).code === "evaluation_incomplete") setAsked(true);
    },
  });
  const incomplete = send.isError && problemOf(send.error).code === "evaluation_incomplete";
  const problems: readonly AnswerProblem[] = asked ? (preview.data?.problems ?? []) : [];
  const onAnswers = (answers: Answers) => {
    keep({ ...review, answers });
  };
  const result = isChanged ? (preview.data?.score ?? evaluation.result) : evaluation.result;
  return (
    <>
      <div className={classes["sideHead"]}>
        <Total result={result} error={isChanged ? preview.error : null} />
        <SegmentedControl
          aria-label={t("review.decision")}
          data={[
            { value: "kept", label: t("review.keep") },
            { value: "changed", label: t("review.change") },
          ]}
          disabled={send.isPending}
          value={review.decision}
          onChange={(decision) => {
            keep({ ...review, decision: decision as "kept" | "changed" });
          }}
        />
      </div>
      <div className={classes["scroll"]}>
        <Thread evaluation={evaluation} />
        {/* Success takes the draft away, and what would be written meanwhile with it. */}
        <fieldset className={classes["held"]} disabled={send.isPending}>
          <Sheet
            content={evaluation.content}
            answers={isChanged ? review.answers : evaluation.answers}
            result={result}
            problems={problems}
            {...(isChanged
              ? {
                  onAnswer: (question, answer) => {
                    onAnswers({ ...review.answers, [question]: answer });
                  },
                }
              : {})}
          />
          {isChanged && (
            <Textarea
              mt="lg"
              label={t("sheet.overall")}
              autosize
              minRows={2}
              maxRows={12}
              maxLength={LONGEST_TEXT}
              value={review.comment}
              onChange={(event) => {
                keep({ ...review, comment: event.currentTarget.value });
              }}
            />
          )}
        </fieldset>
      </div>
      <div className={classes["sideFoot"]}>
        {send.isError && !incomplete && <ProblemNotice error={send.error} />}
        {problems.length > 0 && (
          <p className={classes["missing"]} role="alert">
            {t("publish.missing", { count: problems.length })}
          </p>
        )}
        <Textarea
          label={t("review.text")}
          autosize
          minRows={2}
          maxRows={8}
          maxLength={LONGEST_TEXT}
          readOnly={send.isPending}
          value={review.text}
          onChange={(event) => {
            keep({ ...review, text: event.currentTarget.value });
          }}
        />
        <div className={classes["twoButtons"]}>
          <Button
            loading={send.isPending}
            disabled={review.text.trim() === ""}
            onClick={() => {
              send.mutate();
            }}
          >
            {t("review.send")}
          </Button>
          <Button variant="default" disabled={send.isPending} onClick={onClose}>
            {t("common:action.back")}
          </Button>
        </div>
      </div>
    </>
  );
}
