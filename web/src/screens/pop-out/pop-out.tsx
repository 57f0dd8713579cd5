/** The screen of an interaction alone, for a second monitor; in step with the player that opened it. */

import { Loader } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Suspense, lazy, useCallback } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";

import { problemOf } from "../../api/problem";
import { detailsQuery } from "../../api/queries";
import { Empty } from "../../components/empty";
import { ProblemNotice } from "../../components/problem-notice";
import { PlayerProvider } from "../../player/components/player-provider";
import { isGone } from "../activity/states";
import classes from "./pop-out.module.css";

const SecondScreen = lazy(() => import("../../player/components/second-screen"));

export function PopOut() {
  const { id = "" } = useParams();
  const { t } = useTranslation("player");
  const query = useQuery(detailsQuery(id));
  const client = useQueryClient();
  const refresh = useCallback(
    async () => (await client.fetchQuery({ ...detailsQuery(id), staleTime: 0 })).details,
    [client, id],
  );
  return (
    <main className={classes["page"]} id="content">
      <title>{t("second.title")}</title>
      {query.isPending ? (
        <Waiting />
      ) : query.data === undefined || isGone(query.error) ? (
        <Refused id={id} error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data.details.screen_recordings.length === 0 ? (
        <Empty title={t("second.noScreen")}>
          <Link to={`/activities/${id}`}>{t("second.open")}</Link>
        </Empty>
      ) : (
        <PlayerProvider key={id}>
          <Suspense fallback={<Waiting />}>
            <SecondScreen details={query.data.details} serverNow={query.data.serverNow} refresh={refresh} />
          </Suspense>
        </PlayerProvider>
      )}
    </main>
  );
}

function Waiting() {
  const { t } = useTranslation();
  return (
    <div className={classes["waiting"]} role="status" aria-label={t("loading")}>
      <Loader />
    </div>
  );
}

interface RefusedProps {
  readonly id: string;
  readonly error: unknown;
  readonly onRetry: () => void;
}

function Refused({ id, error, onRetry }: RefusedProps) {
  const { t } = useTranslation("player");
  const { status, hint } = problemOf(error);
  if (status !== 403 && status !== 404) return <ProblemNotice error={error} onRetry={onRetry} />;
  return (
    <Empty title={status === 403 ? t("second.forbidden") : t("second.gone")}>
      <p>{hint}</p>
      <Link to={`/activities/${id}`}>{t("second.open")}</Link>
    </Empty>
  );
}
