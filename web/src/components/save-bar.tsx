/** What is not saved yet, and the ways on: save, discard; and a guard against leaving it behind. */

import { Button, Modal } from "@mantine/core";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useBlocker } from "react-router";

import type { Values } from "./changes";
import classes from "./parts.module.css";
import { ProblemNotice } from "./problem-notice";
import type { Versioned } from "./use-versioned";

interface SaveBarProps {
  readonly form: Pick<Versioned<Values>, "dirty" | "conflict" | "saving" | "saved" | "error" | "discard" | "save" | "changes">;
  /** Something that cannot be saved is still in the form. */
  readonly blocked?: boolean;
}

export function SaveBar({ form, blocked = false }: SaveBarProps) {
  const { t } = useTranslation();
  const count = Object.keys(form.changes).length;
  return (
    <>
      <UnsavedGuard dirty={form.dirty} />
      <section className={classes["saveBar"]} data-dirty={form.dirty} aria-label={t("save.label")}>
        {form.error !== null && <ProblemNotice error={form.error} />}
        {form.conflict && (
          <div className={classes["conflict"]} role="alert">
            <strong>{t("save.conflict")}</strong>
            <div>{t("save.conflictHint")}</div>
          </div>
        )}
        <div className={classes["saveRow"]}>
          <span role="status">
            {form.dirty ? t("save.unsaved", { count }) : form.saved ? t("save.saved") : ""}
          </span>
          <Button variant="default" disabled={!form.dirty || form.saving} onClick={form.discard}>
            {t("save.discard")}
          </Button>
          <Button disabled={!form.dirty || blocked} loading={form.saving} onClick={form.save}>
            {t("action.save")}
          </Button>
        </div>
      </section>
    </>
  );
}

/** Asks before a page with changes is left. */
export function UnsavedGuard({ dirty }: { readonly dirty: boolean }) {
  const { t } = useTranslation();
  // The search too: on some pages it says what is being edited.
  const blocker = useBlocker(
    ({ currentLocation: here, nextLocation: there }) => dirty && (here.pathname !== there.pathname || here.search !== there.search),
  );
  useEffect(() => {
    if (!dirty) return undefined;
    const ask = (event: BeforeUnloadEvent) => {
      event.preventDefault();
    };
    window.addEventListener("beforeunload", ask);
    return () => {
      window.removeEventListener("beforeunload", ask);
    };
  }, [dirty]);
  return (
    <Modal
      opened={blocker.state === "blocked"}
      onClose={() => blocker.reset?.()}
      title={t("save.leaveTitle")}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <p className={classes["text"]}>{t("save.leaveText")}</p>
      <div className={classes["actions"]}>
        <Button data-autofocus onClick={() => blocker.reset?.()}>
          {t("save.stay")}
        </Button>
        <Button variant="default" onClick={() => blocker.proceed?.()}>
          {t("save.leave")}
        </Button>
      </div>
    </Modal>
  );
}
