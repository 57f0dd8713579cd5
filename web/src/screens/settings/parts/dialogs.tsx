/** Small dialogs: ask before something that cannot be taken back; show a secret, this once. */

import type { ButtonProps } from "@mantine/core";
import { Button, CopyButton, Modal } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useState } from "react";

import { ProblemNotice } from "../../../components/problem-notice";
import { useTexts } from "../texts";
import classes from "./parts.module.css";

interface DialogProps {
  readonly opened: boolean;
  readonly title: string;
  readonly size?: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function Dialog({ opened, title, size = "md", onClose, children }: DialogProps) {
  const t = useTexts();
  return (
    <Modal opened={opened} onClose={onClose} title={title} size={size} classNames={{ content: classes["dialog"] ?? "" }} closeButtonProps={{ "aria-label": t("common:action.close") }}>
      {children}
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
  const t = useTexts();
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
            {t("common:action.cancel")}
          </Button>
        </div>
      </Dialog>
    </>
  );
}

/** Something that is shown once: to be copied now. */
export function Secret({ value, label, children }: { readonly value: string; readonly label: string; readonly children?: ReactNode }) {
  const t = useTexts();
  return (
    <>
      {children}
      <output className={classes["secret"]} aria-label={label}>
        {value}
      </output>
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Button variant="default" size="compact-md" onClick={copy}>
            {copied ? t("copied") : t("copy")}
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
  const t = useTexts();
  return (
    <Modal
      opened={value !== null}
      onClose={onClose}
      title={title}
      size="lg"
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
    >
      <Secret value={value ?? ""} label={label}>
        <div className={classes["text"]}>{text}</div>
      </Secret>
      <div className={classes["actions"]}>
        <Button onClick={onClose}>{t("secretDone")}</Button>
      </div>
    </Modal>
  );
}
