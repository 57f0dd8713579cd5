/** One way to say that something went wrong: what, the server's hint, and a way on. */

import { Button } from "@mantine/core";

import { problemOf } from "../api/problem";
import { IconWarning } from "./icons";
import classes from "./problem-notice.module.css";

interface ProblemNoticeProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
}

export function ProblemNotice({ error, onRetry }: ProblemNoticeProps) {
  const problem = problemOf(error);
  const detail = problem.status === 0 || problem.detail === problem.title ? "" : problem.detail;
  return (
    <div className={classes["notice"]} role="alert">
      <IconWarning />
      <div>
        <strong>{problem.title}</strong>
      {detail && <div>{detail}</div>}
      {problem.hint && <div>{problem.hint}</div>}
      {onRetry && (
        <Button size="compact-sm" variant="default" mt="sm" onClick={onRetry}>
          Try again
        </Button>
      )}
      </div>
    </div>
  );
}
