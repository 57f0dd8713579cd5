/** The form as an evaluator sees it, scored by the server, also before it is saved. Nothing is kept. */

import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Empty } from "../../components/empty";
import type { Answers, FormContent } from "../evaluations/engine/model";
import { Sheet, Total } from "../evaluations/sheet/sheet";
import { useScorePreview } from "../evaluations/sheet/use-score";
import classes from "./forms.module.css";
import type { Form } from "./queries";
import { useTexts } from "./texts";

export function Preview({ form, content }: { readonly form: Form; readonly content: FormContent }) {
  const t = useTexts();
  const [answers, setAnswers] = useState<Answers>({});
  const known = new Set(content.sections.flatMap((section) => section.questions.map(({ id }) => id)));
  const valid = Object.fromEntries(Object.entries(answers).filter(([id]) => known.has(id)));
  const score = useQuery(useScorePreview(form.id, { answers: valid, content }));
  if (known.size === 0) return <Empty title={t("preview.none")} />;
  return (
    <div className={classes["preview"]}>
      <div className={classes["previewHead"]}>
        <Total result={score.data?.score ?? null} error={score.error} />
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          onClick={() => {
            setAnswers({});
          }}
        >
          {t("preview.clear")}
        </Button>
      </div>
      <Sheet
        content={content}
        answers={answers}
        result={score.data?.score ?? null}
        onAnswer={(question, answer) => {
          setAnswers({ ...answers, [question]: answer });
        }}
      />
    </div>
  );
}
