/** The notes on the timeline, each leading to its moment; and the one that is being written. */

import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { api, unwrap } from "../../../api/client";
import { IconEdit, IconPlus, IconScreen, IconTrash } from "../../../components/icons";
import { ProblemNotice } from "../../../components/problem-notice";
import { usePlayer } from "../../../player/components/player-context";
import { questionsOf } from "../engine/model";
import type { Evaluation, Feedback } from "../queries";
import { evaluationQuery } from "../queries";
import { useTexts } from "../texts";
import { FeedbackForm } from "./feedback-form";
import classes from "./feedback.module.css";
import { momentOf } from "./moment";
import type { FeedbackDraft } from "./use-feedback-draft";
import { draftOf, newDraft } from "./use-feedback-draft";

interface FeedbackPaneProps {
  readonly evaluation: Evaluation;
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
  readonly draft: FeedbackDraft | null;
  readonly onDraft: (draft: FeedbackDraft | null) => void;
  readonly drawing: boolean;
  readonly onDrawing: (drawing: boolean) => void;
}

export function FeedbackPane({ evaluation, chosen, onChoose, draft, onDraft, drawing, onDrawing }: FeedbackPaneProps) {
  const t = useTexts();
  const player = usePlayer();
  const list = useRef<HTMLUListElement>(null);
  const maySave = evaluation.may.includes("save");
  const { feedback } = evaluation;
  useEffect(() => {
    if (chosen !== null) list.current?.querySelector(`[data-note="${CSS.escape(chosen)}"]`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <div className={classes["pane"]}>
      {feedback.length === 0 && draft === null && <p className={classes["quiet"]}>{t(maySave ? "feedback.none" : "feedback.noneRead")}</p>}
      {feedback.length > 0 && (
        <ul ref={list} className={classes["list"]} aria-label={t("feedback.title")}>
          {feedback.map((note) => (
            <Note
              key={note.id}
              note={note}
              evaluation={evaluation}
              isChosen={note.id === chosen}
              onGo={() => {
                onChoose(note.id);
                player.seek(note.start_ms);
              }}
              onEdit={
                maySave && draft === null
                  ? () => {
                      onDraft(draftOf(note));
                    }
                  : null
              }
            />
          ))}
        </ul>
      )}
      {maySave &&
        (draft === null ? (
          <Button
            className={classes["add"] ?? ""}
            variant="default"
            size="compact-md"
            leftSection={<IconPlus size={16} />}
            onClick={() => {
              onDraft(newDraft(Math.max(0, Math.round(player.positionMs))));
            }}
          >
            {t("feedback.add")}
          </Button>
        ) : (
          <FeedbackForm evaluation={evaluation} draft={draft} onDraft={onDraft} drawing={drawing} onDrawing={onDrawing} />
        ))}
    </div>
  );
}

interface NoteProps {
  readonly note: Feedback;
  readonly evaluation: Evaluation;
  readonly isChosen: boolean;
  readonly onGo: () => void;
  /** Null while it cannot be changed. */
  readonly onEdit: (() => void) | null;
}

function Note({ note, evaluation, isChosen, onGo, onEdit }: NoteProps) {
  const t = useTexts();
  const client = useQueryClient();
  const moment = momentOf(note);
  const question = questionsOf(evaluation.content).find(({ id }) => id === note.question_id);
  const remove = useMutation({
    mutationFn: () =>
      unwrap(
        api.DELETE("/api/v1/evaluations/{evaluation_id}/feedback/{feedback_id}", {
          params: { path: { evaluation_id: evaluation.id, feedback_id: note.id } },
        }),
      ),
    onSuccess: () => {
      client.setQueryData(evaluationQuery(evaluation.id).queryKey, (before) =>
        before === undefined ? before : { ...before, feedback: before.feedback.filter(({ id }) => id !== note.id) },
      );
    },
  });
  return (
    <li className={classes["note"]} data-note={note.id} data-chosen={isChosen} data-testid="feedback">
      <div className={classes["line"]}>
        <button type="button" className={`tabular ${classes["at"] ?? ""}`} aria-label={t("feedback.goTo", { at: moment })} onClick={onGo}>
          {moment}
        </button>
        {question !== undefined && <span className={classes["about"]}>{question.text}</span>}
        {note.rectangle && (
          <span className={classes["about"]} title={t("feedback.hasRectangle")}>
            <IconScreen size={14} />
            <span className="visually-hidden">{t("feedback.hasRectangle")}</span>
          </span>
        )}
        {onEdit !== null && (
          <span className={classes["tools"]}>
            <Tooltip label={t("common:action.edit")}>
              <ActionIcon size={24} variant="subtle" color="gray" aria-label={t("feedback.edit", { at: moment })} onClick={onEdit}>
                <IconEdit size={15} />
              </ActionIcon>
            </Tooltip>
            <Tooltip label={t("common:action.delete")}>
              <ActionIcon
                size={24}
                variant="subtle"
                color="gray"
                loading={remove.isPending}
                aria-label={t("feedback.remove", { at: moment })}
                onClick={() => {
                  remove.mutate();
                }}
              >
                <IconTrash size={15} />
              </ActionIcon>
            </Tooltip>
          </span>
        )}
      </div>
      <p className={classes["text"]}>{note.text}</p>
      {remove.isError && <ProblemNotice error={remove.error} />}
    </li>
  );
}
