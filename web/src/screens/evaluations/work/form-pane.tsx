/** Filling in the form: what is said is saved by itself; the score so far stands above, publishing below. */

import { Button, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";

import { api, unwrap } from "../../../api/client";
import { problemOf } from "../../../api/problem";
import { ProblemNotice } from "../../../components/problem-notice";
import { useTell } from "../../../components/use-tell";
import type { DraftKeeper, DraftView } from "../engine/draft-keeper";
import { LONGEST_TEXT } from "../engine/model";
import type { Evaluation } from "../queries";
import { CALIBRATIONS, EVALUATIONS, evaluationQuery } from "../queries";
import { Sheet, Total } from "../sheet/sheet";
import { useTexts } from "../texts";
import { Clash } from "./clash";
import { useDraft } from "./use-draft";
import classes from "./work.module.css";

interface FormPaneProps {
  readonly evaluation: Evaluation;
  readonly notes: ReadonlyMap<string, number>;
  readonly onNotes: (questionId: string) => void;
  /** A note to the timeline was begun and not added. */
  readonly hasNote: boolean;
}

export function FormPane({ evaluation, notes, onNotes, hasNote }: FormPaneProps) {
  const t = useTexts();
  const { keeper, view } = useDraft(evaluation);
  const [asked, setAsked] = useState(false);
  const form = useRef<HTMLDivElement>(null);
  const { content } = view;
  return (
    <>
      <div className={classes["sideHead"]}>
        <Total result={view.result} />
        <SaveState view={view} keeper={keeper} />
      </div>
      <div className={classes["scroll"]} ref={form}>
        {view.phase === "clash" && view.theirs !== null && <Clash form={evaluation.content} view={view} onChoose={(sides) => { keeper.choose(sides); }} />}
        {view.joined && (
          <p className={classes["told"]} role="status">
            {t("draft.joined")}
          </p>
        )}
        {view.phase === "refused" && <ProblemNotice error={view.error} onRetry={() => { keeper.retry(); }} />}
        <Sheet
          content={evaluation.content}
          answers={content.answers}
          result={view.result}
          problems={asked ? view.problems : []}
          notes={notes}
          onNotes={onNotes}
          onAnswer={(question, answer) => {
            keeper.change({ ...content, answers: { ...content.answers, [question]: answer } });
          }}
        />
        <Textarea
          mt="lg"
          label={t("sheet.overall")}
          autosize
          minRows={2}
          maxRows={12}
          maxLength={LONGEST_TEXT}
          value={content.comment}
          onChange={(event) => {
            keeper.change({ ...content, comment: event.currentTarget.value });
          }}
        />
      </div>
      <Publish
        evaluation={evaluation}
        keeper={keeper}
        view={view}
        asked={asked}
        hasNote={hasNote}
        onAsked={() => {
          setAsked(true);
          requestAnimationFrame(() => {
            form.current?.querySelector("[data-problem=true]")?.scrollIntoView({ block: "start" });
          });
        }}
      />
    </>
  );
}

function SaveState({ view, keeper }: { readonly view: DraftView; readonly keeper: DraftKeeper }) {
  const t = useTexts();
  if (view.phase === "waiting") {
    return (
      <div className={classes["told"]} role="alert">
        <strong>{t("draft.waiting")}</strong> {t("draft.waitingText")}{" "}
        <Button size="compact-xs" variant="subtle" onClick={() => { keeper.retry(); }}>
          {t("common:action.retry")}
        </Button>
      </div>
    );
  }
  return (
    <span className={classes["saved"]} role="status" data-testid="save-state">
      {t(`draft.${view.phase}`)}
    </span>
  );
}

interface PublishProps {
  readonly evaluation: Evaluation;
  readonly keeper: DraftKeeper;
  readonly view: DraftView;
  readonly asked: boolean;
  readonly hasNote: boolean;
  readonly onAsked: () => void;
}

function Publish({ evaluation, keeper, view, asked, hasNote, onAsked }: PublishProps) {
  const t = useTexts();
  const tell = useTell();
  const client = useQueryClient();
  const { id } = evaluation;
  const publish = useMutation({
    mutationFn: async () => {
      const revision = await keeper.flush();
      if (revision === null) return null;
      return unwrap(api.POST("/api/v1/evaluations/{evaluation_id}/publish", { params: { path: { evaluation_id: id } }, body: { revision } }));
    },
    onSuccess: (published) => {
      if (published === null) return;
      client.setQueryData(evaluationQuery(id).queryKey, published);
      void client.invalidateQueries({ queryKey: EVALUATIONS });
      void client.invalidateQueries({ queryKey: CALIBRATIONS });
      tell(t("publish.done"));
    },
    onError: (error) => {
      if (problemOf(error).code === "evaluation_incomplete") onAsked();
      else void client.invalidateQueries({ queryKey: evaluationQuery(id).queryKey });
    },
  });
  const incomplete = publish.isError && problemOf(publish.error).code === "evaluation_incomplete";
  const missing = asked ? view.problems.length : 0;
  return (
    <div className={classes["sideFoot"]}>
      {publish.isError && !incomplete && <ProblemNotice error={publish.error} />}
      {missing > 0 && (
        <p className={classes["missing"]} role="alert">
          {t("publish.missing", { count: missing })}
        </p>
      )}
      {hasNote && <p className={classes["missing"]}>{t("publish.note")}</p>}
      <Button
        fullWidth
        loading={publish.isPending}
        disabled={hasNote || view.phase === "clash"}
        onClick={() => {
          publish.mutate();
        }}
      >
        {t(evaluation.calibration_id === null ? "publish.action" : "publish.calibration")}
      </Button>
    </div>
  );
}
