/** What has a mark on the timeline: events of the telephony, of the desktop, and where After Call Work or a loss begins. */

import type { TFunction } from "i18next";

import type { InteractionDetails } from "../../api/client";
import { formatCode } from "../../lib/format";
import type { Moment } from "../engine/moments";
import { turningPoints } from "../engine/moments";
import type { Timeline } from "../engine/timeline";

export type MarkKind = "call" | "pause" | "hold" | "transfer" | "acw" | "monitor" | "missing" | "other";

export interface Mark extends Moment {
  readonly kind: MarkKind;
  readonly label: string;
}

const KINDS: Readonly<Record<string, MarkKind>> = {
  "call.answered": "call",
  "call.ended": "call",
  "call.held": "hold",
  "call.retrieved": "hold",
  "call.transferred": "transfer",
  "recording.paused": "pause",
  "recording.resumed": "pause",
  "acw.started": "acw",
  "acw.ended": "acw",
};
/** A loss shorter than this is on the lane, but no place to go to. */
const SHORT_LOSS_MS = 2000;
/** Two that say the same at about the same time are one. */
const SAME_MS = 1000;

export function marksOf(details: InteractionDetails, timeline: Timeline, t: TFunction<"player">): Mark[] {
  const { originWallMs, durationMs } = timeline;
  const events = details.events.map((event): Mark => {
    const kind = KINDS[event.kind] ?? "other";
    return { id: event.id, atMs: event.at - originWallMs, kind, label: formatCode(event.kind) };
  });
  const desktop = details.screen_recordings.flatMap((recording) =>
    recording.marks.flatMap((mark, index): Mark[] => {
      if (mark.kind !== "monitor" && mark.kind !== "monitors") return [];
      const id = `${recording.id}-mark-${String(index)}`;
      return [{ id, atMs: mark.at - originWallMs, kind: "monitor", label: t(`event.${mark.kind}`) }];
    }),
  );
  const spans = timeline.screens.flatMap((screen) => screen.spans);
  const turns = turningPoints(timeline).flatMap(({ id, atMs }): Mark[] => {
    const span = spans.find((one) => one.startMs === atMs && (one.state === "acw" || one.state === "missing"));
    if (span === undefined || (span.state === "missing" && span.endMs - span.startMs < SHORT_LOSS_MS)) return [];
    const kind = span.state === "acw" ? "acw" : "missing";
    const told = events.some((event) => event.kind === kind && Math.abs(event.atMs - atMs) < SAME_MS);
    return told ? [] : [{ id, atMs, kind, label: t(`event.${kind}`) }];
  });
  return [...events, ...desktop, ...turns]
    .filter(({ atMs }) => atMs >= 0 && atMs <= durationMs)
    .sort((a, b) => a.atMs - b.atMs);
}
