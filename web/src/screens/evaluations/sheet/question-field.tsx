/** One question: its text, the ways to answer it, whether it applies, the comment, and what is missing. */

import { Button, Checkbox, Textarea } from "@mantine/core";
import { useId, useState } from "react";

import { IconComment, IconWarning } from "../../../components/icons";
import type { Answer, AnswerProblem, Question, QuestionScore } from "../engine/model";
import { LONGEST_TEXT, needsComment } from "../engine/model";
import { formatScore } from "../../../lib/format";
import { useTexts } from "../texts";
import { AnswerField } from "./answer-field";
import classes from "./sheet.module.css";
import { answerText } from "./values";

interface QuestionFieldProps {
  readonly question: Question;
  readonly answer: Answer;
  readonly score: QuestionScore | null;
  readonly problem: AnswerProblem | null;
  readonly notes: number;
  readonly onAnswer?: (answer: Answer) => void;
  readonly onNotes?: () => void;
}

export function QuestionField({ question, answer, score, problem, notes, onAnswer, onNotes }: QuestionFieldProps) {
  const t = useTexts();
  const id = useId();
  return (
    <div
      className={classes["question"]}
      data-question={question.id}
      data-problem={problem !== null}
      data-testid="question"
      role="group"
      aria-labelledby={`${id}-text`}
    >
      <div className={classes["questionHead"]}>
        <span id={`${id}-text`} className={classes["text"]}>
          {question.text || t("sheet.untitled")}
        </span>
        {score?.auto_failed === true && <span className={classes["failed"]}>{t("sheet.autoFailed")}</span>}
        {score?.score !== null && score !== null && <span className={`tabular ${classes["points"] ?? ""}`}>{formatScore(score.score)}</span>}
      </div>
      {question.help !== "" && <p className={classes["help"]}>{question.help}</p>}
      {onAnswer === undefined ? (
        <>
          <p className={classes["given"]} data-answered={answer.na || answer.value !== null}>
            {answerText(question, answer, t)}
          </p>
          {answer.comment !== "" && <p className={classes["comment"]}>{answer.comment}</p>}
        </>
      ) : (
        <Fields question={question} answer={answer} labelledBy={`${id}-text`} problem={problem} onAnswer={onAnswer} />
      )}
      {problem !== null && (
        <p className={classes["problem"]} role="alert">
          <IconWarning size={14} />
          {t(`sheet.problems.${problem.code}`)}
        </p>
      )}
      {notes > 0 && (
        <button type="button" className={classes["notes"]} onClick={onNotes}>
          {t("sheet.notes", { count: notes })}
        </button>
      )}
    </div>
  );
}

interface FieldsProps {
  readonly question: Question;
  readonly answer: Answer;
  readonly labelledBy: string;
  readonly problem: AnswerProblem | null;
  readonly onAnswer: (answer: Answer) => void;
}

function Fields({ question, answer, labelledBy, problem, onAnswer }: FieldsProps) {
  const t = useTexts();
  const [opened, setOpened] = useState(false);
  const wanted = needsComment(question, answer);
  const hasComment = opened || wanted || answer.comment !== "" || problem?.code === "comment_required";
  return (
    <>
      {!answer.na && (
        <AnswerField
          question={question}
          value={answer.value}
          labelledBy={labelledBy}
          onChange={(value) => {
            onAnswer({ ...answer, value });
          }}
        />
      )}
      <div className={classes["asides"]}>
        {question.na_allowed && (
          <Checkbox
            size="xs"
            label={t("sheet.na")}
            checked={answer.na}
            onChange={(event) => {
              onAnswer({ ...answer, na: event.currentTarget.checked });
            }}
          />
        )}
        {!hasComment && (
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            leftSection={<IconComment size={14} />}
            onClick={() => {
              setOpened(true);
            }}
          >
            {t("sheet.addComment")}
          </Button>
        )}
      </div>
      {hasComment && (
        <Textarea
          size="sm"
          aria-label={t("sheet.commentTo", { question: question.text })}
          placeholder={t(wanted ? "sheet.commentNeeded" : "sheet.comment")}
          autosize
          minRows={1}
          maxRows={8}
          maxLength={LONGEST_TEXT}
          autoFocus={opened}
          value={answer.comment}
          required={wanted}
          onChange={(event) => {
            onAnswer({ ...answer, comment: event.currentTarget.value });
          }}
        />
      )}
    </>
  );
}
