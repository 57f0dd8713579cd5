/** A form being filled in, or read: for evaluating, for a second look at a dispute, and for a preview. */

import { Badge } from "@mantine/core";
import { useMemo } from "react";

import { ProblemNotice } from "../../../components/problem-notice";
import type { Answer, AnswerProblem, Answers, FormContent, QuestionScore, Score } from "../engine/model";
import { answerTo, shownQuestions } from "../engine/model";
import { formatScore } from "../../../lib/format";
import { useTexts } from "../texts";
import { QuestionField } from "./question-field";
import classes from "./sheet.module.css";

interface SheetProps {
  readonly content: FormContent;
  readonly answers: Answers;
  /** Of what is answered so far; null while it is not known. */
  readonly result: Score | null;
  /** What is missing, shown at its question; none as long as nobody asked to publish. */
  readonly problems?: readonly AnswerProblem[];
  /** Without it the form is for reading. */
  readonly onAnswer?: (questionId: string, answer: Answer) => void;
  /** How many notes on the timeline speak to a question, and the way to them. */
  readonly notes?: ReadonlyMap<string, number>;
  readonly onNotes?: (questionId: string) => void;
}

export function Sheet({ content, answers, result, problems = NONE, onAnswer, notes, onNotes }: SheetProps) {
  const t = useTexts();
  const shown = useMemo(() => shownQuestions(content, answers), [content, answers]);
  const scores = useMemo(() => new Map<string, QuestionScore>(result?.questions.map((one) => [one.question_id, one])), [result]);
  return (
    <div className={classes["sheet"]}>
      {content.sections.map((section) => {
        const score = result?.sections.find((one) => one.section_id === section.id);
        const questions = section.questions.filter((question) => shown.has(question.id));
        if (questions.length === 0) return null;
        return (
          <section key={section.id} aria-label={section.title} className={classes["section"]}>
            <div className={classes["sectionHead"]}>
              <h2>{section.title || t("sheet.untitled")}</h2>
              {score?.failed === true && (
                <Badge color="red" variant="light" size="sm">
                  {t("sheet.sectionFailed")}
                </Badge>
              )}
              <span className="tabular" title={t("sheet.sectionScore")}>
                {score?.score === null || score === undefined ? "–" : formatScore(score.score)}
              </span>
            </div>
            {questions.map((question) => (
              <QuestionField
                key={question.id}
                question={question}
                answer={answerTo(answers, question.id)}
                score={scores.get(question.id) ?? null}
                problem={problems.find((one) => one.question_id === question.id) ?? null}
                notes={notes?.get(question.id) ?? 0}
                {...(onAnswer === undefined
                  ? {}
                  : {
                      onAnswer: (answer: Answer) => {
                        onAnswer(question.id, answer);
                      },
                    })}
                {...(onNotes === undefined
                  ? {}
                  : {
                      onNotes: () => {
                        onNotes(question.id);
                      },
                    })}
              />
            ))}
          </section>
        );
      })}
    </div>
  );
}

const NONE: readonly AnswerProblem[] = [];

/** The score of the whole form, large; and that an answer failed it. */
export function Total({ result, error }: { readonly result: Score | null; readonly error?: unknown }) {
  const t = useTexts();
  return (
    <div className={classes["total"]}>
      <span>{t("sheet.score")}</span>
      <strong className="tabular" data-testid="total">
        {result?.total === null || result === null ? "–" : formatScore(result.total)}
      </strong>
      {result?.failed === true && (
        <Badge color="red" variant="light">
          {t("failed")}
        </Badge>
      )}
      {error !== undefined && error !== null && <ProblemNotice error={error} />}
    </div>
  );
}
