/** Rows in the reader's words, and the report to be taken away as text or JSON. Pure. */

import { inReadersWords } from "../../i18n/server-words";
import { formatNumber } from "../../lib/format";
import type { Facts } from "./engine/facts";
import { RUNGS } from "./engine/facts";
import type { Phrase, Row, Verdict } from "./engine/rows";
import { isLive, worst } from "./engine/rows";
import type { Texts } from "./texts";

export interface Said {
  readonly title: string;
  readonly measured: string;
  readonly required: string;
  /** Empty when there is nothing to do. */
  readonly advice: string;
}

/** Every phrase has its text with all of its values (words.test.ts); of a union of keys the compiler cannot tell. */
export function say({ check, measured, required, advice }: Row, t: Texts): Said {
  return {
    title: t(`checks.${check}`),
    measured: t(`measured.${measured.key}` as "measured.nothing", valuesOf(measured)),
    required: t(`required.${required.key}` as "required.answer", valuesOf(required)),
    advice: advice === null ? "" : t(`advice.${advice.key}` as "advice.server", valuesOf(advice)),
  };
}

function valuesOf({ values = {} }: Phrase<string>): { readonly replace: Readonly<Record<string, string>> } {
  const shown = Object.entries(values).map(([name, value]) => [name, typeof value === "number" ? figure(value) : name === "text" ? ofServer(value) : value]);
  return { replace: Object.fromEntries(shown) as Record<string, string> };
}

/** "0.4", "12", "1,500". */
function figure(value: number): string {
  const digits = !Number.isInteger(value) && Math.abs(value) < 10 ? 1 : 0;
  return formatNumber(value, digits);
}

function ofServer(sentence: string): string {
  return inReadersWords({ status: 0, code: "", title: sentence, detail: "", hint: null, retryable: false }).title;
}

/** How live view fares: by which way, or why by none. */
export function liveOf({ plan, direct, ice }: Facts): "direct" | "turn_udp" | "turn_tcp" | "turn_tls" | "none" | "noTurn" | "noWebrtc" | null {
  if (plan === undefined) return null;
  if (direct?.kind === "connected") return "direct";
  if (plan.turn === null) return "noTurn";
  if (ice === undefined) return null;
  if (ice === null) return "noWebrtc";
  return RUNGS.find((rung) => ice.rungs[rung].kind === "echo") ?? "none";
}

/** Of recordings and playback; what live view lacks does not count against them. */
export function overallOf(rows: readonly Row[]): Verdict {
  return worst(rows.filter(({ check }) => !isLive(check)));
}

export interface Report {
  readonly region: string | null;
  readonly at: number;
  readonly facts: Facts;
  readonly rows: readonly Row[];
}

export function textOf({ region, at, facts, rows }: Report, t: Texts): string {
  const live = liveOf(facts);
  const lines = [
    `${t("title")}, ${t("checkedAt", { region: region ?? "–", moment: new Date(at).toISOString() })}`,
    t(`overall.${overallOf(rows)}`),
    ...(live === null ? [] : [t(`live.${live}`)]),
    "",
  ];
  for (const row of rows) {
    const { title, measured, required, advice } = say(row, t);
    lines.push(`${t(`verdicts.${row.verdict}`)}: ${title}: ${measured} (${required})`);
    if (advice !== "") lines.push(`  → ${advice}`);
  }
  return `${lines.join("\n")}\n`;
}

/** As `deskreel doctor --json` has its rows. */
export function jsonOf({ region, at, rows }: Report, t: Texts, browser: string): string {
  const document = {
    region,
    checked_at: new Date(at).toISOString(),
    browser,
    verdict: worst(rows),
    rows: rows.map((row) => ({ check: row.check, ...say(row, t), verdict: row.verdict })),
  };
  return JSON.stringify(document, null, 2);
}
