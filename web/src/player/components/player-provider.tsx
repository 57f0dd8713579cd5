/** One player for a part of a page: the engine and what turns it, shared by <Player> and the panes beside it. */

import type { ReactNode } from "react";
import { useContext, useEffect, useState } from "react";

import { PlayerEngine } from "../engine/player";
import { PlayerContext } from "./player-context";
import { Ticker } from "./ticker";

export function PlayerProvider({ children }: { readonly children: ReactNode }) {
  const [parts] = useState(() => ({ engine: new PlayerEngine(() => performance.now()), ticker: new Ticker() }));
  const { engine, ticker } = parts;
  useEffect(() => {
    const stopListening = ticker.onTick(() => {
      engine.tick();
    });
    const stop = ticker.start();
    return () => {
      stop();
      stopListening();
    };
  }, [engine, ticker]);
  return <PlayerContext value={parts}>{children}</PlayerContext>;
}

/** The provider that is there, else one of its own. */
export function OwnProvider({ children }: { readonly children: ReactNode }) {
  return useContext(PlayerContext) === null ? <PlayerProvider>{children}</PlayerProvider> : <>{children}</>;
}
