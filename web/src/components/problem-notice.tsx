/** One way to say that something went wrong: what, the server's hint, and a way on. */

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { problemOf, UNNAMED, UNREACHABLE } from "../api/problem";
import { IconWarning } from "./icons";
import classes from "./problem-notice.module.css";

interface ProblemNoticeProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
}

export function ProblemNotice({ error, onRetry }: ProblemNoticeProps) {
  const { t } = useTranslation();
  const { title, detail, hint } = useProblem(error);
  return (
    <div className={classes["notice"]} role="alert">
      <IconWarning />
      <div>
        <strong>{title}</strong>
        {detail && <div>{detail}</div>}
        {hint && <div>{hint}</div>}
        {onRetry && (
          <Button size="compact-sm" variant="default" mt="sm" onClick={onRetry}>
            {t("action.retry")}
          </Button>
        )}
      </div>
    </div>
  );
}

/** What to tell of an error: the server's words, or ours in the reader's language where no server spoke. */
export function useProblem(error: unknown): { readonly title: string; readonly detail: string; readonly hint: string | null } {
  const { t } = useTranslation();
  const { code, status, title, detail, hint, retryable } = problemOf(error);
  if (code === UNREACHABLE) return { title: t("problem.unreachable.title"), detail: "", hint: t("problem.unreachable.hint") };
  if (code.startsWith(UNNAMED)) {
    return { title: t("problem.unnamed.title", { status }), detail, hint: retryable ? t("problem.unnamed.hint") : hint };
  }
  return { title, detail: detail === title ? "" : detail, hint };
}
