/** When a question is asked, when it needs a comment, and which answers fail the section or the form. */

import { MultiSelect, Select } from "@mantine/core";

import type { Choosable, FormContent, Question } from "../evaluations/engine/model";
import { choosable } from "../evaluations/engine/model";
import { choiceText } from "../evaluations/sheet/values";
import { useTexts as useEvaluationTexts } from "../evaluations/texts";
import { earlierChoices } from "./edit";
import classes from "./forms.module.css";
import { useTexts } from "./texts";

interface RulesProps {
  readonly question: Question;
  readonly content: FormContent;
  readonly onChange: (question: Question) => void;
}

export function Rules({ question, content, onChange }: RulesProps) {
  const t = useTexts();
  const { comment, shown_when: condition } = question;
  const earlier = earlierChoices(content, question.id);
  const about = earlier.find(({ id }) => id === condition?.question_id);
  return (
    <>
      <div className={classes["row"]}>
        <Select
          label={t("rules.shown")}
          data={[{ value: "", label: t("rules.always") }, ...earlier.map(({ id, text }) => ({ value: id, label: t("rules.dependsOn", { question: text || t("untitled") }) }))]}
          value={condition === null ? "" : (about?.id ?? null)}
          placeholder={t("rules.gone")}
          allowDeselect={false}
          className={classes["grow"] ?? ""}
          onChange={(id) => {
            onChange({ ...question, shown_when: id === "" || id === null ? null : { question_id: id, answers: [] } });
          }}
        />
        {about !== undefined && condition !== null && (
          <Answers
            label={t("rules.whenAnswered")}
            question={about}
            value={condition.answers}
            onChange={(answers) => {
              onChange({ ...question, shown_when: { ...condition, answers } });
            }}
          />
        )}
      </div>
      <div className={classes["row"]}>
        <Select
          label={t("rules.comment")}
          data={(question.kind === "text" ? (["never", "always"] as const) : (["never", "always", "answers"] as const)).map((when) => ({
            value: when,
            label: t(`rules.commentWhen.${when}`),
          }))}
          value={comment.when}
          allowDeselect={false}
          onChange={(when) => {
            onChange({ ...question, comment: { when: when as Question["comment"]["when"], answers: when === "answers" ? comment.answers : [] } });
          }}
        />
        {comment.when === "answers" && (
          <Answers
            label={t("rules.onAnswers")}
            question={question}
            value={comment.answers}
            onChange={(answers) => {
              onChange({ ...question, comment: { ...comment, answers } });
            }}
          />
        )}
      </div>
      {question.kind !== "text" && (
        <div className={classes["row"]}>
          <Select
            label={t("rules.autoFail")}
            data={(["none", "section", "form"] as const).map((fails) => ({ value: fails, label: t(`rules.fails.${fails}`) }))}
            value={question.auto_fail?.fails ?? "none"}
            allowDeselect={false}
            onChange={(fails) => {
              const answers = question.auto_fail?.answers ?? [];
              onChange({ ...question, auto_fail: fails === "section" || fails === "form" ? { fails, answers } : null });
            }}
          />
          {question.auto_fail !== null && (
            <Answers
              label={t("rules.failOn")}
              question={question}
              value={question.auto_fail.answers}
              onChange={(answers) => {
                if (question.auto_fail !== null) onChange({ ...question, auto_fail: { ...question.auto_fail, answers } });
              }}
            />
          )}
        </div>
      )}
    </>
  );
}

interface AnswersProps {
  readonly label: string;
  readonly question: Question;
  readonly value: readonly Choosable[];
  readonly onChange: (answers: Choosable[]) => void;
}

function Answers({ label, question, value, onChange }: AnswersProps) {
  const t = useEvaluationTexts();
  const possible = choosable(question);
  return (
    <MultiSelect
      label={label}
      className={classes["grow"] ?? ""}
      data={possible.map((choice) => ({ value: String(choice), label: choiceText(question, choice, t) || String(choice) }))}
      value={value.map(String)}
      onChange={(chosen) => {
        onChange(possible.filter((choice) => chosen.includes(String(choice))));
      }}
    />
  );
}
