/** A command to be run elsewhere, ready to be copied. */

import { CopyButton, UnstyledButton } from "@mantine/core";

import classes from "./enrol.module.css";
import { useTexts } from "./texts";

export function Command({ text }: { readonly text: string }) {
  const t = useTexts();
  return (
    <div className={classes["command"]}>
      <code>{text}</code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <UnstyledButton className={classes["copy"] ?? ""} aria-label={t("enrol.copyOf", { command: text })} onClick={copy}>
            {copied ? t("enrol.copied") : t("enrol.copy")}
          </UnstyledButton>
        )}
      </CopyButton>
    </div>
  );
}
