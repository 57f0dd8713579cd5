/** A form being built: its name, its sections and their questions. Questions move by dragging or by arrow keys on the handle. */

import { Button, TextInput, Textarea } from "@mantine/core";
import { useEffect, useRef, useState } from "react";

import { IconPlus } from "../../components/icons";
import type { FormContent } from "../evaluations/engine/model";
import { questionsOf } from "../evaluations/engine/model";
import { moveQuestion, newId, newSection, placeQuestion, withSection } from "./edit";
import classes from "./forms.module.css";
import type { FormProblem } from "./queries";
import { SectionCard } from "./section-card";
import { useTexts } from "./texts";
import type { FormFields } from "./use-form";

const LONGEST_NAME = 200;
const LONGEST_TEXT = 4000;

interface EditorProps {
  readonly fields: FormFields;
  readonly problems: readonly FormProblem[];
  readonly mayEdit: boolean;
  readonly onChange: (more: Partial<FormFields>) => void;
}

/** What sections and questions share while they are edited. */
export interface Bench {
  readonly content: FormContent;
  readonly problems: readonly FormProblem[];
  readonly mayEdit: boolean;
  /** The question that is open, by id. */
  readonly open: string | null;
  readonly dragged: string | null;
  change(content: FormContent): void;
  setOpen(id: string | null): void;
  setDragged(id: string | null): void;
  /** By the keyboard: it keeps the focus and says where it is now. */
  move(id: string, by: -1 | 1): void;
  drop(id: string, sectionId: string, index: number): void;
}

export function Editor({ fields, problems, mayEdit, onChange }: EditorProps) {
  const t = useTexts();
  const root = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<string | null>(null);
  const [dragged, setDragged] = useState<string | null>(null);
  const [moved, setMoved] = useState<{ readonly id: string; readonly place: number } | null>(null);
  const { content } = fields;
  useEffect(() => {
    if (moved !== null) root.current?.querySelector<HTMLElement>(`[data-grip="${CSS.escape(moved.id)}"]`)?.focus();
  }, [moved]);
  const change = (next: FormContent) => {
    onChange({ content: next });
  };
  const bench: Bench = {
    content,
    problems,
    mayEdit,
    open,
    dragged,
    change,
    setOpen,
    setDragged,
    move: (id, by) => {
      const next = moveQuestion(content, id, by);
      change(next);
      setMoved({ id, place: questionsOf(next).findIndex((question) => question.id === id) + 1 });
    },
    drop: (id, sectionId, index) => {
      change(placeQuestion(content, id, sectionId, index));
      setDragged(null);
    },
  };
  const general = problems.filter(({ section_id: section }) => section === null);
  return (
    <div className={classes["editor"]} ref={root}>
      <div className={classes["names"]}>
        <TextInput
          label={t("name")}
          maxLength={LONGEST_NAME}
          readOnly={!mayEdit}
          value={fields.name}
          error={fields.name.trim() === "" ? t("nameMissing") : null}
          onChange={(event) => {
            onChange({ name: event.currentTarget.value });
          }}
        />
        <Textarea
          label={t("description")}
          autosize
          minRows={1}
          maxRows={6}
          maxLength={LONGEST_TEXT}
          readOnly={!mayEdit}
          value={fields.description}
          onChange={(event) => {
            onChange({ description: event.currentTarget.value });
          }}
        />
      </div>
      {general.map(({ code }) => (
        <p key={code} className={classes["problem"]} role="alert">
          {t(`problems.${code}`)}
        </p>
      ))}
      {content.sections.map((section, index) => (
        <SectionCard key={section.id} section={section} isFirst={index === 0} isLast={index === content.sections.length - 1} bench={bench} />
      ))}
      {mayEdit && (
        <Button
          variant="default"
          className={classes["addSection"] ?? ""}
          leftSection={<IconPlus size={16} />}
          onClick={() => {
            change(withSection(content, newSection(newId(), t("newSection"))));
          }}
        >
          {t("addSection")}
        </Button>
      )}
      <span className="visually-hidden" role="status">
        {moved !== null && t("moved", { place: moved.place, count: questionsOf(content).length })}
      </span>
    </div>
  );
}
