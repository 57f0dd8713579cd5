/** The controls below the picture: each is a key as well, and says which. */

import { ActionIcon, Button, Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import { useCallback } from "react";

import {
  IconBack,
  IconForward,
  IconFull,
  IconMuted,
  IconPause,
  IconPlay,
  IconScreen,
  IconScreenOff,
  IconShrink,
  IconVolume,
} from "../../components/icons";
import { formatClock, formatDuration } from "../../lib/format";
import type { ScreenTrack } from "../engine/timeline";
import { usePlayerParts, useSnapshot, useTicked } from "./player-context";
import classes from "./transport.module.css";

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3] as const;
export const STEP_MS = 5000;

export interface Sound {
  readonly volume: number;
  readonly muted: boolean;
}

interface TransportProps {
  readonly sound: Sound;
  readonly onSound: (sound: Sound) => void;
  readonly screens: readonly ScreenTrack[];
  readonly chosen: string | null;
  readonly onChoose: (id: string | null) => void;
  readonly isFull: boolean;
  readonly onFull: () => void;
}

export function Transport({ sound, onSound, screens, chosen, onChoose, isFull, onFull }: TransportProps) {
  const { engine } = usePlayerParts();
  const { state, rate, live, screenShown, durationMs } = useSnapshot();
  const runs = state === "playing" || state === "waiting";
  return (
    <div className={classes["bar"]}>
      <Control label="Back 5 s" keys="←" onClick={() => engine.step(-STEP_MS)}>
        <IconBack />
      </Control>
      <Tooltip label={`${runs ? "Pause" : "Play"} (space)`}>
        <ActionIcon
          size={36}
          radius="xl"
          variant="filled"
          aria-label={runs ? "Pause" : "Play"}
          data-testid="play"
          disabled={state === "idle"}
          onClick={() => {
            engine.toggle();
          }}
        >
          {runs ? <IconPause size={20} /> : <IconPlay size={20} />}
        </ActionIcon>
      </Tooltip>
      <Control label="Forward 5 s" keys="→" onClick={() => engine.step(STEP_MS)}>
        <IconForward />
      </Control>
      <ReadOut durationMs={durationMs} />
      {live && (
        <Button
          size="compact-sm"
          variant="light"
          color="red"
          onClick={() => {
            engine.seekToLive();
          }}
        >
          Go live
        </Button>
      )}
      <span className={classes["push"]} />
      {screens.length > 1 && (
        <select
          className={classes["select"]}
          aria-label="Whose screen"
          value={chosen ?? ""}
          onChange={(event) => {
            onChoose(event.currentTarget.value || null);
          }}
        >
          <option value="">Follow the call</option>
          {screens.map((screen) => (
            <option key={screen.id} value={screen.id}>
              {screen.agentName}
            </option>
          ))}
        </select>
      )}
      <select
        className={classes["select"]}
        aria-label="Speed"
        title="Speed (< and >)"
        value={rate}
        onChange={(event) => {
          engine.setRate(Number(event.currentTarget.value));
        }}
      >
        {SPEEDS.map((speed) => (
          <option key={speed} value={speed}>
            {speed}×
          </option>
        ))}
      </select>
      <Control
        label={sound.muted ? "Sound on" : "Mute"}
        keys="m"
        onClick={() => {
          onSound({ ...sound, muted: !sound.muted });
        }}
      >
        {sound.muted || sound.volume === 0 ? <IconMuted /> : <IconVolume />}
      </Control>
      <input
        className={classes["volume"]}
        type="range"
        min={0}
        max={1}
        step={0.05}
        aria-label="Volume"
        value={sound.muted ? 0 : sound.volume}
        onChange={(event) => {
          onSound({ volume: Number(event.currentTarget.value), muted: false });
        }}
      />
      {screens.length > 0 && (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={screenShown ? <IconScreenOff size={16} /> : <IconScreen size={16} />}
          title="Key: s"
          onClick={() => {
            engine.showScreen(!screenShown);
          }}
        >
          {screenShown ? "Hide screen" : "Show screen"}
        </Button>
      )}
      <Control label={isFull ? "Leave full screen" : "Full screen"} keys="f" onClick={onFull}>
        {isFull ? <IconShrink /> : <IconFull />}
      </Control>
    </div>
  );
}

interface ControlProps {
  readonly label: string;
  readonly keys: string;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

function Control({ label, keys, onClick, children }: ControlProps) {
  return (
    <Tooltip label={`${label} (${keys})`}>
      <ActionIcon size={32} variant="subtle" color="gray" aria-label={label} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

function ReadOut({ durationMs }: { readonly durationMs: number }) {
  const position = useTicked(useCallback((engine) => formatDuration(engine.positionMs), []));
  const clock = useTicked(useCallback((engine) => formatClock(engine.wallMs), []));
  return (
    <span className={`${classes["readOut"] ?? ""} tabular`}>
      <strong>{position}</strong> / {formatDuration(durationMs)}
      <span className={classes["clock"]} title="Wall clock of the moment shown">
        {clock}
      </span>
    </span>
  );
}
