/** An interaction that is being loaded, does not exist, was deleted, or is not for this person. */

import { Loader } from "@mantine/core";
import { Link } from "react-router";

import { problemOf } from "../../api/problem";
import { Empty } from "../../components/empty";
import { ProblemNotice } from "../../components/problem-notice";
import classes from "./activity-details.module.css";
import { useTexts } from "./texts";

/** The server says that it is not there, or not for this person. */
export function isGone(error: unknown): boolean {
  return error !== null && [403, 404].includes(problemOf(error).status);
}

export function Waiting() {
  const t = useTexts();
  return (
    <div className={classes["waiting"]} role="status" aria-label={t("common:loading")}>
      <Loader />
    </div>
  );
}

interface RefusedProps {
  readonly error: unknown;
  readonly onRetry: () => void;
  /** It could be seen a moment ago. */
  readonly wasThere: boolean;
}

export function Refused({ error, onRetry, wasThere }: RefusedProps) {
  const t = useTexts();
  const { status, hint } = problemOf(error);
  if (!isGone(error)) return <ProblemNotice error={error} onRetry={onRetry} />;
  const title = status === 403 ? t("refused.forbidden") : wasThere ? t("refused.deleted") : t("refused.missing");
  return (
    <Empty alone title={title}>
      <p>{status === 404 ? t(wasThere ? "refused.deletedText" : "refused.missingText") : (hint ?? t("refused.forbiddenText"))}</p>
      <Link to="/activities">{t("refused.toActivities")}</Link>
    </Empty>
  );
}
