/** One interaction: the player, its facts, what the screen recording holds and lacks, and what happened. */

import { Loader } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Suspense, lazy, useCallback } from "react";
import { Link, useParams } from "react-router";

import type { InteractionDetails } from "../../api/client";
import type { DetailsAt } from "../../api/queries";
import { problemOf } from "../../api/problem";
import { detailsQuery } from "../../api/queries";
import { Empty } from "../../components/empty";
import { IconLeft } from "../../components/icons";
import { Direction, StateBadge, agentNames } from "../../components/interaction-bits";
import { ProblemNotice } from "../../components/problem-notice";
import { formatMoment } from "../../lib/format";
import classes from "./activity-details.module.css";
import { EventList, Facts, RecordingFacts } from "./activity-facts";

const Player = lazy(() => import("../../player/components/player"));

export function ActivityDetails() {
  const { id = "" } = useParams();
  const query = useQuery(detailsQuery(id));
  const client = useQueryClient();
  const refresh = useCallback(
    async () => (await client.fetchQuery({ ...detailsQuery(id), staleTime: 0 })).details,
    [client, id],
  );
  if (query.isPending) return <Waiting />;
  if (!query.data) return <Refused error={query.error} onRetry={() => void query.refetch()} />;
  return <Loaded key={id} at={query.data} refresh={refresh} />;
}

interface LoadedProps {
  readonly at: DetailsAt;
  readonly refresh: () => Promise<InteractionDetails>;
}

function Loaded({ at: { details, serverNow }, refresh }: LoadedProps) {
  const names = agentNames(details);
  return (
    <>
      <title>{`${names} · Deskreel`}</title>
      <div className={classes["head"]}>
        <Link to="/activities" className={classes["back"]}>
          <IconLeft size={16} />
          Activities
        </Link>
        <h1>{names}</h1>
        <span className={classes["sub"]}>
          <Direction direction={details.direction} named />
          <span className="tabular">{formatMoment(details.started_at, serverNow)}</span>
          <StateBadge state={details.state} />
        </span>
      </div>
      <div className={classes["columns"]}>
        <Suspense fallback={<Waiting />}>
          <Player details={details} serverNow={serverNow} refresh={refresh} />
        </Suspense>
        <aside className={classes["side"]}>
          <Facts details={details} serverNow={serverNow} />
          {details.screen_recordings.map((recording) => (
            <RecordingFacts key={recording.id} recording={recording} />
          ))}
          <EventList details={details} />
        </aside>
      </div>
    </>
  );
}

function Waiting() {
  return (
    <div className={classes["waiting"]} role="status" aria-label="Loading">
      <Loader />
    </div>
  );
}

function Refused({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  const { status, hint } = problemOf(error);
  if (status !== 403 && status !== 404) return <ProblemNotice error={error} onRetry={onRetry} />;
  return (
    <Empty title={status === 403 ? "You may not see this interaction" : "There is no such interaction"}>
      <p>{hint ?? "It may have been deleted by the retention rules."}</p>
      <Link to="/activities">To the activities</Link>
    </Empty>
  );
}
