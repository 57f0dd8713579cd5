/** The transcript of a call, or why there is none. */

import { Skeleton } from "@mantine/core";

import type { InteractionDetails } from "../../api/client";
import { ProblemNotice } from "../../components/problem-notice";
import { useMay } from "../../components/use-may";
import type { PlacedSegment } from "../../lib/transcript";
import { useVoices } from "../../player/components/use-peaks";
import classes from "./activity-details.module.css";
import { isGone } from "./states";
import { useTexts } from "./texts";
import { TranscriptPane } from "./transcript-pane";
import type { Interaction } from "./use-interaction";

export function Transcript({ interaction: { details, transcript, segments } }: { readonly interaction: Interaction }) {
  const t = useTexts();
  const may = useMay();
  if (!may("recordings.play") || (transcript.isError && isGone(transcript.error))) {
    return <p className={classes["note"]}>{t("transcript.refused")}</p>;
  }
  if (transcript.isError) {
    return (
      <div className={classes["note"]}>
        <ProblemNotice error={transcript.error} onRetry={() => void transcript.refetch()} />
      </div>
    );
  }
  if (transcript.isPending) {
    return (
      <div role="status" aria-label={t("common:loading")}>
        {Array.from({ length: 6 }, (_, index) => (
          <Skeleton key={index} height={14} m="md" width="auto" />
        ))}
      </div>
    );
  }
  if (segments.length === 0 || details.data === undefined) return <p className={classes["note"]}>{t("transcript.none")}</p>;
  return <WithVoices details={details.data.details} segments={segments} />;
}

function WithVoices({ details, segments }: { readonly details: InteractionDetails; readonly segments: readonly PlacedSegment[] }) {
  return <TranscriptPane segments={segments} voices={useVoices(details, segments)} />;
}
