/** What a screen recording lacks, summed up by reason, the longest first. */

import type { ScreenRecording } from "../api/client";

export interface MissingGroup {
  readonly reason: string;
  /** Without what is still going on. */
  readonly ms: number;
  readonly advice: string | null;
}

export function missingByReason(spans: ScreenRecording["spans"]): MissingGroup[] {
  const groups = new Map<string, MissingGroup>();
  for (const span of spans) {
    if (span.state !== "missing") continue;
    const reason = span.reason ?? "unknown";
    const before = groups.get(reason);
    const ms = span.end === null ? 0 : span.end - span.start;
    groups.set(reason, { reason, ms: (before?.ms ?? 0) + ms, advice: before?.advice ?? span.advice });
  }
  return [...groups.values()].sort((a, b) => b.ms - a.ms);
}
