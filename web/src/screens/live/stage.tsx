/** The live picture, and what is said in its place: nothing of it is seen while it must not be. */

import { ActionIcon, Button, Loader, Tooltip } from "@mantine/core";
import { Suspense, lazy, useState } from "react";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { ProblemNotice } from "../../components/problem-notice";
import { IconFull, IconPause, IconScreenOff, IconShrink } from "../../components/icons";
import { formatLength } from "../../lib/format";
import { useLarge } from "../../player/components/use-large";
import classes from "./live.module.css";
import { StreamVideo } from "./stream-video";
import { useTexts } from "./texts";
import type { Live } from "./use-live";

const EdgeVideo = lazy(() => import("./edge-video"));

interface StageProps {
  readonly live: Live;
  readonly clockMs: number;
  readonly interactionId: string | null;
  /** Of the picture by HTTPS; null while there is none. */
  readonly delayMs: number | null;
  readonly onDelay: (delayMs: number | null) => void;
}

export function Stage({ live, clockMs, interactionId, delayMs, onDelay }: StageProps) {
  const t = useTexts();
  const { snapshot, playlistUrl } = live;
  const { phase, attempt, stream, view } = snapshot;
  const [root, setRoot] = useState<HTMLElement | null>(null);
  const { isFull, toggleFull } = useLarge(root);
  const [isSeen, setSeen] = useState(false);
  const isByHttps = phase === "live" && attempt === "https" && (view?.playlist_url ?? null) !== null;
  const isShown = stream !== null ? isSeen : isByHttps && delayMs !== null;
  return (
    <section
      ref={setRoot}
      className={classes["stage"]}
      aria-label={t("stage.label")}
      data-testid="live-stage"
      data-phase={phase}
      data-attempt={attempt}
      data-rung={snapshot.rung ?? ""}
      data-shown={isShown}
      onDoubleClick={toggleFull}
    >
      {stream !== null && <StreamVideo key={stream.id} stream={stream} onSeen={setSeen} />}
      {isByHttps && (
        <Suspense>
          <EdgeVideo playlistUrl={playlistUrl} clockMs={clockMs} onDelay={onDelay} />
        </Suspense>
      )}
      {!isShown && <Curtain live={live} interactionId={interactionId} isByHttps={isByHttps} />}
      {isShown && (
        <div className={classes["tags"]} {...(attempt === "https" ? {} : { role: "status" })}>
          <span data-kind={attempt === "https" ? "behind" : "live"}>
            {attempt === "https" && delayMs !== null ? t("stage.behind", { length: formatLength(Math.round(delayMs / 1000) * 1000) }) : t("stage.live")}
          </span>
          {view?.state === "acw" && <span data-kind="acw">{t("stage.acw")}</span>}
        </div>
      )}
      <Tooltip label={t(isFull ? "page.leaveFull" : "page.full")} withinPortal={false}>
        <ActionIcon className={classes["full"] ?? ""} variant="default" size={32} aria-label={t(isFull ? "page.leaveFull" : "page.full")} onClick={toggleFull}>
          {isFull ? <IconShrink size={18} /> : <IconFull size={18} />}
        </ActionIcon>
      </Tooltip>
    </section>
  );
}

interface CurtainProps {
  readonly live: Live;
  readonly interactionId: string | null;
  readonly isByHttps: boolean;
}

/** Opaque on purpose: nothing of the picture may be seen behind it. */
function Curtain({ live, interactionId, isByHttps }: CurtainProps) {
  const t = useTexts();
  const { phase, attempt, view, recorder, error } = live.snapshot;
  if (phase === "failed") {
    return (
      <div className={classes["curtain"]}>
        <div className={classes["problem"]}>
          <ProblemNotice error={error} onRetry={live.again} />
        </div>
      </div>
    );
  }
  if (phase === "ended") {
    return (
      <Said icon={<IconScreenOff size={32} />} title={t("stage.ended")} text={t("stage.endedText")}>
        <Button component={Link} to={interactionId === null ? "/activities" : `/activities/${interactionId}`} size="compact-sm" variant="default">
          {t(interactionId === null ? "stage.toActivities" : "stage.toRecording")}
        </Button>
      </Said>
    );
  }
  if (phase === "paused") return <Said icon={<IconPause size={32} />} title={t("stage.paused")} text={t("stage.pausedText")} />;
  if (phase === "opening") return <Said icon={<Loader size="md" color="white" />} title={t("stage.opening")} />;
  if (attempt === "https" && !isByHttps) {
    return <Said icon={<IconScreenOff size={32} />} title={t("stage.noPlaylist")} text={t("stage.noPlaylistText")} />;
  }
  const text = view?.recorder_online === false ? t("stage.recorderOffline") : recorder?.state === "connecting" ? t("stage.recorderTries") : undefined;
  return <Said icon={<Loader size="md" color="white" />} title={t("stage.connecting")} {...(text === undefined ? {} : { text })} />;
}

interface SaidProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly text?: string;
  readonly children?: ReactNode;
}

function Said({ icon, title, text, children }: SaidProps) {
  return (
    <div className={classes["curtain"]} role="status">
      {icon}
      <strong>{title}</strong>
      {text !== undefined && <span className={classes["quiet"]}>{text}</span>}
      {children}
    </div>
  );
}
