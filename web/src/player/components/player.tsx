/** The advanced player of one interaction. Loaded when first shown: hls.js comes with it. */

import type { ReactNode } from "react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import type { InteractionDetails } from "../../api/client";
import { useMay } from "../../components/use-may";
import { timelineOf } from "../../lib/timeline-of";
import type { PlayerEngine } from "../engine/player";
import type { Desk } from "../lib/commands";
import { WHOLE, zoomAt } from "../lib/zoom";
import { Diagnostics } from "./diagnostics";
import { Help } from "./help";
import { marksOf } from "./marks";
import { CallAudio } from "./media-elements";
import classes from "./player.module.css";
import type { Caption, TimelineNote } from "./player-context";
import { usePlayerParts } from "./player-context";
import { OwnProvider } from "./player-provider";
import { Stage } from "./stage";
import { Timeline } from "./timeline";
import { Transport } from "./transport";
import { useCopyLink, useKeptPlace, useLoop, useMoments, useSkips, useTaste } from "./use-desk";
import { useKeyboard } from "./use-keyboard";
import { useLarge } from "./use-large";
import { useLeader } from "./use-leader";
import { useAudioNote, usePeaks, useVoices } from "./use-peaks";
import { useScreenshot } from "./use-screenshot";
import { useThumbnails } from "./use-thumbnails";

export interface PlayerProps {
  readonly details: InteractionDetails;
  /** Server wall time at which the details were true. */
  readonly serverNow: number;
  /** Ask the server again: the answer carries fresh media addresses. */
  readonly refresh: () => Promise<InteractionDetails>;
  /** Comments or feedback on the timeline. */
  readonly notes?: readonly TimelineNote[];
  /** What the notes are, if not comments. */
  readonly notesLabel?: string;
  readonly onNote?: (id: string) => void;
  /** What was said; without it there is no button for captions. */
  readonly captions?: readonly Caption[];
  /** Lies on the picture and is zoomed with it. */
  readonly pictureOverlay?: ReactNode;
}

export default function Player(props: PlayerProps) {
  return (
    <OwnProvider>
      <Inner {...props} />
    </OwnProvider>
  );
}

const NO_NOTES: readonly TimelineNote[] = [];

function Inner({ details, serverNow, refresh, notes = NO_NOTES, notesLabel, onNote, captions, pictureOverlay }: PlayerProps) {
  const { t } = useTranslation("player");
  const may = useMay();
  const { engine, ticker } = usePlayerParts();
  const [root, setRoot] = useState<HTMLElement | null>(null);
  const [taste, setTaste] = useTaste();
  const [chosen, setChosen] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [view, setView] = useState(WHOLE);
  const [help, setHelp] = useState(false);
  const [diagnosing, setDiagnosing] = useState(false);
  const large = useLarge(root);
  const { toggleFull, toggleExpanded } = large;
  const timeline = useMemo(() => timelineOf(details, serverNow), [details, serverNow]);
  const marks = useMemo(() => marksOf(details, timeline, t), [details, timeline, t]);
  const peaks = usePeaks(details);
  const voices = useVoices(details, captions);
  const audioNote = useAudioNote(details);
  const thumbnail = useThumbnails(details, timeline.originWallMs, refresh);
  const { followed, popOut } = useLeader(details.id);
  const loop = useLoop(engine);
  const goToMoment = useMoments(
    engine,
    useMemo(() => [...marks, ...notes.map(({ id, startMs }) => ({ id, atMs: startMs }))], [marks, notes]),
  );
  const copyLink = useCopyLink(engine);
  const mayScreenshot = may("recordings.screenshot");
  const takeScreenshot = useScreenshot(engine, details, root);

  useEffect(() => {
    engine.load(timeline);
  }, [engine, timeline]);
  useKeptPlace(engine, details.id, timeline.durationMs, timeline.live);
  useSkips(engine, timeline, peaks, taste);
  useEffect(
    () =>
      ticker.onTick(() => {
        if (root) report(root, engine);
      }),
    [engine, ticker, root],
  );

  const desk = useMemo(
    (): Desk => ({
      engine,
      taste,
      setTaste,
      goToMoment,
      ...loop,
      toggleFull,
      toggleExpanded,
      popOut,
      zoom: (factor) => {
        setView((now) => (factor === null ? WHOLE : zoomAt(now, factor, 0.5, 0.5)));
      },
      copyLink,
      screenshot: () => {
        if (mayScreenshot) takeScreenshot();
      },
      toggleHelp: () => {
        setHelp((open) => !open);
      },
    }),
    [engine, taste, setTaste, goToMoment, loop, toggleFull, toggleExpanded, popOut, copyLink, mayScreenshot, takeScreenshot],
  );
  useKeyboard(desk);

  const renewScreen = useCallback(
    async (id: string) =>
      needed((await refresh()).screen_recordings.find((recording) => recording.id === id)?.playlist_url),
    [refresh],
  );
  const renewAudio = useCallback(async () => needed((await refresh()).call_recording?.playlist_url), [refresh]);

  const call = details.call_recording;
  return (
    <section
      ref={setRoot}
      className={classes["player"]}
      aria-label={t("label")}
      data-testid="player"
      data-state="idle"
      data-expanded={large.isExpanded}
    >
      <Stage
        key={`stage-${String(attempt)}`}
        recordings={details.screen_recordings}
        originWallMs={timeline.originWallMs}
        hasAudio={details.has_call_recording}
        renew={renewScreen}
        onRetry={() => {
          setAttempt(attempt + 1);
        }}
        view={view}
        setView={setView}
        isLarge={large.isFull || large.isExpanded}
        captions={taste.captions ? (captions ?? null) : null}
      >
        {pictureOverlay}
      </Stage>
      {timeline.audio !== null && call?.playlist_url && (
        <CallAudio
          key={`${call.id}-${String(attempt)}`}
          id={call.id}
          offer={{ url: call.playlist_url, live: false, renew: renewAudio }}
          volume={taste.volume}
          muted={taste.muted}
        />
      )}
      <Transport
        desk={desk}
        screens={timeline.screens}
        chosen={chosen}
        onChoose={(id) => {
          setChosen(id);
          engine.chooseScreen(id);
        }}
        hasCaptions={captions !== undefined && captions.length > 0}
        mayScreenshot={mayScreenshot}
        isFull={large.isFull}
        isExpanded={large.isExpanded}
        root={root}
      />
      <Timeline
        timeline={timeline}
        peaks={peaks}
        voices={voices}
        audioNote={audioNote}
        marks={marks}
        notes={notes}
        notesLabel={notesLabel}
        onNote={onNote}
        thumbnail={thumbnail}
      />
      <details
        className={classes["more"]}
        onToggle={(event) => {
          setDiagnosing(event.currentTarget.open);
        }}
      >
        <summary>{t("diagnostics.title")}</summary>
        {diagnosing && <Diagnostics clockUncertaintyMs={details.screen_recordings[0]?.clock_uncertainty_ms ?? null} otherTab={followed} />}
      </details>
      <Help
        opened={help}
        mayScreenshot={mayScreenshot}
        onClose={() => {
          setHelp(false);
        }}
      />
    </section>
  );
}

/** The player's outside view, read by tests and by browser extensions of a contact centre. */
function report(root: HTMLElement, engine: PlayerEngine): void {
  const { state, durationMs } = engine.getSnapshot();
  const now = {
    state,
    positionMs: engine.positionMs.toFixed(0),
    wallMs: engine.wallMs.toFixed(3),
    durationMs: durationMs.toFixed(0),
    syncErrorMs: engine.syncErrorMs?.toFixed(2) ?? "",
  };
  // What stands still is not written: it would be styled anew with each frame.
  for (const [name, value] of Object.entries(now)) if (root.dataset[name] !== value) root.dataset[name] = value;
}

function needed(url: string | null | undefined): string {
  if (!url) throw new Error("The media is no longer offered.");
  return url;
}
