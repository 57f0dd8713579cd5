/** This tab's player leads the tabs that show its screen alone. */

import { useCallback, useEffect, useRef, useState } from "react";

import { randomName } from "../../lib/random-name";
import { BroadcastPeers, anotherChannel, channelName, channelOf } from "../drivers/broadcast";
import type { Followed } from "../engine/peers/leader";
import { Leader } from "../engine/peers/leader";
import { usePlayerParts } from "./player-context";

const LOOK_MS = 1000;

export interface LeaderDesk {
  readonly followed: Followed | null;
  /** Open the screen in a tab of its own. */
  readonly popOut: () => void;
}

export function useLeader(interactionId: string): LeaderDesk {
  const { engine, ticker } = usePlayerParts();
  const [channel, setChannel] = useState(() => channelOf(interactionId));
  const [followed, setFollowed] = useState<Followed | null>(null);
  const leader = useRef<Leader | null>(null);
  useEffect(() => {
    const peers = new BroadcastPeers(channelName(interactionId, channel));
    const made = new Leader(engine, peers, randomName(8), () => performance.now(), () => {
      setChannel(anotherChannel(interactionId));
    });
    leader.current = made;
    const stop = ticker.onTick(() => {
      made.tick();
    });
    const timer = setInterval(() => {
      setFollowed(made.followed);
    }, LOOK_MS);
    return () => {
      clearInterval(timer);
      stop();
      made.close();
      peers.close();
    };
  }, [engine, ticker, interactionId, channel]);
  const popOut = useCallback(() => {
    // A link with noopener gives the tab a process of its own: neither waits for the other's work.
    const link = document.createElement("a");
    link.href = `/play/${encodeURIComponent(interactionId)}/screen?with=${encodeURIComponent(channel)}`;
    link.target = "_blank";
    link.rel = "noopener";
    link.click();
  }, [interactionId, channel]);
  return { followed, popOut };
}
