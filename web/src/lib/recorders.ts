/** What the pages say about recorders: sums, states and figures in words. Pure. */

import type { Recorder, RecorderHealth } from "../api/client";
import { formatBytes, formatLength } from "./format";

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

const PHASES = { idle: "Ready", recording: "Recording", paused: "Paused", acw: "After Call Work" } as const;

export type RecorderState = "never" | "offline" | "problem" | keyof typeof PHASES;

export function stateOf(recorder: Recorder): RecorderState {
  const { observed, online } = recorder;
  if (observed === null || recorder.last_seen_at === null) return "never";
  if (!online) return "offline";
  return observed.problem ? "problem" : observed.phase;
}

export function stateName(state: RecorderState): string {
  if (state === "never") return "Not connected yet";
  if (state === "offline") return "Offline";
  return state === "problem" ? "Problem" : PHASES[state];
}

/** Since when a recorder is online or offline; null when it never was. */
export function since(recorder: Recorder): number | null {
  return recorder.online ? recorder.online_since : recorder.last_seen_at;
}

/** "4 min", "3 h 5 min", "12 days": for what need not be told to the second. */
export function formatAge(ms: number): string {
  const days = Math.floor(ms / 86_400_000);
  if (days >= 2) return `${String(days)} days`;
  if (ms < 60_000) return "under 1 min";
  return formatLength(Math.floor(ms / 60_000) * 60_000);
}

const unknown = "–";

export function formatPercent(value: number | null | undefined): string {
  if (value === null || value === undefined) return unknown;
  return `${value < 10 ? value.toFixed(1) : String(Math.round(value))} %`;
}

export function formatMs(value: number | null | undefined): string {
  if (value === null || value === undefined) return unknown;
  return `${value < 10 ? value.toFixed(1) : String(Math.round(value))} ms`;
}

export function formatKbps(value: number | null | undefined): string {
  if (value === null || value === undefined) return unknown;
  return value < 1000 ? `${String(Math.round(value))} kbit/s` : `${(value / 1000).toFixed(1)} Mbit/s`;
}

/** "loss 0.0 %, jitter 3 ms", without what is not known. */
export function linkText(health: RecorderHealth | undefined): string {
  const parts: string[] = [];
  if (isNumber(health?.loss_percent)) parts.push(`loss ${formatPercent(health.loss_percent)}`);
  if (isNumber(health?.jitter_ms)) parts.push(`jitter ${formatMs(health.jitter_ms)}`);
  return parts.join(", ");
}

/** "oldest 4 min, done in 30 s", empty when nothing waits or nothing is known. */
export function backlogText(recorder: Recorder): string {
  const health = recorder.observed?.health;
  if (backlogOf(recorder).chunks === 0) return "";
  const parts: string[] = [];
  if (isNumber(health?.oldest_backlog_ms)) parts.push(`oldest ${formatLength(health.oldest_backlog_ms)}`);
  if (isNumber(health?.backlog_eta_s)) parts.push(`done in ${formatLength(health.backlog_eta_s * 1000)}`);
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
export function healthFacts(health: RecorderHealth | undefined): readonly Fact[] {
  if (health === undefined) return [];
  const facts: (Fact | null)[] = [
    known("CPU of the recorder", health.cpu_percent, (value) => `${formatPercent(value)} of a core`),
    known("CPU of the machine", health.machine_cpu_percent, formatPercent),
    known("Memory", health.rss_bytes, formatBytes),
    known("Disk free", health.disk_free_bytes, formatBytes),
    health.encoder ? (["Encoder", health.encoder] as const) : null,
    health.encoder_why ? (["Chosen because", health.encoder_why] as const) : null,
    known("Frame rate limit", health.fps_limit, (value) => `${String(value)} per second`),
    isNumber(health.frame_ms_p50) || isNumber(health.frame_ms_p95)
      ? (["Time per frame", `${formatMs(health.frame_ms_p50)} median, ${formatMs(health.frame_ms_p95)} p95`] as const)
      : null,
    ["Frames", String(health.frames)],
    ...Object.entries(health.dropped_slots ?? {}).map(([reason, count]): Fact => [`Dropped: ${reason}`, String(count)]),
    known("Upload", health.upload_kbps, formatKbps),
    known("Round trip", health.rtt_ms, formatMs),
    known("Loss", health.loss_percent, formatPercent),
    known("Jitter", health.jitter_ms, formatMs),
    known("Oldest chunk waits", health.oldest_backlog_ms, formatLength),
    known("All sent in", health.backlog_eta_s, (value) => formatLength(value * 1000)),
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
