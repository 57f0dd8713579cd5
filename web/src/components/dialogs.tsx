/** Small dialogs: ask before something that cannot be taken back; show a secret, this once. */

import type { ButtonProps } from "@mantine/core";
import { Button, CopyButton, Modal } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { createContext, use, useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { giveFocusBack } from "./last-focus";
import classes from "./parts.module.css";
import { ProblemNotice } from "./problem-notice";

interface DialogProps {
  readonly opened: boolean;
  readonly title: string;
  readonly size?: string;
  /** What it shows is not shown again: only its buttons close it. */
  readonly holds?: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Tells a dialog how many lie over it. */
const Below = createContext<((more: 1 | -1) => void) | null>(null);

export function Dialog({ opened, title, size = "md", holds = false, onClose, children }: DialogProps) {
  const { t } = useTranslation();
  const below = use(Below);
  const [above, setAbove] = useState(0);
  const count = useCallback((more: 1 | -1) => {
    setAbove((before) => before + more);
  }, []);
  useEffect(() => {
    if (!opened || below === null) return undefined;
    below(1);
    return () => {
      // After the key that closed this one, which would close the one below too.
      setTimeout(below, 0, -1);
    };
  }, [opened, below]);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      onExitTransitionEnd={giveFocusBack}
      title={title}
      size={size}
      {...(below === null ? {} : { yOffset: "20dvh" })}
      closeOnEscape={!holds && above === 0}
      closeOnClickOutside={!holds && above === 0}
      classNames={{ content: classes["dialog"] ?? "" }}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <Below value={count}>{children}</Below>
    </Modal>
  );
}

interface ConfirmProps extends ButtonProps {
  /** Of the button that opens the dialog, and of the one in it. */
  readonly label: string;
  /** Read out instead of the label where several stand in a list. */
  readonly about?: string;
  readonly title: string;
  readonly text: ReactNode;
  readonly danger?: boolean;
  readonly act: () => Promise<unknown>;
}

export function ConfirmButton({ label, about, title, text, danger = true, act, ...button }: ConfirmProps) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const action = useMutation({
    mutationFn: act,
    onSuccess: () => {
      setAsking(false);
    },
  });
  return (
    <>
      <Button
        variant="default"
        size="compact-sm"
        {...button}
        {...(about === undefined ? {} : { "aria-label": about })}
        onClick={() => {
          action.reset();
          setAsking(true);
        }}
      >
        {label}
      </Button>
      <Dialog
        opened={asking}
        title={title}
        onClose={() => {
          setAsking(false);
        }}
      >
        <div className={classes["text"]}>{text}</div>
        {action.isError && <ProblemNotice error={action.error} />}
        <div className={classes["actions"]}>
          <Button
            {...(danger ? { color: "red" } : {})}
            loading={action.isPending}
            onClick={() => {
              action.mutate();
            }}
          >
            {label}
          </Button>
          <Button
            variant="default"
            data-autofocus
            onClick={() => {
              setAsking(false);
            }}
          >
            {t("action.cancel")}
          </Button>
        </div>
      </Dialog>
    </>
  );
}

/** Something that is shown once: to be copied now. */
export function Secret({ value, label, children }: { readonly value: string; readonly label: string; readonly children?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <>
      {children}
      <output className={classes["secret"]} aria-label={label}>
        {value}
      </output>
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Button variant="default" size="compact-md" onClick={copy}>
            {copied ? t("action.copied") : t("action.copy")}
          </Button>
        )}
      </CopyButton>
    </>
  );
}

interface SecretDialogProps {
  readonly value: string | null;
  readonly title: string;
  readonly label: string;
  readonly text: ReactNode;
  readonly onClose: () => void;
}

export function SecretDialog({ value, title, label, text, onClose }: SecretDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog opened={value !== null} onClose={onClose} title={title} size="lg" holds>
      <Secret value={value ?? ""} label={label}>
        <div className={classes["text"]}>{text}</div>
      </Secret>
      <div className={classes["actions"]}>
        <Button onClick={onClose}>{t("action.kept")}</Button>
      </div>
    </Dialog>
  );
}
