/** All that a question is made of, by its kind. */

import { Checkbox, Select, TextInput, Textarea } from "@mantine/core";

import { NumberField } from "../../components/number-field";
import type { FormContent, Question } from "../evaluations/engine/model";
import { KINDS, newId, newOption, withKind } from "./edit";
import type { Kind } from "./edit";
import classes from "./forms.module.css";
import { Options } from "./options";
import { Rules } from "./rules";
import { useTexts } from "./texts";

const LONGEST_LINE = 500;
const LONGEST_TEXT = 4000;
const MOST_WEIGHT = 1000;

export interface QuestionFieldsProps {
  readonly question: Question;
  readonly content: FormContent;
  readonly mayEdit: boolean;
  readonly onChange: (question: Question) => void;
}

export function QuestionFields({ question, content, mayEdit, onChange }: QuestionFieldsProps) {
  const t = useTexts();
  return (
    <fieldset className={classes["fields"]} disabled={!mayEdit}>
      <legend className="visually-hidden">{question.text || t("untitled")}</legend>
      <Textarea
        label={t("question.text")}
        autosize
        minRows={1}
        maxRows={5}
        maxLength={LONGEST_LINE}
        autoFocus={mayEdit && question.text === ""}
        value={question.text}
        onChange={(event) => {
          onChange({ ...question, text: event.currentTarget.value });
        }}
      />
      <div className={classes["row"]}>
        <Select
          label={t("question.kind")}
          data={KINDS.map((kind) => ({ value: kind, label: t(`kinds.${kind}`) }))}
          value={question.kind}
          allowDeselect={false}
          onChange={(kind) => {
            if (kind !== null) onChange(withKind(question, kind as Kind, () => newOption(newId())));
          }}
        />
        {question.kind !== "text" && (
          <NumberField
            label={t("weight")}
            w={100}
            min={0}
            max={MOST_WEIGHT}
            allowDecimal={false}
            empty={0}
            value={question.weight}
            onChange={(weight) => {
              onChange({ ...question, weight });
            }}
          />
        )}
        {question.kind === "yes_no" && (
          <Select
            label={t("question.good")}
            data={[
              { value: "yes", label: t("question.yes") },
              { value: "no", label: t("question.no") },
            ]}
            value={question.good}
            allowDeselect={false}
            onChange={(good) => {
              onChange({ ...question, good: good === "no" ? "no" : "yes" });
            }}
          />
        )}
        {question.kind === "scale" && <ScaleFields question={question} onChange={onChange} />}
      </div>
      {(question.kind === "choice" || question.kind === "multiple") && (
        <Options
          options={question.options}
          mayEdit={mayEdit}
          onChange={(options) => {
            onChange({ ...question, options });
          }}
        />
      )}
      <Textarea
        label={t("question.help")}
        description={t("question.helpText")}
        autosize
        minRows={1}
        maxRows={6}
        maxLength={LONGEST_TEXT}
        value={question.help}
        onChange={(event) => {
          onChange({ ...question, help: event.currentTarget.value });
        }}
      />
      <div className={classes["row"]}>
        <Checkbox
          label={t("question.na")}
          checked={question.na_allowed}
          onChange={(event) => {
            onChange({ ...question, na_allowed: event.currentTarget.checked });
          }}
        />
        {question.kind === "text" && (
          <Checkbox
            label={t("question.required")}
            checked={question.required}
            onChange={(event) => {
              onChange({ ...question, required: event.currentTarget.checked });
            }}
          />
        )}
      </div>
      <Rules question={question} content={content} onChange={onChange} />
    </fieldset>
  );
}

interface ScaleFieldsProps {
  readonly question: Extract<Question, { kind: "scale" }>;
  readonly onChange: (question: Question) => void;
}

function ScaleFields({ question, onChange }: ScaleFieldsProps) {
  const t = useTexts();
  return (
    <>
      <NumberField
        label={t("question.min")}
        w={90}
        min={-1000}
        max={1000}
        allowDecimal={false}
        value={question.min}
        onChange={(min) => {
          onChange({ ...question, min });
        }}
      />
      <NumberField
        label={t("question.max")}
        w={90}
        min={-1000}
        max={1000}
        allowDecimal={false}
        value={question.max}
        onChange={(max) => {
          onChange({ ...question, max });
        }}
      />
      <TextInput
        label={t("question.minLabel")}
        maxLength={LONGEST_LINE}
        value={question.min_label}
        onChange={(event) => {
          onChange({ ...question, min_label: event.currentTarget.value });
        }}
      />
      <TextInput
        label={t("question.maxLabel")}
        maxLength={LONGEST_LINE}
        value={question.max_label}
        onChange={(event) => {
          onChange({ ...question, max_label: event.currentTarget.value });
        }}
      />
    </>
  );
}
