/** Writing a note: its moment or stretch, what it says, which question it speaks to, and a part of the picture. */

import { Button, CloseButton, Select, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "../../../api/client";
import { problemOf } from "../../../api/problem";
import { IconScreen } from "../../../components/icons";
import { ProblemNotice } from "../../../components/problem-notice";
import { formatNumber } from "../../../lib/format";
import { usePlayer } from "../../../player/components/player-context";
import { LONGEST_TEXT, questionsOf } from "../engine/model";
import type { Evaluation, Feedback } from "../queries";
import { evaluationQuery } from "../queries";
import { useTexts } from "../texts";
import classes from "./feedback.module.css";
import { momentOf } from "./moment";
import { MIDDLE } from "./rectangle";
import type { FeedbackDraft } from "./use-feedback-draft";
import { faultOf } from "./use-feedback-draft";

interface FeedbackFormProps {
  readonly evaluation: Evaluation;
  readonly draft: FeedbackDraft;
  readonly onDraft: (draft: FeedbackDraft | null) => void;
  readonly drawing: boolean;
  readonly onDrawing: (drawing: boolean) => void;
}

export function FeedbackForm({ evaluation, draft, onDraft, drawing, onDrawing }: FeedbackFormProps) {
  const t = useTexts();
  const client = useQueryClient();
  const player = usePlayer();
  const fault = faultOf(draft, LONGEST_TEXT);
  const { length } = [...draft.text.trim()];
  const save = useMutation({
    mutationFn: ({ changes, ...fields }: FeedbackDraft) => {
      const body = { ...fields, text: fields.text.trim() };
      if (changes === null) {
        return unwrap(api.POST("/api/v1/evaluations/{evaluation_id}/feedback", { params: { path: { evaluation_id: evaluation.id } }, body }));
      }
      const path = { evaluation_id: evaluation.id, feedback_id: changes.id };
      return unwrap(
        api.PUT("/api/v1/evaluations/{evaluation_id}/feedback/{feedback_id}", { params: { path }, body: { ...body, revision: changes.revision } }),
      );
    },
    onSuccess: (saved) => {
      onDraft(null);
      onDrawing(false);
      client.setQueryData(evaluationQuery(evaluation.id).queryKey, (before) =>
        before === undefined ? before : { ...before, feedback: placed(before.feedback, saved) },
      );
    },
  });
  const theirs = save.isError ? currentOf(save.error) : null;
  const now = () => Math.max(0, Math.round(player.positionMs));
  const send = () => {
    if (fault === null && !save.isPending) save.mutate(draft);
  };
  return (
    <form
      className={classes["form"]}
      aria-label={t(draft.changes === null ? "feedback.add" : "feedback.change")}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {save.isError && theirs === null && <ProblemNotice error={save.error} />}
      {theirs !== null && (
        <div className={classes["other"]} role="alert">
          <strong>{t("feedback.changedMeanwhile")}</strong>
          <p className={classes["text"]}>{theirs.text}</p>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => {
              save.reset();
              onDraft({ ...draft, changes: { id: theirs.id, revision: theirs.revision } });
            }}
          >
            {t("feedback.keepMine")}
          </Button>
        </div>
      )}
      <div className={classes["moments"]}>
        <span className="tabular">{t("feedback.at", { at: momentOf(draft) })}</span>
        <Button size="compact-xs" variant="subtle" disabled={save.isPending} onClick={() => { onDraft({ ...draft, start_ms: now() }); }}>
          {t("feedback.beginNow")}
        </Button>
        <Button size="compact-xs" variant="subtle" disabled={save.isPending} onClick={() => { onDraft({ ...draft, end_ms: now() }); }}>
          {t("feedback.endNow")}
        </Button>
        {draft.end_ms !== null && <CloseButton size="xs" disabled={save.isPending} aria-label={t("feedback.noEnd")} onClick={() => { onDraft({ ...draft, end_ms: null }); }} />}
      </div>
      <Textarea
        aria-label={t("feedback.text")}
        placeholder={t("feedback.text")}
        autosize
        minRows={2}
        maxRows={8}
        autoFocus
        readOnly={save.isPending} // success takes the draft away, and what would be written meanwhile with it
        value={draft.text}
        error={
          fault === "long"
            ? t("feedback.tooLong", { number: formatNumber(length), most: formatNumber(LONGEST_TEXT) })
            : fault === "backwards"
              ? t("feedback.backwards")
              : null
        }
        onChange={(event) => {
          onDraft({ ...draft, text: event.currentTarget.value });
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
        }}
      />
      <div className={classes["fields"]}>
        <Select
          aria-label={t("feedback.question")}
          placeholder={t("feedback.question")}
          data={questionsOf(evaluation.content).map(({ id, text }) => ({ value: id, label: text }))}
          value={draft.question_id}
          disabled={save.isPending}
          onChange={(question_id) => {
            onDraft({ ...draft, question_id });
          }}
          clearable
          searchable
          size="xs"
          className={classes["grow"] ?? ""}
        />
        <Button
          size="compact-sm"
          variant={drawing ? "filled" : "default"}
          aria-pressed={drawing}
          disabled={save.isPending}
          leftSection={<IconScreen size={15} />}
          onClick={(event) => {
            player.pause();
            // From the keyboard there is nothing to draw with: it begins in the middle, and arrows move it.
            if (event.detail === 0) onDraft({ ...draft, rectangle: draft.rectangle ?? MIDDLE });
            else onDrawing(!drawing);
          }}
        >
          {t(draft.rectangle === null ? "feedback.mark" : "feedback.markAgain")}
        </Button>
        {draft.rectangle !== null && (
          <CloseButton
            size="sm"
            disabled={save.isPending}
            aria-label={t("feedback.unmark")}
            onClick={() => {
              onDraft({ ...draft, rectangle: null });
            }}
          />
        )}
      </div>
      <div className={classes["buttons"]}>
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          disabled={save.isPending}
          onClick={() => {
            onDraft(null);
            onDrawing(false);
          }}
        >
          {t(draft.changes === null ? "feedback.discard" : "common:action.cancel")}
        </Button>
        <Button type="submit" size="compact-sm" loading={save.isPending} disabled={fault !== null}>
          {t(draft.changes === null ? "feedback.save" : "feedback.saveChange")}
        </Button>
      </div>
    </form>
  );
}

function placed(before: readonly Feedback[], saved: Feedback): Feedback[] {
  return [...before.filter(({ id }) => id !== saved.id), saved].sort((one, other) => one.start_ms - other.start_ms);
}

/** What another window made of the note meanwhile. */
function currentOf(error: unknown): Feedback | null {
  const { code, body } = problemOf(error);
  return code === "changed_meanwhile" ? ((body?.["current"] as Feedback | undefined) ?? null) : null;
}
