/** A text to search by, told once typing rests; what it was told from elsewhere (the address, the way back) is shown. */

import { TextInput } from "@mantine/core";
import type { TextInputProps } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";
import type { Ref } from "react";

const TYPING_MS = 300;

interface SearchFieldProps extends Omit<TextInputProps, "value" | "onChange" | "type"> {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly ref?: Ref<HTMLInputElement>;
}

export function SearchField({ text, onText, ...props }: SearchFieldProps) {
  const [typed, setTyped] = useState(text);
  const [known, setKnown] = useState(text);
  if (text !== known) {
    setKnown(text);
    if (text !== typed) setTyped(text);
  }
  const tell = useDebouncedCallback(onText, TYPING_MS);
  return (
    <TextInput
      {...props}
      type="search"
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        tell(event.currentTarget.value);
      }}
    />
  );
}
