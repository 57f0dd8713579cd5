/** The command that an agent's desktop is to run, and the place for the code that it then shows. */

import { Button, TextInput } from "@mantine/core";
import { useState } from "react";

import { Command } from "./command";
import classes from "./enrol.module.css";
import { formatUserCode, isUserCode } from "./health";
import { useTexts } from "./texts";

export function EnterCode({ onCode }: { readonly onCode: (code: string) => void }) {
  const t = useTexts();
  const [typed, setTyped] = useState("");
  return (
    <form
      className={classes["form"]}
      onSubmit={(event) => {
        event.preventDefault();
        if (isUserCode(typed)) onCode(typed);
      }}
    >
      <p>{t("enrol.run")}</p>
      <Command text={`deskreel recorder enroll --server ${window.location.origin}`} />
      <TextInput
        label={t("enrol.code")}
        description={t("enrol.codeText")}
        size="lg"
        classNames={{ input: classes["code"] ?? "" }}
        value={typed}
        onChange={(event) => {
          setTyped(formatUserCode(event.currentTarget.value));
        }}
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        autoFocus
      />
      <div className={classes["actions"]}>
        <Button type="submit" disabled={!isUserCode(typed)}>
          {t("enrol.continue")}
        </Button>
      </div>
    </form>
  );
}
