/** Numbers and instants as people read them, in the language of the pages; the zone is the browser's unless given. */

import i18next from "i18next";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** English as in Britain: the day before the month, and 24 hours. */
const LOCALES: Readonly<Record<string, string>> = { en: "en-GB", de: "de-DE" };

/** The BCP 47 tag that numbers and dates are written for. */
export function localeOf(language: string | undefined = i18next.language): string {
  return LOCALES[language ?? "en"] ?? "en-GB";
}

// Making one costs about as much as writing a thousand numbers with it.
const numbers = new Map<string, Intl.NumberFormat>();
const dates = new Map<string, Intl.DateTimeFormat>();

function numberFormat(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${localeOf()} ${JSON.stringify(options)}`;
  const found = numbers.get(key) ?? new Intl.NumberFormat(localeOf(), options);
  numbers.set(key, found);
  return found;
}

function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${localeOf()} ${JSON.stringify(options)}`;
  const found = dates.get(key) ?? new Intl.DateTimeFormat(localeOf(), options);
  dates.set(key, found);
  return found;
}

/** 1234.56 → "1,235", with two digits "1,234.56". */
export function formatNumber(value: number, digits = 0): string {
  return numberFormat({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** 75 000 → "1:15", 3 675 000 → "1:01:15". Rounds down, as players do. */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, Math.floor(ms / SECOND));
  const seconds = String(whole % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  return hours > 0 ? `${String(hours)}:${String(minutes).padStart(2, "0")}:${seconds}` : `${String(minutes)}:${seconds}`;
}

/** A length in units that all languages here share: "45 s", "3 min 20 s", "1 h 5 min". */
export function formatLength(ms: number): string {
  // What is shown is rounded first: 119.7 s are 2 min, not 1 min 60 s.
  if (Math.round(ms) < SECOND) return `${String(Math.round(ms))} ms`;
  const seconds = Math.round(ms / SECOND);
  if (seconds < 60) return `${String(seconds)} s`;
  if (seconds < 3600) return inTwo(Math.floor(seconds / 60), "min", seconds % 60, "s");
  const minutes = Math.round(ms / MINUTE);
  return inTwo(Math.floor(minutes / 60), "h", minutes % 60, "min");
}

function inTwo(large: number, unit: string, small: number, smallUnit: string): string {
  return `${String(large)} ${unit}${small > 0 ? ` ${String(small)} ${smallUnit}` : ""}`;
}

export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${formatNumber(value, unit === 0 || value >= 100 ? 0 : 1)} ${units[unit] ?? ""}`;
}

/** 1 → "100 %"; never rounds a loss away: 0.9996 → "99.9 %". */
export function formatShare(share: number): string {
  if (share >= 1) return "100 %";
  const percent = Math.floor(share * 1000) / 10;
  return `${percent >= 99 || percent < 10 ? formatNumber(percent, 1) : formatNumber(Math.floor(percent))} %`;
}

/** 0 to 100, with a decimal where there is one: "87.5". */
export function formatScore(score: number): string {
  return formatNumber(score, Number.isInteger(score) ? 0 : 1);
}

export function formatClock(wallMs: number, timeZone?: string): string {
  return dateFormat({
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hour12: false,
    ...(timeZone ? { timeZone } : {}),
  }).format(wallMs);
}

/** "3 September 2026", "3. September 2026". */
export function formatDay(wallMs: number): string {
  return dateFormat({ day: "numeric", month: "long", year: "numeric" }).format(wallMs);
}

/** "Today 14:03", "Yesterday 09:12", "3 Sept 14:03", "3 Sept 2025 14:03". */
export function formatMoment(wallMs: number, nowMs: number): string {
  const then = new Date(wallMs);
  const now = new Date(nowMs);
  const time = dateFormat({ hour: "2-digit", minute: "2-digit", hour12: false }).format(then);
  const days = Math.round((startOfDay(now) - startOfDay(then)) / (24 * HOUR));
  if (days === 0) return i18next.t("when.today", { time });
  if (days === 1) return i18next.t("when.yesterday", { time });
  const year = then.getFullYear() === now.getFullYear() ? {} : ({ year: "numeric" } as const);
  return `${dateFormat({ day: "numeric", month: "short", ...year }).format(then)} ${time}`;
}

export function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** Who speaks in a transcript: names as they stand, "agent" and "customer" in the reader's language. */
export function formatSpeaker(speaker: string): string {
  const role = speaker.trim().toLowerCase();
  return role === "agent" || role === "customer" ? i18next.t(`speaker.${role}`) : speaker;
}

/** "recorder_offline" → "Recorder offline", "call.answered" → "Call answered"; codes without a text as they stand. */
export function formatCode(code: string): string {
  const key = `code.${code.replaceAll(".", "_")}`;
  if (i18next.exists(key)) return i18next.t(key as "code.unknown");
  const words = code.replaceAll(/[._]/g, " ").trim().replace(/\bacw\b/, "ACW");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
