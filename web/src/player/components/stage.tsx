/** The picture, what is drawn on it, and what is said over it where there is none. */

import type { ReactNode } from "react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";

import type { ScreenRecording } from "../../api/client";
import { IconScreenOff } from "../../components/icons";
import type { View } from "../lib/zoom";
import { Captions } from "./captions";
import { ScreenVideo } from "./media-elements";
import classes from "./player.module.css";
import type { Caption } from "./player-context";
import { usePlayerParts, useSnapshot } from "./player-context";
import { Overlay, Tags } from "./overlay";
import { useZoom } from "./use-zoom";
import { ZoomBar } from "./zoom-bar";

interface StageProps {
  readonly recordings: readonly ScreenRecording[];
  readonly originWallMs: number;
  readonly hasAudio: boolean;
  readonly renew: (id: string) => Promise<string>;
  readonly onRetry: () => void;
  readonly view: View;
  readonly setView: (change: (view: View) => View) => void;
  /** The picture has the window for itself. */
  readonly isLarge: boolean;
  readonly captions?: readonly Caption[] | null;
  /** A press on the picture; without it the engine plays or pauses. */
  readonly onToggle?: () => void;
  readonly children?: ReactNode;
}

export function Stage(props: StageProps) {
  const { t } = useTranslation("player");
  const { recordings, originWallMs, hasAudio, renew, onRetry, view, setView, isLarge, captions, onToggle, children } = props;
  const { engine } = usePlayerParts();
  const snapshot = useSnapshot();
  const frame = useRef<HTMLDivElement>(null);
  const zoom = useZoom(frame, view, setView, isLarge);
  const shown = recordings.find((recording) => recording.id === snapshot.screenId) ?? recordings[0];
  const ratio = shown ? shown.canvas.width / shown.canvas.height : 16 / 9;
  const style = { "--ratio": String(ratio) } as React.CSSProperties;
  return (
    <div className={classes["stage"]} data-hidden={!snapshot.screenShown} style={style} role="group" aria-label={t("stage.picture")}>
      <div
        ref={frame}
        className={classes["frame"]}
        data-zoomed={view.scale > 1}
        data-testid="picture"
        onPointerDown={zoom.onPointerDown}
        onPointerMove={zoom.onPointerMove}
        onClick={() => {
          if (zoom.wasDrag()) return;
          if (onToggle) onToggle();
          else engine.toggle();
        }}
      >
        <div
          className={classes["zoomed"]}
          style={{ transform: `translate(${String(view.x * 100)}%, ${String(view.y * 100)}%) scale(${String(view.scale)})` }}
        >
          {snapshot.screenShown &&
            recordings.map((recording) =>
              recording.playlist_url === null ? null : (
                <ScreenVideo
                  key={recording.id}
                  id={recording.id}
                  offer={{ url: recording.playlist_url, live: snapshot.live, renew: () => renew(recording.id) }}
                  visible={recording.id === snapshot.screenId}
                />
              ),
            )}
          {children}
        </div>
      </div>
      {snapshot.screenShown && (
        <>
          <Overlay snapshot={snapshot} originWallMs={originWallMs} hasScreen={recordings.length > 0} hasAudio={hasAudio} onRetry={onRetry} />
          {view.scale > 1 && <ZoomBar view={view} setView={setView} />}
        </>
      )}
      {!snapshot.screenShown && isLarge && (
        <p className={classes["hidden"]}>
          <IconScreenOff size={32} />
          {t("stage.hidden")}
        </p>
      )}
      <Tags snapshot={snapshot} onRetry={onRetry} />
      {captions && <Captions captions={captions} ownRow={!snapshot.screenShown} />}
    </div>
  );
}
