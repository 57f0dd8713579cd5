/** One call in progress, watched live. */

import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link, useParams } from "react-router";

import { problemOf } from "../../api/problem";
import { Empty } from "../../components/empty";
import { IconBack } from "../../components/icons";
import { useMay } from "../../components/use-may";
import { loadTexts } from "../../i18n";
import { CallFacts, WayFacts } from "./call-facts";
import classes from "./live.module.css";
import { liveCallQuery } from "./queries";
import { Stage } from "./stage";
import { useTexts } from "./texts";
import { useLive } from "./use-live";

const HAS_WAY: ReadonlySet<string> = new Set(["connecting", "live"]);

export function LivePage() {
  const { id = "" } = useParams();
  return <Watching key={id} id={id} />;
}

function Watching({ id }: { readonly id: string }) {
  const t = useTexts();
  const may = useMay();
  const live = useLive(id);
  const { phase, view, error } = live.snapshot;
  const [delayMs, setDelayMs] = useState<number | null>(null);
  const goesOn = view !== null && phase !== "failed" && phase !== "ended";
  const { data: call = null, refetch } = useQuery({ ...liveCallQuery(id), enabled: goesOn });
  // Each renewal of the view says that the call goes on; what was known last stays when it is over.
  useEffect(() => {
    if (goesOn) void refetch({ cancelRefetch: false });
  }, [view, goesOn, refetch]);
  useEffect(() => void loadTexts("player"), []); // the fall-back speaks with the player's words
  const interactionId = view?.interaction_id ?? call?.interaction_id ?? null;
  const name = view?.agent.name ?? call?.agent.name ?? null;
  const clockMs = call?.clockMs ?? 0;
  const title = name === null ? t("title") : t("page.title", { name });
  const { status, code, hint } = problemOf(error);
  if (phase === "failed" && (status === 404 || status === 403 || code === "not_live")) {
    return (
      <Empty alone title={problemOf(error).title}>
        <title>{`${t("title")} · Deskreel`}</title>
        <p>{hint ?? t("refused.text")}</p>
        <Link to="/live">{t("page.back")}</Link>
      </Empty>
    );
  }
  return (
    <>
      <title>{`${title} · Deskreel`}</title>
      <div className={classes["head"]}>
        <Link className="with-icon" to="/live">
          <IconBack size={16} />
          {t("page.back")}
        </Link>
        <h1>{title}</h1>
        <span className={classes["actions"]}>
          {phase !== "ended" && (
            <Button component="a" href={`/live/${id}`} target="_blank" rel="noopener" size="compact-sm" variant="default">
              {t("page.newTab")}
            </Button>
          )}
          {interactionId !== null && may("interactions.view") && (
            <Button component={Link} to={`/activities/${interactionId}`} size="compact-sm" variant="default">
              {t("page.details")}
            </Button>
          )}
        </span>
      </div>
      <div className={classes["page"]}>
        <Stage live={live} clockMs={clockMs} interactionId={interactionId} delayMs={delayMs} onDelay={setDelayMs} />
        <div className={classes["beside"]}>
          <CallFacts call={call} view={view} clockMs={clockMs} isOver={phase === "ended"} />
          {HAS_WAY.has(phase) && <WayFacts snapshot={live.snapshot} delayMs={delayMs} />}
        </div>
      </div>
    </>
  );
}
