/** A number to be typed. What is none yet ("", "-", "0.") stays in the field while it is written, and is not reported. */

import type { NumberInputProps } from "@mantine/core";
import { NumberInput } from "@mantine/core";
import { useState } from "react";

interface NumberFieldProps<T extends number | null> extends Omit<NumberInputProps, "value" | "onChange" | "onBlur" | "min" | "max"> {
  readonly value: T;
  readonly min: number;
  readonly max: number;
  /** What an empty field means; without it, what was there before comes back. */
  readonly empty?: T;
  readonly onChange: (value: number | T) => void;
}

export function NumberField<T extends number | null = number>({ value, min, max, empty, onChange, ...props }: NumberFieldProps<T>) {
  const [typed, setTyped] = useState<number | string | null>(null);
  const clamped = (one: number) => Math.max(min, Math.min(max, one));
  const isTheValue = typeof typed === "number" ? clamped(typed) === value : typed !== null;
  return (
    <NumberInput
      {...props}
      min={min}
      max={max}
      clampBehavior="none" // done here, so that what is saved by Enter is what may be
      value={(isTheValue ? typed : value) ?? ""}
      onChange={(next) => {
        setTyped(next);
        if (typeof next === "number") onChange(clamped(next));
        else if (next === "" && empty !== undefined) onChange(empty);
      }}
      onBlur={() => {
        setTyped(null);
      }}
    />
  );
}
