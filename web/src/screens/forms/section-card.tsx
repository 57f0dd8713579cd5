/** A section: its title and weight, its questions, and the way to another one. */

import { ActionIcon, Button, Menu, TextInput, Tooltip } from "@mantine/core";
import { useState } from "react";

import { IconDown, IconPlus, IconTrash, IconUp } from "../../components/icons";
import { NumberField } from "../../components/number-field";
import type { Section } from "../evaluations/engine/model";
import { KINDS, changeSection, moveSection, newId, newOption, newQuestion, removeSection, withQuestion } from "./edit";
import type { Bench } from "./editor";
import classes from "./forms.module.css";
import { QuestionCard } from "./question-card";
import { useTexts } from "./texts";

const LONGEST_LINE = 500;
const MOST_WEIGHT = 1000;

interface SectionCardProps {
  readonly section: Section;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly bench: Bench;
}

export function SectionCard({ section, isFirst, isLast, bench }: SectionCardProps) {
  const t = useTexts();
  const { content, mayEdit, dragged } = bench;
  const [over, setOver] = useState<number | null>(null);
  const faults = bench.problems.filter(({ section_id: at, question_id: question }) => at === section.id && question === null);
  const name = section.title || t("untitled");
  return (
    <section
      className={classes["section"]}
      aria-label={name}
      data-testid="section"
      onDragOver={(event) => {
        if (dragged === null) return;
        event.preventDefault();
        setOver(indexAt(event));
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(null);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setOver(null);
        if (dragged !== null) bench.drop(dragged, section.id, indexAt(event));
      }}
    >
      <div className={classes["sectionHead"]}>
        <TextInput
          label={t("section.title")}
          className={classes["grow"] ?? ""}
          maxLength={LONGEST_LINE}
          readOnly={!mayEdit}
          value={section.title}
          onChange={(event) => {
            bench.change(changeSection(content, section.id, { title: event.currentTarget.value }));
          }}
        />
        <NumberField
          label={t("weight")}
          w={100}
          min={0}
          max={MOST_WEIGHT}
          allowDecimal={false}
          empty={0}
          readOnly={!mayEdit}
          value={section.weight}
          onChange={(weight) => {
            bench.change(changeSection(content, section.id, { weight }));
          }}
        />
        {mayEdit && (
          <span className={classes["tools"]}>
            <Tooltip label={t("section.up")}>
              <ActionIcon variant="subtle" color="gray" disabled={isFirst} aria-label={t("section.upOf", { name })} onClick={() => { bench.change(moveSection(content, section.id, -1)); }}>
                <IconUp />
              </ActionIcon>
            </Tooltip>
            <Tooltip label={t("section.down")}>
              <ActionIcon variant="subtle" color="gray" disabled={isLast} aria-label={t("section.downOf", { name })} onClick={() => { bench.change(moveSection(content, section.id, 1)); }}>
                <IconDown />
              </ActionIcon>
            </Tooltip>
            <RemoveSection name={name} questions={section.questions.length} onRemove={() => { bench.change(removeSection(content, section.id)); }} />
          </span>
        )}
      </div>
      {faults.map(({ code }) => (
        <p key={code} className={classes["problem"]} role="alert">
          {t(`problems.${code}`)}
        </p>
      ))}
      <ul className={classes["questions"]} data-over={over !== null}>
        {section.questions.map((question, index) => (
          <QuestionCard key={question.id} question={question} bench={bench} isOver={over === index} />
        ))}
        {over !== null && over >= section.questions.length && <li className={classes["dropLine"]} aria-hidden="true" />}
      </ul>
      {mayEdit && (
        <Menu position="bottom-start">
          <Menu.Target>
            <Button size="compact-md" variant="default" leftSection={<IconPlus size={16} />}>
              {t("addQuestion")}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {KINDS.map((kind) => (
              <Menu.Item
                key={kind}
                onClick={() => {
                  const question = newQuestion(kind, newId(), () => newOption(newId()));
                  bench.change(withQuestion(content, section.id, question));
                  bench.setOpen(question.id);
                }}
              >
                {t(`kinds.${kind}`)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </section>
  );
}

/** Before which question a pointer is: the first whose middle is below it. */
function indexAt(event: React.DragEvent<HTMLElement>): number {
  const cards = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-question-card]")];
  const below = cards.findIndex((card) => {
    const { top, height } = card.getBoundingClientRect();
    return event.clientY < top + height / 2;
  });
  return below < 0 ? cards.length : below;
}

interface RemoveSectionProps {
  readonly name: string;
  readonly questions: number;
  readonly onRemove: () => void;
}

/** Asks first where questions go with it. */
function RemoveSection({ name, questions, onRemove }: RemoveSectionProps) {
  const t = useTexts();
  const [asking, setAsking] = useState(false);
  if (asking) {
    return (
      <>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => {
            setAsking(false);
          }}
        >
          {t("common:action.cancel")}
        </Button>
        <Button size="compact-sm" color="red" autoFocus onClick={onRemove}>
          {t("section.removeWith", { count: questions })}
        </Button>
      </>
    );
  }
  return (
    <Tooltip label={t("section.remove")}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={t("section.removeOf", { name })}
        onClick={() => {
          if (questions === 0) onRemove();
          else setAsking(true);
        }}
      >
        <IconTrash />
      </ActionIcon>
    </Tooltip>
  );
}
