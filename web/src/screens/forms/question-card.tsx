/** A question as it is built: one line while it is closed, all of it while it is open. */

import { ActionIcon, Badge, Button, Tooltip } from "@mantine/core";

import { IconDown, IconGrip, IconRight, IconTrash, IconUp } from "../../components/icons";
import type { Question } from "../evaluations/engine/model";
import { changeQuestion, duplicateQuestion, newId, removeQuestion } from "./edit";
import type { Bench } from "./editor";
import classes from "./forms.module.css";
import { QuestionFields } from "./question-fields";
import { useTexts } from "./texts";

interface QuestionCardProps {
  readonly question: Question;
  readonly bench: Bench;
  /** What is dragged would come before it. */
  readonly isOver: boolean;
}

export function QuestionCard({ question, bench, isOver }: QuestionCardProps) {
  const t = useTexts();
  const { mayEdit, content } = bench;
  const isOpen = bench.open === question.id;
  const faults = [...new Set(bench.problems.filter(({ question_id: id }) => id === question.id).map(({ code }) => code))];
  const name = question.text || t("untitled");
  const Arrow = isOpen ? IconDown : IconRight;
  return (
    <li className={classes["card"]} data-question-card={question.id} data-over={isOver} data-dragged={bench.dragged === question.id} data-testid="question-card">
      <div className={classes["cardHead"]}>
        {mayEdit && (
          <Tooltip label={t("question.moveHint")}>
            <button
              type="button"
              className={classes["grip"]}
              data-grip={question.id}
              draggable
              aria-label={t("question.moveOf", { name })}
              onDragStart={(event) => {
                event.dataTransfer.effectAllowed = "move";
                event.dataTransfer.setData("text/plain", question.id);
                const card = event.currentTarget.closest("li");
                if (card) event.dataTransfer.setDragImage(card, 12, 12);
                bench.setDragged(question.id);
              }}
              onDragEnd={() => {
                bench.setDragged(null);
              }}
              onKeyDown={(event) => {
                if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
                event.preventDefault();
                bench.move(question.id, event.key === "ArrowUp" ? -1 : 1);
              }}
            >
              <IconGrip size={16} />
            </button>
          </Tooltip>
        )}
        <button
          type="button"
          className={classes["opener"]}
          aria-expanded={isOpen}
          onClick={() => {
            bench.setOpen(isOpen ? null : question.id);
          }}
        >
          <Arrow size={16} />
          <span className={classes["questionText"]} data-empty={question.text === ""}>
            {name}
          </span>
        </button>
        <span className={classes["flags"]}>
          {question.shown_when !== null && <Flag text={t("flags.conditional")} />}
          {question.na_allowed && <Flag text={t("flags.na")} />}
          {question.kind !== "text" && question.auto_fail !== null && <Flag text={t("flags.autoFail")} />}
          {question.comment.when !== "never" && <Flag text={t("flags.comment")} />}
          <span className={classes["kind"]}>{t(`kinds.${question.kind}`)}</span>
          <span className={`tabular ${classes["kind"] ?? ""}`}>{question.kind === "text" ? "–" : t("weightOf", { weight: question.weight })}</span>
        </span>
      </div>
      {faults.map((code) => (
        <p key={code} className={classes["problem"]} role="alert">
          {t(`problems.${code}`)}
        </p>
      ))}
      {isOpen && (
        <div className={classes["cardBody"]}>
          <QuestionFields
            question={question}
            content={content}
            mayEdit={mayEdit}
            onChange={(next) => {
              bench.change(changeQuestion(content, next));
            }}
          />
          {mayEdit && (
            <div className={classes["cardFoot"]}>
              <Tooltip label={t("question.up")}>
                <ActionIcon variant="default" aria-label={t("question.up")} onClick={() => { bench.move(question.id, -1); }}>
                  <IconUp size={16} />
                </ActionIcon>
              </Tooltip>
              <Tooltip label={t("question.down")}>
                <ActionIcon variant="default" aria-label={t("question.down")} onClick={() => { bench.move(question.id, 1); }}>
                  <IconDown size={16} />
                </ActionIcon>
              </Tooltip>
              <Button
                size="compact-md"
                variant="default"
                onClick={() => {
                  const id = newId();
                  bench.change(duplicateQuestion(content, question.id, id));
                  bench.setOpen(id);
                }}
              >
                {t("question.duplicate")}
              </Button>
              <Button
                size="compact-md"
                variant="default"
                leftSection={<IconTrash size={15} />}
                onClick={() => {
                  bench.change(removeQuestion(content, question.id));
                }}
              >
                {t("question.remove")}
              </Button>
            </div>
          )}
        </div>
      )}
    </li>
  );
}

function Flag({ text }: { readonly text: string }) {
  return (
    <Badge size="xs" variant="default">
      {text}
    </Badge>
  );
}
