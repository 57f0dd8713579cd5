/** The engine that watches a recording, for as long as its page is open. */

import { useEffect, useState, useSyncExternalStore } from "react";

import type { LiveSnapshot } from "../../live/engine";
import { LiveEngine } from "../../live/engine";
import type { LegOptions } from "../../live/leg";
import { WebRtcLeg, playsH264 } from "../../live/leg";
import type { LiveView } from "./queries";
import { liveApi } from "./queries";

function engineOf(recordingId: string): LiveEngine<LiveView> {
  const makePeer = (configuration: RTCConfiguration) => new RTCPeerConnection(configuration);
  const send = (url: string, init: RequestInit) => fetch(url, init);
  const makeLeg = (options: LegOptions) => new WebRtcLeg(options, makePeer, send);
  return new LiveEngine(liveApi(recordingId), lacks() ?? makeLeg);
}

function lacks(): "no-webrtc" | "no-h264" | null {
  if (typeof RTCPeerConnection !== "function") return "no-webrtc";
  return playsH264() ? null : "no-h264";
}

export interface Live {
  readonly snapshot: LiveSnapshot<LiveView>;
  readonly again: () => void;
  /** The newest address of the playlist. */
  readonly playlistUrl: () => string | null;
}

export function useLive(recordingId: string): Live {
  const [engine] = useState(() => engineOf(recordingId));
  useEffect(() => {
    const leave = () => {
      engine.stop();
    };
    // Back to a page that the browser had kept.
    const back = ({ persisted }: PageTransitionEvent) => {
      if (persisted) engine.start();
    };
    window.addEventListener("pagehide", leave);
    window.addEventListener("pageshow", back);
    engine.start();
    return () => {
      window.removeEventListener("pagehide", leave);
      window.removeEventListener("pageshow", back);
      engine.stop();
    };
  }, [engine]);
  const snapshot = useSyncExternalStore(engine.subscribe, engine.getSnapshot);
  const [actions] = useState(() => ({
    again: () => {
      engine.start();
    },
    playlistUrl: () => engine.getSnapshot().view?.playlist_url ?? null,
  }));
  return { snapshot, ...actions };
}
