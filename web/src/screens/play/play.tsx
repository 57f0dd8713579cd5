/** The standalone playback page: screen, audio and transcript in one view, without the frame of the other pages. */

import { Suspense, lazy } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";

import { Direction, StateBadge, agentNames } from "../../components/interaction-bits";
import { SchemeToggle } from "../../components/scheme-toggle";
import { formatMoment } from "../../lib/format";
import { PlayerProvider } from "../../player/components/player-provider";
import { Refused, Waiting, isGone } from "../activity/states";
import { Transcript } from "../activity/transcript";
import type { Interaction } from "../activity/use-interaction";
import { useInteraction } from "../activity/use-interaction";
import classes from "./play.module.css";

const Player = lazy(() => import("../../player/components/player"));

export function Play() {
  const { id = "" } = useParams();
  const interaction = useInteraction(id);
  const { details } = interaction;
  if (details.isPending) return <Waiting />;
  if (!details.data || isGone(details.error)) {
    return (
      <main>
        <Refused error={details.error} onRetry={() => void details.refetch()} wasThere={details.data !== undefined} />
      </main>
    );
  }
  return (
    <PlayerProvider key={id}>
      <Loaded id={id} at={details.data} interaction={interaction} />
    </PlayerProvider>
  );
}

interface LoadedProps {
  readonly id: string;
  readonly at: NonNullable<Interaction["details"]["data"]>;
  readonly interaction: Interaction;
}

function Loaded({ id, at: { details, serverNow }, interaction }: LoadedProps) {
  const { t } = useTranslation("play");
  const names = agentNames(details);
  return (
    <div className={classes["page"]}>
      <title>{t("page", { names })}</title>
      <header className={classes["bar"]}>
        <img src="/icon.svg" alt="" width={20} height={20} />
        <h1>{names}</h1>
        <span className={classes["sub"]}>
          <Direction direction={details.direction} named />
          <span className="tabular">{details.direction === "outbound" ? details.callee : details.caller}</span>
          <span className="tabular">{formatMoment(details.started_at, serverNow)}</span>
          <StateBadge state={details.state} />
        </span>
        <Link to={`/activities/${id}`}>{t("details")}</Link>
        <SchemeToggle />
      </header>
      <main className={classes["view"]}>
        <div className={classes["player"]}>
          <Suspense fallback={<Waiting />}>
            <Player
              details={details}
              serverNow={serverNow}
              refresh={interaction.refresh}
              notes={interaction.notes}
              captions={interaction.segments}
            />
          </Suspense>
        </div>
        <section className={classes["transcript"]} aria-label={t("transcript")}>
          <Transcript interaction={interaction} />
        </section>
      </main>
    </div>
  );
}
