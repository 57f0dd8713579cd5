/** What can be chosen, with its points, in the order in which it is offered. */

import { ActionIcon, Button, TextInput } from "@mantine/core";

import { IconDown, IconPlus, IconTrash, IconUp } from "../../components/icons";
import { NumberField } from "../../components/number-field";
import type { Option } from "../evaluations/engine/model";
import { newId, newOption } from "./edit";
import classes from "./forms.module.css";
import { useTexts } from "./texts";

const LONGEST_LINE = 500;
const MOST_POINTS = 1000;
const MOST_OPTIONS = 100;

interface OptionsProps {
  readonly options: readonly Option[];
  readonly mayEdit: boolean;
  readonly onChange: (options: Option[]) => void;
}

export function Options({ options, mayEdit, onChange }: OptionsProps) {
  const t = useTexts();
  const change = (id: string, more: Partial<Option>) => {
    onChange(options.map((option) => (option.id === id ? { ...option, ...more } : option)));
  };
  const move = (index: number, by: -1 | 1) => {
    const next = [...options];
    const [taken] = next.splice(index, 1);
    if (taken !== undefined) next.splice(index + by, 0, taken);
    onChange(next);
  };
  return (
    <div className={classes["options"]} role="group" aria-label={t("option.title")}>
      <span className={classes["optionsTitle"]}>{t("option.title")}</span>
      {options.map((option, index) => {
        const number = index + 1;
        return (
          <div key={option.id} className={classes["option"]}>
            <TextInput
              className={classes["grow"] ?? ""}
              aria-label={t("option.text", { number })}
              placeholder={t("option.text", { number })}
              maxLength={LONGEST_LINE}
              value={option.text}
              onChange={(event) => {
                change(option.id, { text: event.currentTarget.value });
              }}
            />
            <NumberField
              w={90}
              aria-label={t("option.points", { number })}
              title={t("option.points", { number })}
              min={0}
              max={MOST_POINTS}
              allowDecimal={false}
              empty={0}
              value={option.points}
              onChange={(points) => {
                change(option.id, { points });
              }}
            />
            {mayEdit && (
              <>
                <ActionIcon variant="subtle" color="gray" disabled={index === 0} aria-label={t("option.up", { number })} onClick={() => { move(index, -1); }}>
                  <IconUp size={16} />
                </ActionIcon>
                <ActionIcon variant="subtle" color="gray" disabled={index === options.length - 1} aria-label={t("option.down", { number })} onClick={() => { move(index, 1); }}>
                  <IconDown size={16} />
                </ActionIcon>
                <ActionIcon variant="subtle" color="gray" aria-label={t("option.remove", { number })} onClick={() => { onChange(options.filter(({ id }) => id !== option.id)); }}>
                  <IconTrash size={16} />
                </ActionIcon>
              </>
            )}
          </div>
        );
      })}
      {mayEdit && options.length < MOST_OPTIONS && (
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<IconPlus size={15} />}
          onClick={() => {
            onChange([...options, newOption(newId())]);
          }}
        >
          {t("option.add")}
        </Button>
      )}
    </div>
  );
}
