/** What the statistics of a connection say of the picture: whether it moves on, and how long it takes. Pure. */

import type { Rung, Stat, Stats } from "./rung";
import { pairOf, rungOf } from "./rung";

/** Totals since the connection began. */
export interface Flow {
  readonly frames: number;
  readonly bytes: number;
  /** From the first packet of a picture until it was decoded, summed over all pictures. */
  readonly workMs: number;
  readonly packets: number;
  readonly lost: number;
  readonly rttMs: number | null;
  readonly rung: Rung | null;
}

export const NO_FLOW: Flow = { frames: 0, bytes: 0, workMs: 0, packets: 0, lost: 0, rttMs: null, rung: null };

/** How it goes between two samples. */
export interface Pace {
  /** On the way from the gateway until it can be shown. */
  readonly delayMs: number | null;
  readonly kbps: number;
  readonly fps: number;
  readonly lossPercent: number;
}

export function flowOf(stats: Stats): Flow {
  const video = [...stats.values()].find((stat) => stat.type === "inbound-rtp" && stat["kind"] === "video");
  const rtt = pairOf(stats)?.["currentRoundTripTime"];
  return {
    frames: figure(video, "framesDecoded"),
    bytes: figure(video, "bytesReceived"),
    workMs: 1000 * (figure(video, "totalProcessingDelay") || figure(video, "jitterBufferDelay")),
    packets: figure(video, "packetsReceived"),
    lost: figure(video, "packetsLost"),
    rttMs: typeof rtt === "number" ? rtt * 1000 : null,
    rung: rungOf(stats),
  };
}

/** Null when too little came between for a figure. */
export function paceOf(before: Flow, after: Flow, tookMs: number): Pace | null {
  const frames = after.frames - before.frames;
  const packets = after.packets - before.packets;
  const lost = Math.max(0, after.lost - before.lost);
  if (frames <= 0 || tookMs <= 0) return null;
  return {
    delayMs: after.rttMs === null ? null : after.rttMs / 2 + (after.workMs - before.workMs) / frames,
    kbps: (8 * (after.bytes - before.bytes)) / tookMs,
    fps: (1000 * frames) / tookMs,
    lossPercent: packets + lost > 0 ? (100 * lost) / (packets + lost) : 0,
  };
}

function figure(stat: Stat | undefined, name: string): number {
  const value = stat?.[name];
  return typeof value === "number" ? value : 0;
}
