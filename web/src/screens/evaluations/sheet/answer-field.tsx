/** How a question is answered, by its kind. Radio buttons and checkboxes, so that arrows and space work as everywhere. */

import { Checkbox, Radio, Textarea } from "@mantine/core";

import type { Answer, Question } from "../engine/model";
import { choosable } from "../engine/model";
import { useTexts } from "../texts";
import classes from "./sheet.module.css";
import { choiceText } from "./values";

type Value = Answer["value"];

interface AnswerFieldProps {
  readonly question: Question;
  readonly value: Value;
  readonly labelledBy: string;
  readonly onChange: (value: Value) => void;
}

export const LONGEST_WORDS = 10_000;

export function AnswerField({ question, value, labelledBy, onChange }: AnswerFieldProps) {
  const t = useTexts();
  switch (question.kind) {
    case "text":
      return (
        <Textarea
          aria-labelledby={labelledBy}
          autosize
          minRows={2}
          maxRows={12}
          maxLength={LONGEST_WORDS}
          value={typeof value === "string" ? value : ""}
          onChange={(event) => {
            onChange(event.currentTarget.value === "" ? null : event.currentTarget.value);
          }}
        />
      );
    case "multiple":
      return (
        <div className={classes["choices"]} data-column="true">
          <Checkbox.Group
            aria-labelledby={labelledBy}
            value={Array.isArray(value) ? value : []}
            onChange={(chosen) => {
              // In the order of the form, so that the same choice is the same answer.
              onChange(question.options.map((option) => option.id).filter((id) => chosen.includes(id)));
            }}
          >
            <div className={classes["choices"]} data-column="true">
              {question.options.map((option) => (
                <Checkbox key={option.id} size="sm" value={option.id} label={option.text} />
              ))}
            </div>
          </Checkbox.Group>
          <Checkbox
            size="sm"
            label={t("sheet.noneChosen")}
            checked={Array.isArray(value) && value.length === 0}
            onChange={(event) => {
              onChange(event.currentTarget.checked ? [] : null);
            }}
          />
        </div>
      );
    case "yes_no":
    case "scale":
    case "choice": {
      const choices = choosable(question);
      const isScale = question.kind === "scale";
      return (
        <Radio.Group
          aria-labelledby={labelledBy}
          value={value === null || Array.isArray(value) ? "" : String(value)}
          onChange={(chosen) => {
            onChange(choices.find((one) => String(one) === chosen) ?? null);
          }}
        >
          <div className={classes["choices"]} data-column={question.kind === "choice"}>
            {isScale && question.min_label !== "" && <span className={classes["end"]}>{question.min_label}</span>}
            {choices.map((one) => (
              <Radio key={one} size="sm" value={String(one)} label={choiceText(question, one, t)} />
            ))}
            {isScale && question.max_label !== "" && <span className={classes["end"]}>{question.max_label}</span>}
          </div>
        </Radio.Group>
      );
    }
  }
}
