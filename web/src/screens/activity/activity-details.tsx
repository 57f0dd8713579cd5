/** One interaction: the player with transcript, comments and evaluations beside it, and all the facts below. */

import { Button } from "@mantine/core";
import { Suspense, lazy, useState } from "react";
import { Link, useParams } from "react-router";

import { IconNewTab } from "../../components/icons";
import { Direction, StateBadge, agentNames } from "../../components/interaction-bits";
import { TitleBar } from "../../components/title-bar";
import { useMay } from "../../components/use-may";
import { formatMoment } from "../../lib/format";
import { PlayerProvider } from "../../player/components/player-provider";
import classes from "./activity-details.module.css";
import { EventList, Facts, Participants, RecordingFacts } from "./activity-facts";
import { DownloadButton } from "./download-button";
import { SidePanes } from "./side-panes";
import { Refused, Waiting, isGone } from "./states";
import { useTexts } from "./texts";
import type { DetailsAt, Interaction } from "./use-interaction";
import { useInteraction } from "./use-interaction";
import { useListAddress } from "./use-list-address";

const Player = lazy(() => import("../../player/components/player"));

export function ActivityDetails() {
  const { id = "" } = useParams();
  const interaction = useInteraction(id);
  const { details } = interaction;
  if (details.isPending) return <Waiting />;
  // Also under an open page: it was deleted, or is no longer to be seen.
  if (!details.data || isGone(details.error)) {
    return <Refused error={details.error} onRetry={() => void details.refetch()} wasThere={details.data !== undefined} />;
  }
  return (
    <PlayerProvider key={id}>
      <Loaded at={details.data} interaction={interaction} />
    </PlayerProvider>
  );
}

interface LoadedProps {
  readonly at: DetailsAt;
  readonly interaction: Interaction;
}

function Loaded({ at: { details, serverNow }, interaction }: LoadedProps) {
  const t = useTexts();
  const may = useMay();
  const list = useListAddress();
  const names = agentNames(details);
  const { segments, notes, refresh } = interaction;
  const [note, setNote] = useState<string | null>(null);
  const isFinished = details.state === "ended" && details.screen_recordings.every(({ state }) => state === "available");
  const hasMedia = details.has_screen_recording || details.has_call_recording;
  return (
    <>
      <title>{t("page", { names })}</title>
      <TitleBar
        backTo={list}
        back={t("back")}
        title={names}
        sub={
          <>
            <Direction direction={details.direction} named />
            <span className="tabular">{formatMoment(details.started_at, serverNow)}</span>
            <StateBadge state={details.state} />
          </>
        }
        tools={
          <>
            <Button component={Link} to={`/play/${details.id}`} variant="default" leftSection={<IconNewTab size={16} />} target="_blank">
              {t("openPlayback")}
            </Button>
            {may("recordings.download") && isFinished && hasMedia && <DownloadButton interaction={details.id} />}
          </>
        }
      />
      <div className={classes["columns"]}>
        <div className={classes["main"]}>
          <Suspense fallback={<Waiting />}>
            <Player details={details} serverNow={serverNow} refresh={refresh} notes={notes} captions={segments} onNote={setNote} />
          </Suspense>
        </div>
        <SidePanes details={details} interaction={interaction} note={note} />
        <div className={classes["cards"]}>
          <Facts details={details} serverNow={serverNow} />
          <Participants details={details} />
          {details.screen_recordings.map((recording) => (
            <RecordingFacts key={recording.id} recording={recording} />
          ))}
          <EventList details={details} />
        </div>
      </div>
    </>
  );
}
