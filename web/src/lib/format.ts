/** Numbers and instants as people read them. Pure; the locale and zone are the browser's unless given. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** 75 000 → "1:15", 3 675 000 → "1:01:15". Rounds down, as players do. */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, Math.floor(ms / SECOND));
  const seconds = String(whole % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  return hours > 0 ? `${String(hours)}:${String(minutes).padStart(2, "0")}:${seconds}` : `${String(minutes)}:${seconds}`;
}

/** A length in words: "45 s", "3 min 20 s", "1 h 5 min". */
export function formatLength(ms: number): string {
  if (ms < SECOND) return `${String(Math.round(ms))} ms`;
  if (ms < MINUTE) return `${String(Math.round(ms / SECOND))} s`;
  if (ms < HOUR) {
    const seconds = Math.round((ms % MINUTE) / SECOND);
    return `${String(Math.floor(ms / MINUTE))} min${seconds > 0 ? ` ${String(seconds)} s` : ""}`;
  }
  const minutes = Math.round((ms % HOUR) / MINUTE);
  return `${String(Math.floor(ms / HOUR))} h${minutes > 0 ? ` ${String(minutes)} min` : ""}`;
}

export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(unit === 0 || value >= 100 ? 0 : 1)} ${units[unit] ?? ""}`;
}

/** 1 → "100 %"; never rounds a loss away: 0.9996 → "99.9 %". */
export function formatShare(share: number): string {
  if (share >= 1) return "100 %";
  const percent = Math.floor(share * 1000) / 10;
  return `${percent >= 99 || percent < 10 ? percent.toFixed(1) : String(Math.floor(percent))} %`;
}

export function formatClock(wallMs: number, timeZone?: string): string {
  return new Intl.DateTimeFormat(undefined, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hour12: false,
    ...(timeZone ? { timeZone } : {}),
  }).format(wallMs);
}

/** "Today 14:03", "Yesterday 09:12", "3 Sep 14:03", "3 Sep 2025 14:03". */
export function formatMoment(wallMs: number, nowMs: number): string {
  const then = new Date(wallMs);
  const now = new Date(nowMs);
  const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false }).format(then);
  const days = Math.round((startOfDay(now) - startOfDay(then)) / (24 * HOUR));
  if (days === 0) return `Today ${time}`;
  if (days === 1) return `Yesterday ${time}`;
  const day = new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    ...(then.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }),
  }).format(then);
  return `${day} ${time}`;
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** "recorder_offline" → "Recorder offline", "call.answered" → "Call answered". */
export function formatCode(code: string): string {
  const words = code.replaceAll(/[._]/g, " ").trim().replace(/\bacw\b/, "ACW");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
