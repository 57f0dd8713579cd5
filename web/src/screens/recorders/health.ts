/** What the pages say about recorders: sums, states and figures, in the words that they are given. Pure. */

import type { Recorder, RecorderHealth } from "../../api/client";
import { formatBytes, formatLength, formatNumber } from "../../lib/format";
import type { Texts } from "./texts";

export interface Backlog {
  readonly chunks: number;
  readonly bytes: number;
}

export function backlogOf(recorder: Recorder): Backlog {
  const held = recorder.observed?.backlog ?? [];
  return {
    chunks: held.reduce((sum, one) => sum + one.chunks, 0),
    bytes: held.reduce((sum, one) => sum + one.bytes, 0),
  };
}

export type RecorderState = "never" | "offline" | "problem" | NonNullable<Recorder["observed"]>["phase"];

export function stateOf(recorder: Recorder): RecorderState {
  const { observed, online } = recorder;
  if (observed === null || recorder.last_seen_at === null) return "never";
  if (!online) return "offline";
  return observed.problem ? "problem" : observed.phase;
}

/** Since when a recorder is online or offline; null when it never was. */
export function since(recorder: Recorder): number | null {
  return recorder.online ? recorder.online_since : recorder.last_seen_at;
}

/** "4 min", "3 h 5 min", "12 days": for what need not be told to the second. */
export function formatAge(ms: number, t: Texts): string {
  const days = Math.floor(ms / 86_400_000);
  if (days >= 2) return t("age.days", { count: days });
  if (ms < 60_000) return t("age.underMinute");
  return formatLength(Math.floor(ms / 60_000) * 60_000);
}

const unknown = "–";

export function formatPercent(value: number | null | undefined): string {
  if (value === null || value === undefined) return unknown;
  return `${formatNumber(value, value < 10 ? 1 : 0)} %`;
}

export function formatMs(value: number | null | undefined): string {
  if (value === null || value === undefined) return unknown;
  return `${formatNumber(value, value < 10 ? 1 : 0)} ms`;
}

export function formatKbps(value: number | null | undefined): string {
  if (value === null || value === undefined) return unknown;
  return value < 1000 ? `${formatNumber(value)} kbit/s` : `${formatNumber(value / 1000, 1)} Mbit/s`;
}

/** "loss 0.0 %, jitter 3 ms", without what is not known. */
export function linkText(health: RecorderHealth | undefined, t: Texts): string {
  const parts: string[] = [];
  if (isNumber(health?.loss_percent)) parts.push(t("loss", { value: formatPercent(health.loss_percent) }));
  if (isNumber(health?.jitter_ms)) parts.push(t("jitter", { value: formatMs(health.jitter_ms) }));
  return parts.join(", ");
}

/** "oldest 4 min, done in 30 s", empty when nothing waits or nothing is known. */
export function backlogText(recorder: Recorder, t: Texts): string {
  const health = recorder.observed?.health;
  if (backlogOf(recorder).chunks === 0) return "";
  const parts: string[] = [];
  if (isNumber(health?.oldest_backlog_ms)) parts.push(t("oldest", { length: formatLength(health.oldest_backlog_ms) }));
  if (isNumber(health?.backlog_eta_s)) parts.push(t("doneIn", { length: formatLength(health.backlog_eta_s * 1000) }));
  return parts.join(", ");
}

/** "1920 × 1080", one for each monitor, the one in the picture first. */
export function monitorSizes(recorder: Recorder): readonly string[] {
  const monitors = recorder.observed?.monitors ?? [];
  const inOrder = [...monitors.filter((one) => one.active), ...monitors.filter((one) => !one.active)];
  return inOrder.map((one) => `${String(one.width)} × ${String(one.height)}`);
}

export type Fact = readonly [name: string, value: string];

/** Everything of a report's health, in the order of the drawer; what is not known is left out. */
export function healthFacts(health: RecorderHealth | undefined, t: Texts): readonly Fact[] {
  if (health === undefined) return [];
  const facts: (Fact | null)[] = [
    known(t("health.cpu"), health.cpu_percent, (value) => t("health.ofCore", { percent: formatPercent(value) })),
    known(t("health.machineCpu"), health.machine_cpu_percent, formatPercent),
    known(t("health.memory"), health.rss_bytes, formatBytes),
    known(t("health.disk"), health.disk_free_bytes, formatBytes),
    health.encoder ? [t("health.encoder"), health.encoder] : null,
    health.encoder_why ? [t("health.encoderWhy"), health.encoder_why] : null,
    known(t("health.fps"), health.fps_limit, (value) => t("health.perSecond", { value: formatNumber(value) })),
    isNumber(health.frame_ms_p50) || isNumber(health.frame_ms_p95)
      ? [t("health.frameTime"), t("health.frameTimes", { p50: formatMs(health.frame_ms_p50), p95: formatMs(health.frame_ms_p95) })]
      : null,
    [t("health.frames"), formatNumber(health.frames)],
    ...Object.entries(health.dropped_slots ?? {}).map(([reason, count]): Fact => [t("health.dropped", { reason }), formatNumber(count)]),
    known(t("health.upload"), health.upload_kbps, formatKbps),
    known(t("health.rtt"), health.rtt_ms, formatMs),
    known(t("health.loss"), health.loss_percent, formatPercent),
    known(t("health.jitter"), health.jitter_ms, formatMs),
    known(t("health.oldest"), health.oldest_backlog_ms, formatLength),
    known(t("health.eta"), health.backlog_eta_s, (value) => formatLength(value * 1000)),
  ];
  return facts.filter((fact) => fact !== null);
}

function known(name: string, value: number | null | undefined, format: (value: number) => string): Fact | null {
  return isNumber(value) ? [name, format(value)] : null;
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === "number";
}

const CODE = /[^BCDFGHJKLMNPQRSTVWXZ]/g;

/** What was typed so far as a code is shown: "wdjb mj" → "WDJB-MJ". What no code contains is left out. */
export function formatUserCode(typed: string): string {
  const letters = typed.toUpperCase().replaceAll(CODE, "").slice(0, 8);
  return letters.length > 4 ? `${letters.slice(0, 4)}-${letters.slice(4)}` : letters;
}

export function isUserCode(text: string): boolean {
  return text.length === 9 && formatUserCode(text) === text;
}

export interface RecorderFilter {
  readonly text: string;
  readonly show: "all" | "online" | "offline" | "problem";
}

export function fitsFilter(recorder: Recorder, { text, show }: RecorderFilter): boolean {
  if (show === "online" && !recorder.online) return false;
  if (show === "offline" && recorder.online) return false;
  if (show === "problem" && !recorder.observed?.problem) return false;
  const wanted = text.trim().toLowerCase();
  return [recorder.agent.name, recorder.hostname].some((one) => one.toLowerCase().includes(wanted));
}
