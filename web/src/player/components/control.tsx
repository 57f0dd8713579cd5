/** A button of the bar: its name, its key, and whether it is on. */

import { ActionIcon, Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface ControlProps {
  readonly label: string;
  readonly keys?: string;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

export function Control({ label, keys, pressed, disabled, onClick, children }: ControlProps) {
  const { t } = useTranslation("player");
  return (
    <Tooltip label={keys === undefined ? label : t("keyHint", { label, keys })}>
      <ActionIcon
        size={32}
        variant={pressed ? "light" : "subtle"}
        color={pressed ? "reel" : "gray"}
        aria-label={label}
        {...(pressed === undefined ? {} : { "aria-pressed": pressed })}
        disabled={disabled === true}
        onClick={onClick}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
