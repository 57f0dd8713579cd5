/** A button that puts a text into the clipboard, and says so. */

import { Button, CopyButton } from "@mantine/core";
import { useTranslation } from "react-i18next";

export function CopyText({ label, value }: { readonly label: string; readonly value: string }) {
  const { t } = useTranslation();
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <Button variant="default" size="compact-sm" onClick={copy}>
          {copied ? t("action.copied") : label}
        </Button>
      )}
    </CopyButton>
  );
}
