/** Two windows answered the same question: both answers, and a choice for each. Nothing is saved until it is made. */

import { Button, Radio } from "@mantine/core";
import { useState } from "react";

import type { DraftView } from "../engine/draft-keeper";
import type { Content, Side } from "../engine/merge";
import { COMMENT } from "../engine/merge";
import type { FormContent } from "../engine/model";
import { answerTo, questionsOf } from "../engine/model";
import { answerText } from "../sheet/values";
import type { Texts } from "../texts";
import { useTexts } from "../texts";
import classes from "./work.module.css";

interface ClashProps {
  readonly form: FormContent;
  readonly view: DraftView;
  readonly onChoose: (sides: ReadonlyMap<string, Side>) => void;
}

export function Clash({ form, view, onChoose }: ClashProps) {
  const t = useTexts();
  const [sides, setSides] = useState<ReadonlyMap<string, Side>>(new Map());
  const { theirs, content, clashes } = view;
  if (theirs === null) return null;
  return (
    <section className={classes["clash"]} role="alert" aria-label={t("clash.title")}>
      <strong>{t("clash.title")}</strong>
      <p>{t("clash.text")}</p>
      {clashes.map((key) => (
        <Radio.Group
          key={key}
          label={key === COMMENT ? t("sheet.overall") : (questionsOf(form).find(({ id }) => id === key)?.text ?? key)}
          value={sides.get(key) ?? "mine"}
          onChange={(side) => {
            setSides(new Map([...sides, [key, side as Side]]));
          }}
        >
          <Radio mt="xs" size="sm" value="mine" label={t("clash.mine", { answer: textOf(form, content, key, t) })} />
          <Radio mt="xs" size="sm" value="theirs" label={t("clash.theirs", { answer: textOf(form, theirs.content, key, t) })} />
        </Radio.Group>
      ))}
      <Button
        size="compact-md"
        onClick={() => {
          onChoose(sides);
        }}
      >
        {t("clash.save")}
      </Button>
    </section>
  );
}

function textOf(form: FormContent, content: Content, key: string, t: Texts): string {
  if (key === COMMENT) return content.comment || t("sheet.unanswered");
  const question = questionsOf(form).find(({ id }) => id === key);
  const answer = answerTo(content.answers, key);
  const text = question === undefined ? String(answer.value ?? "") : answerText(question, answer, t);
  return answer.comment === "" ? text : `${text} (${answer.comment})`;
}
