/** The picture, and what is said over it where there is none. */

import { Button, Loader } from "@mantine/core";
import type { ReactNode } from "react";

import type { ScreenRecording } from "../../api/client";
import { IconPlay, IconScreenOff, IconWarning } from "../../components/icons";
import { formatClock, formatCode } from "../../lib/format";
import type { MediaFault } from "../engine/driver";
import type { Snapshot } from "../engine/player";
import { ScreenVideo } from "./media-elements";
import classes from "./player.module.css";
import { usePlayerParts, useSnapshot } from "./player-context";

interface StageProps {
  readonly recordings: readonly ScreenRecording[];
  readonly originWallMs: number;
  readonly hasAudio: boolean;
  readonly renew: (id: string) => Promise<string>;
  readonly onRetry: () => void;
}

/** A gap shorter than this keeps the next picture and a label: a curtain would only flash. */
const SHORT_GAP_MS = 2000;

export function Stage({ recordings, originWallMs, hasAudio, renew, onRetry }: StageProps) {
  const { engine } = usePlayerParts();
  const snapshot = useSnapshot();
  const shown = recordings.find((recording) => recording.id === snapshot.screenId) ?? recordings[0];
  const ratio = shown ? shown.canvas.width / shown.canvas.height : 16 / 9;
  return (
    <div
      className={classes["stage"]}
      data-hidden={!snapshot.screenShown}
      style={{ aspectRatio: String(ratio) }}
      onClick={() => {
        engine.toggle();
      }}
    >
      {recordings.map((recording) =>
        recording.playlist_url === null ? null : (
          <ScreenVideo
            key={recording.id}
            id={recording.id}
            offer={{ url: recording.playlist_url, live: snapshot.live, renew: () => renew(recording.id) }}
            visible={recording.id === snapshot.screenId}
          />
        ),
      )}
      {snapshot.screenShown && (
        <Overlay snapshot={snapshot} originWallMs={originWallMs} hasScreen={recordings.length > 0} hasAudio={hasAudio} onRetry={onRetry} />
      )}
    </div>
  );
}

interface OverlayProps {
  readonly snapshot: Snapshot;
  readonly originWallMs: number;
  readonly hasScreen: boolean;
  readonly hasAudio: boolean;
  readonly onRetry: () => void;
}

function Overlay({ snapshot, originWallMs, hasScreen, hasAudio, onRetry }: OverlayProps) {
  const { span } = snapshot;
  if (!hasScreen) {
    const text = hasAudio ? "This interaction has call audio only." : "Nothing of this interaction was recorded.";
    return <Curtain icon={<IconScreenOff size={32} />} title="No screen recording" text={text} />;
  }
  if (snapshot.screenFault) return <FaultCurtain fault={snapshot.screenFault} onRetry={onRetry} />;
  if (snapshot.waitingFor === "pause" || span?.state === "paused") {
    return <Curtain title="Recording is paused" text="Nothing is captured now. Playback goes on when it is resumed." />;
  }
  if (span === null && snapshot.state !== "idle" && snapshot.state !== "loading" && snapshot.state !== "ended") {
    return <Curtain icon={<IconScreenOff size={32} />} title="No screen recording at this moment" />;
  }
  const isShortGap = span?.state === "missing" && !span.open && span.endMs - span.startMs < SHORT_GAP_MS;
  if (span?.state === "missing" && !isShortGap) {
    const until = span.open ? "until now" : `until ${formatClock(originWallMs + span.endMs)}`;
    return (
      <Curtain
        icon={<IconWarning size={32} />}
        title={`Picture missing ${until}`}
        text={span.advice ?? (span.reason ? formatCode(span.reason) : "No reason was reported.")}
      />
    );
  }
  const busy = snapshot.state === "loading" || snapshot.waitingFor === "media";
  return (
    <>
      {span?.state === "acw" && <div className={classes["tag"]}>After Call Work</div>}
      {isShortGap && <div className={classes["tag"]}>Missing{span.reason ? `: ${formatCode(span.reason).toLowerCase()}` : ""}</div>}
      {snapshot.waitingFor === "live" && <div className={classes["tag"]}>Live: waiting for more</div>}
      {busy && (
        <div className={classes["centre"]} role="status" aria-label="Loading">
          <Loader size="md" color="white" />
        </div>
      )}
      {snapshot.state === "paused" && (
        <div className={classes["centre"]}>
          <span className={classes["bigPlay"]}>
            <IconPlay size={30} />
          </span>
        </div>
      )}
    </>
  );
}

function FaultCurtain({ fault, onRetry }: { readonly fault: MediaFault; readonly onRetry: () => void }) {
  return (
    <Curtain icon={<IconWarning size={32} />} title={fault.message} {...(fault.hint ? { text: fault.hint } : {})}>
      <Button
        size="compact-sm"
        variant="default"
        onClick={(event) => {
          event.stopPropagation();
          onRetry();
        }}
      >
        Try again
      </Button>
    </Curtain>
  );
}

interface CurtainProps {
  readonly icon?: ReactNode;
  readonly title: string;
  readonly text?: string;
  readonly children?: ReactNode;
}

/** Opaque on purpose: nothing of the picture may be seen behind it. */
function Curtain({ icon, title, text, children }: CurtainProps) {
  return (
    <div className={classes["curtain"]} role="status">
      {icon}
      <strong>{title}</strong>
      {text !== undefined && <span className={classes["curtainText"]}>{text}</span>}
      {children}
    </div>
  );
}
