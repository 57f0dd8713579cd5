/** A day to be typed or picked. While it is being typed, what is no day yet stays in the field and is not reported. */

import { TextInput } from "@mantine/core";
import { useState } from "react";

import { startOf } from "../lib/days";
import classes from "./day-field.module.css";

interface DayFieldProps {
  readonly label: string;
  /** As 2026-11-22; null for none. */
  readonly value: string | null;
  readonly onChange: (day: string | null) => void;
  readonly min?: string | null;
  readonly max?: string | null;
}

export function DayField({ label, value, onChange, min = null, max = null }: DayFieldProps) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <TextInput
      type="date"
      classNames={{ input: classes["day"] ?? "" }}
      label={label}
      value={typed ?? value ?? ""}
      {...(min === null ? {} : { min })}
      {...(max === null ? {} : { max })}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        if (text === "" || startOf(text) !== null) onChange(text === "" ? null : text);
      }}
      onBlur={() => {
        setTyped(null);
      }}
    />
  );
}
