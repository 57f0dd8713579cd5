/**
 * What every part of the player shares, and what panes beside it are given: `usePlayer()` to read and move the
 * position, `usePlayerTicked()` to render by it. Parts of the player itself use `usePlayerParts()` and `useSnapshot()`.
 */

import { createContext, useCallback, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";

import type { PlayerEngine, Snapshot } from "../engine/player";
import type { Ticker } from "./ticker";

/** A comment or feedback, drawn on the timeline; positions in ms since the interaction began. */
export interface TimelineNote {
  readonly id: string;
  readonly startMs: number;
  /** Null for a point. */
  readonly endMs: number | null;
  readonly label: string;
}

/** What is said from startMs to endMs. */
export interface Caption {
  readonly startMs: number;
  readonly endMs: number;
  readonly speaker: string | null;
  readonly text: string;
}

/** What panes beside the player may do with it. */
export interface PlayerHandle {
  /** Now, in ms since the interaction began. */
  readonly positionMs: number;
  readonly durationMs: number;
  readonly isPlaying: boolean;
  seek(positionMs: number): void;
  play(): void;
  pause(): void;
  /** With every picture of the page; returns the way out. */
  onTick(listener: () => void): () => void;
}

export interface PlayerParts {
  readonly engine: PlayerEngine;
  readonly ticker: Ticker;
}

export const PlayerContext = createContext<PlayerParts | null>(null);

export function usePlayerParts(): PlayerParts {
  const parts = useContext(PlayerContext);
  if (parts === null) throw new Error("This belongs inside <PlayerProvider>.");
  return parts;
}

export function usePlayer(): PlayerHandle {
  const { engine, ticker } = usePlayerParts();
  return useMemo(
    () => ({
      get positionMs() {
        return engine.positionMs;
      },
      get durationMs() {
        return engine.getSnapshot().durationMs;
      },
      get isPlaying() {
        return engine.isRunning;
      },
      seek: (positionMs) => {
        engine.seek(positionMs);
      },
      play: () => {
        engine.play();
      },
      pause: () => {
        engine.pause();
      },
      onTick: (listener) => ticker.onTick(listener),
    }),
    [engine, ticker],
  );
}

/** A value read on every tick; renders only when it changed. `read` must keep its identity (useCallback). */
export function usePlayerTicked<T extends string | number | boolean | null>(read: (player: PlayerHandle) => T): T {
  const player = usePlayer();
  return useTicked(useCallback(() => read(player), [player, read]));
}

export function useSnapshot(): Snapshot {
  const { engine } = usePlayerParts();
  return useSyncExternalStore(engine.subscribe, engine.getSnapshot);
}

/** As usePlayerTicked, with the engine itself. */
export function useTicked<T extends string | number | boolean | null>(read: (engine: PlayerEngine) => T): T {
  const { engine, ticker } = usePlayerParts();
  const [value, setValue] = useState(() => read(engine));
  useEffect(() => {
    const look = () => {
      setValue(read(engine));
    };
    look();
    return ticker.onTick(look);
  }, [engine, ticker, read]);
  return value;
}
