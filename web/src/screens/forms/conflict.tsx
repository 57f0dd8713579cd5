/** Somebody else saved the form meanwhile: theirs can be looked at, and nothing is lost whichever way one goes. */

import { Button } from "@mantine/core";
import { useState } from "react";
import { flushSync } from "react-dom";
import { useNavigate } from "react-router";

import { Dialog } from "../../components/dialogs";
import parts from "../../components/parts.module.css";
import { Sheet } from "../evaluations/sheet/sheet";
import type { Form } from "./queries";
import { useTexts } from "./texts";
import type { FormEditing } from "./use-form";

interface ConflictProps {
  readonly form: Form;
  readonly theirs: Form;
  readonly editing: FormEditing;
}

export function Conflict({ form, theirs, editing }: ConflictProps) {
  const t = useTexts();
  const navigate = useNavigate();
  const [looking, setLooking] = useState(false);
  return (
    <div className={parts["conflict"]} role="alert" style={{ marginBottom: "1rem" }}>
      <strong>{t("conflict.title")}</strong>
      <div>{t("conflict.text")}</div>
      <div className={parts["actions"]}>
        <Button
          size="compact-md"
          variant="default"
          onClick={() => {
            setLooking(true);
          }}
        >
          {t("conflict.look")}
        </Button>
        <Button
          size="compact-md"
          loading={editing.copy.isPending}
          onClick={() => {
            editing.copy.mutate(t("copyOf", { name: editing.fields.name }).slice(0, 200), {
              onSuccess: ({ id }) => {
                flushSync(editing.takeTheirs);
                void navigate(`/forms/${id}`);
              },
            });
          }}
        >
          {t("conflict.copy")}
        </Button>
        <Button size="compact-md" variant="default" loading={editing.saving} onClick={editing.overwrite}>
          {t("conflict.overwrite")}
        </Button>
        <Button size="compact-md" variant="default" onClick={editing.takeTheirs}>
          {t("conflict.take")}
        </Button>
      </div>
      <Dialog
        opened={looking}
        size="lg"
        title={t("conflict.theirs", { name: theirs.name || form.name })}
        onClose={() => {
          setLooking(false);
        }}
      >
        <Sheet content={theirs.content} answers={{}} result={null} />
      </Dialog>
    </div>
  );
}
