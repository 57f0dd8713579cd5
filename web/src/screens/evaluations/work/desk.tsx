/** The two halves: the call with its notes, and the form. They share which note is meant and what is being drawn. */

import { Skeleton, Tabs } from "@mantine/core";
import type { ReactNode } from "react";
import { Suspense, lazy, useMemo, useState } from "react";

import { Empty } from "../../../components/empty";
import { ProblemNotice } from "../../../components/problem-notice";
import { usePlayer } from "../../../player/components/player-context";
import { isGone } from "../../activity/states";
import { Transcript } from "../../activity/transcript";
import { useInteraction } from "../../activity/use-interaction";
import type { Evaluation } from "../queries";
import { useTexts } from "../texts";
import { FeedbackPane } from "./feedback-pane";
import { FormPane } from "./form-pane";
import { History } from "./history";
import { PictureMarks } from "./picture-marks";
import { ReadPane } from "./read-pane";
import { useFeedbackDraft } from "./use-feedback-draft";
import classes from "./work.module.css";

const Player = lazy(() => import("../../../player/components/player"));

export function Desk({ evaluation }: { readonly evaluation: Evaluation }) {
  const t = useTexts();
  const player = usePlayer();
  const [draft, setDraft] = useFeedbackDraft(evaluation.id);
  const [drawing, setDrawing] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const [tab, setTab] = useState<string | null>("feedback");
  const maySave = evaluation.may.includes("save");
  const { feedback, interaction_id: call } = evaluation;
  const notes = useMemo(
    () => feedback.map(({ id, start_ms, end_ms, text }) => ({ id, startMs: start_ms, endMs: end_ms ?? null, label: text })),
    [feedback],
  );
  const counts = useMemo(() => {
    const found = new Map<string, number>();
    for (const { question_id: question } of feedback) if (question) found.set(question, (found.get(question) ?? 0) + 1);
    return found;
  }, [feedback]);
  const choose = (id: string) => {
    setTab("feedback");
    setChosen(id);
  };
  const toNotes = (questionId: string) => {
    const first = feedback.find((note) => note.question_id === questionId);
    if (first === undefined) return;
    choose(first.id);
    player.seek(first.start_ms);
  };
  const overlay = (
    <PictureMarks
      feedback={feedback}
      chosen={chosen}
      draft={maySave ? draft : null}
      drawing={drawing}
      onDraw={(rectangle) => {
        if (draft !== null) setDraft({ ...draft, rectangle });
        setDrawing(false);
      }}
    />
  );
  const pane = (
    <FeedbackPane
      evaluation={evaluation}
      chosen={chosen}
      onChoose={setChosen}
      draft={draft}
      onDraft={setDraft}
      drawing={drawing}
      onDrawing={setDrawing}
    />
  );
  return (
    <div className={classes["columns"]}>
      <div className={classes["call"]}>
        {call === null ? (
          <div className={classes["card"]}>
            <Empty title={t("page.callGone")}>
              <p>{t("page.callGoneText")}</p>
            </Empty>
          </div>
        ) : (
          <Call interactionId={call} notes={notes} onNote={choose} overlay={overlay} />
        )}
      </div>
      <aside className={classes["side"]} aria-label={t("sheet.label")}>
        {maySave ? (
          <FormPane key={evaluation.id} evaluation={evaluation} notes={counts} onNotes={toNotes} hasNote={draft !== null && draft.text.trim() !== ""} />
        ) : (
          <ReadPane key={evaluation.id} evaluation={evaluation} notes={counts} onNotes={toNotes} />
        )}
      </aside>
      <div className={classes["about"]}>
        {call !== null && <Panes interactionId={call} tab={tab} onTab={setTab} count={feedback.length} pane={pane} />}
        {call === null && feedback.length > 0 && <div className={classes["card"]}>{pane}</div>}
        <History evaluation={evaluation} />
      </div>
    </div>
  );
}

interface CallProps {
  readonly interactionId: string;
  readonly notes: readonly { id: string; startMs: number; endMs: number | null; label: string }[];
  readonly onNote: (id: string) => void;
  readonly overlay: ReactNode;
}

function Call({ interactionId, notes, onNote, overlay }: CallProps) {
  const t = useTexts();
  const { details, segments, refresh } = useInteraction(interactionId);
  const waiting = <Skeleton height={420} role="status" aria-label={t("common:loading")} />;
  if (details.isPending) return waiting;
  if (isGone(details.error)) {
    return (
      <div className={classes["card"]}>
        <Empty title={t("page.noCall")}>
          <p>{t("page.noCallText")}</p>
        </Empty>
      </div>
    );
  }
  if (!details.data) return <ProblemNotice error={details.error} onRetry={() => void details.refetch()} />;
  return (
    <Suspense fallback={waiting}>
      <Player
        details={details.data.details}
        serverNow={details.data.serverNow}
        refresh={refresh}
        notes={notes}
        notesLabel={t("feedback.lane")}
        captions={segments}
        onNote={onNote}
        pictureOverlay={overlay}
      />
    </Suspense>
  );
}

interface PanesProps {
  readonly interactionId: string;
  readonly pane: ReactNode;
  readonly tab: string | null;
  readonly onTab: (tab: string | null) => void;
  readonly count: number;
}

/** The notes, and the transcript where the call is there. */
function Panes({ interactionId, pane, tab, onTab, count }: PanesProps) {
  const t = useTexts();
  const interaction = useInteraction(interactionId);
  const { details } = interaction;
  if (details.isPending) return null;
  if (!details.data || isGone(details.error)) return <div className={classes["card"]}>{pane}</div>;
  return (
    <Tabs value={tab} onChange={onTab} className={classes["card"] ?? ""}>
      <Tabs.List>
        <Tabs.Tab value="feedback">{t("feedback.tab", { count })}</Tabs.Tab>
        <Tabs.Tab value="transcript">{t("page.transcript")}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="feedback">{pane}</Tabs.Panel>
      <Tabs.Panel value="transcript" className={classes["transcript"] ?? ""}>
        <Transcript interaction={interaction} />
      </Tabs.Panel>
    </Tabs>
  );
}
