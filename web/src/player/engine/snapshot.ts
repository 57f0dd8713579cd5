/** What the page shows of the player. A new object only when something in it changed; the position is read apart. */

import type { MediaFault } from "./driver";
import type { PlayerState } from "./state";
import type { Span } from "./timeline";

export type WaitReason = "media" | "live" | "pause";

/** Play from startMs to endMs again and again. */
export interface Loop {
  readonly startMs: number;
  readonly endMs: number;
}

export interface Snapshot {
  readonly state: PlayerState;
  readonly master: "audio" | "clock";
  readonly screenId: string | null;
  readonly span: Span | null;
  readonly waitingFor: WaitReason | null;
  readonly durationMs: number;
  readonly live: boolean;
  readonly rate: number;
  readonly screenShown: boolean;
  readonly loop: Loop | null;
  readonly audioFault: MediaFault | null;
  readonly screenFault: MediaFault | null;
  /** Something cannot be loaded now and is asked for again by itself. */
  readonly trouble: MediaFault | null;
  /** The browser refused to play without a gesture, or something else stopped it. */
  readonly stopped: boolean;
}

export function sameSnapshot(a: Snapshot, b: Snapshot): boolean {
  return (Object.keys(a) as (keyof Snapshot)[]).every((key) => a[key] === b[key]);
}
