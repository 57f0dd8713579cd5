/** The columns that the list can have: what stands in each, how wide it is, and whether one can sort by it. */

import type { ReactNode } from "react";

import type { InteractionSummary } from "../../api/client";
import { Coverage } from "../../components/coverage";
import { IconAudio, IconCaptions, IconClipboard, IconScreen } from "../../components/icons";
import { Direction, StateBadge, agentNames } from "../../components/interaction-bits";
import { useNow } from "../../components/use-now";
import { formatDuration } from "../../lib/format";
import classes from "./list.module.css";
import type { Texts } from "./texts";

export const COLUMNS = [
  "agent",
  "direction",
  "caller",
  "callee",
  "queue",
  "duration",
  "state",
  "paused",
  "coverage",
  "media",
  "source",
] as const;
export type Column = (typeof COLUMNS)[number];
const USUAL: readonly Column[] = ["agent", "direction", "caller", "callee", "queue", "duration", "state", "coverage", "media"];
/**
 * What goes first where the page is narrower than so many em. Nearly every row says of its state that the call has ended, and one
 * that goes on counts; whom a call was for says less than who took it.
 */
const LEAVING: readonly (readonly [em: number, column: Column])[] = [
  [72.5, "state"],
  [62, "callee"],
  [54, "queue"],
  [46, "caller"],
];
/** Where the usual columns change: a page at most so many em wide has one less. */
export const NARROWER: readonly number[] = LEAVING.map(([em]) => em);

/** The usual columns of a page that is narrower than the first `steps` of `NARROWER`. */
export function usualColumns(steps: number): readonly Column[] {
  const left = LEAVING.slice(0, steps).map(([, column]) => column);
  return USUAL.filter((column) => !left.includes(column));
}

/** Relative widths; the moment of the call is always the first column. A telephone number fits from 1024 px on. */
export const TIME_WIDTH = 10.2;
export const WIDTHS: Readonly<Record<Column, number>> = {
  agent: 10.8,
  direction: 2.6,
  caller: 12.2,
  callee: 12.2,
  queue: 8.4,
  duration: 7.6,
  state: 9.5,
  paused: 6,
  coverage: 9.3,
  media: 7.6,
  source: 8,
};
/** By what a column sorts. */
export const SORTED: Partial<Readonly<Record<Column, "duration" | "coverage">>> = { duration: "duration", coverage: "coverage" };
export const AT_END: ReadonlySet<Column> = new Set(["duration", "paused"]);

export function cellOf(column: Column, item: InteractionSummary, t: Texts): ReactNode {
  switch (column) {
    case "agent":
      return <span className={classes["strong"]}>{agentNames(item)}</span>;
    case "direction":
      return <Direction direction={item.direction} />;
    case "caller":
      return item.caller ?? "–";
    case "callee":
      return item.callee ?? "–";
    case "queue":
      return item.queue ?? "–";
    case "duration":
      return <Duration item={item} />;
    case "state":
      return <StateBadge state={item.state} />;
    case "paused":
      return <span className={classes["muted"]}>{item.paused_ms > 0 ? formatDuration(item.paused_ms) : "–"}</span>;
    case "coverage":
      return <Coverage share={item.coverage} />;
    case "media":
      return (
        <span className={classes["media"]}>
          <Media text={t(item.has_call_recording ? "media.audio" : "media.noAudio")} present={item.has_call_recording} icon={<IconAudio size={16} />} />
          <Media text={t(item.has_screen_recording ? "media.screen" : "media.noScreen")} present={item.has_screen_recording} icon={<IconScreen size={16} />} />
          <Media text={t(item.has_transcript ? "media.transcript" : "media.noTranscript")} present={item.has_transcript} icon={<IconCaptions size={16} />} />
          <Media text={t(item.has_evaluation ? "media.evaluation" : "media.noEvaluation")} present={item.has_evaluation} icon={<IconClipboard size={16} />} />
        </span>
      );
    case "source":
      return item.source;
  }
}

function Duration({ item }: { readonly item: InteractionSummary }) {
  if (item.duration_ms !== null) return formatDuration(item.duration_ms);
  if (item.ended_at !== null) return formatDuration(item.ended_at - item.started_at);
  return <Growing since={item.started_at} />;
}

function Growing({ since }: { readonly since: number }) {
  return formatDuration(useNow(1000) - since);
}

function Media({ text, present, icon }: { readonly text: string; readonly present: boolean; readonly icon: ReactNode }) {
  return (
    <span data-present={present} title={text}>
      {icon}
      <span className="visually-hidden">{text}</span>
    </span>
  );
}
