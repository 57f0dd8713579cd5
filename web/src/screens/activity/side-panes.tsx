/** Beside the player: transcript, comments, evaluations; of these what the person may see. */

import { Tabs } from "@mantine/core";
import { useState } from "react";

import type { InteractionDetails } from "../../api/client";
import { useMay } from "../../components/use-may";
import { formatNumber } from "../../lib/format";
import classes from "./activity-details.module.css";
import { CommentsPane } from "./comments-pane";
import { EvaluationsPane } from "./evaluations-pane";
import { useTexts } from "./texts";
import { Transcript } from "./transcript";
import type { Interaction } from "./use-interaction";

interface SidePanesProps {
  readonly details: InteractionDetails;
  readonly interaction: Interaction;
  /** The comment whose mark on the timeline was pressed last. */
  readonly note: string | null;
}

export function SidePanes({ details, interaction, note }: SidePanesProps) {
  const t = useTexts();
  const may = useMay();
  const [tab, setTab] = useState<string | null>("transcript");
  const [shown, setShown] = useState(note);
  if (note !== shown) {
    setShown(note);
    if (note !== null) setTab("comments");
  }
  const { comments, evaluations } = interaction;
  return (
    <Tabs value={tab} onChange={setTab} className={classes["side"] ?? ""} component="aside" aria-label={t("tabs.label")}>
      <Tabs.List>
        <Tabs.Tab value="transcript">{t("tabs.transcript")}</Tabs.Tab>
        {may("comments.view") && (
          <Tabs.Tab value="comments">{counted(t("tabs.comments"), comments.data?.length)}</Tabs.Tab>
        )}
        {may("evaluations.view") && (
          <Tabs.Tab value="evaluations">{counted(t("tabs.evaluations"), evaluations.data?.length)}</Tabs.Tab>
        )}
      </Tabs.List>
      <Tabs.Panel value="transcript" className={classes["pane"] ?? ""}>
        <Transcript interaction={interaction} />
      </Tabs.Panel>
      {may("comments.view") && (
        <Tabs.Panel value="comments" className={classes["pane"] ?? ""}>
          <CommentsPane interaction={details.id} comments={comments} chosen={note} />
        </Tabs.Panel>
      )}
      {may("evaluations.view") && (
        <Tabs.Panel value="evaluations" className={classes["pane"] ?? ""}>
          <EvaluationsPane details={details} evaluations={evaluations} />
        </Tabs.Panel>
      )}
    </Tabs>
  );
}

function counted(name: string, count: number | undefined): string {
  return count ? `${name} (${formatNumber(count)})` : name;
}
