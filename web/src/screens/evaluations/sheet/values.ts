/** Answers in words. */

import { formatNumber } from "../../../lib/format";
import type { Question } from "../engine/model";
import type { Answer, Choosable } from "../engine/model";
import type { Texts } from "../texts";

/** One thing that can be chosen: "Yes", "3 – friendly", an option's text. */
export function choiceText(question: Question, choice: Choosable, t: Texts): string {
  switch (question.kind) {
    case "yes_no":
      return choice === "yes" ? t("sheet.yes") : t("sheet.no");
    case "choice":
    case "multiple":
      return question.options.find((option) => option.id === choice)?.text ?? String(choice);
    case "scale":
    case "text":
      return typeof choice === "number" ? formatNumber(choice) : choice;
  }
}

export function answerText(question: Question, { value, na }: Pick<Answer, "value" | "na">, t: Texts): string {
  if (na) return t("sheet.na");
  if (value === null) return t("sheet.unanswered");
  if (Array.isArray(value)) return value.length === 0 ? t("sheet.noneChosen") : value.map((one) => choiceText(question, one, t)).join(", ");
  return choiceText(question, value, t);
}
