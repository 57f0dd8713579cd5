/** What every part of the player shares: the engine, the ticker, and the last snapshot. */

import { createContext, useContext, useEffect, useState, useSyncExternalStore } from "react";

import type { PlayerEngine, Snapshot } from "../engine/player";
import type { Ticker } from "./ticker";

export interface PlayerParts {
  readonly engine: PlayerEngine;
  readonly ticker: Ticker;
}

export const PlayerContext = createContext<PlayerParts | null>(null);

export function usePlayerParts(): PlayerParts {
  const parts = useContext(PlayerContext);
  if (parts === null) throw new Error("This belongs inside <Player>.");
  return parts;
}

export function useSnapshot(): Snapshot {
  const { engine } = usePlayerParts();
  return useSyncExternalStore(engine.subscribe, engine.getSnapshot);
}

/** A value read from the engine on every tick; renders only when it changed. Keep it small: a string or a number. */
export function useTicked<T extends string | number | null>(read: (engine: PlayerEngine) => T): T {
  const { engine, ticker } = usePlayerParts();
  const [value, setValue] = useState(() => read(engine));
  useEffect(
    () =>
      ticker.onTick(() => {
        setValue(read(engine));
      }),
    [engine, ticker, read],
  );
  return value;
}
