/** Days of the reader's own calendar, as date fields and addresses have them: "2026-11-22". Pure. */

const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;
/** A year that is being typed passes through 0002, 0020 and 0202. */
const FIRST_YEAR = 1970;

/** The day on which an instant lies. */
export function dayOf(wallMs: number): string {
  const at = new Date(wallMs);
  return [String(at.getFullYear()).padStart(4, "0"), two(at.getMonth() + 1), two(at.getDate())].join("-");
}

/** When a day begins, or the one `plusDays` after it; null when it is no day. */
export function startOf(day: string, plusDays = 0): number | null {
  const [year = 0, month = 0, date = 0] = DAY.exec(day)?.slice(1).map(Number) ?? [];
  const at = new Date(year, month - 1, date);
  if (year < FIRST_YEAR || at.getMonth() !== month - 1 || at.getDate() !== date) return null;
  return Math.max(0, new Date(year, month - 1, date + plusDays).getTime());
}

/** The last millisecond of a day; null when it is no day. */
export function endOf(day: string): number | null {
  const next = startOf(day, 1);
  return next === null ? null : next - 1;
}

/** Whole days up to and with today. */
export function lastDays(count: number, now: number): { readonly from: number; readonly to: number } {
  const today = new Date(now);
  const at = (plus: number) => new Date(today.getFullYear(), today.getMonth(), today.getDate() + plus).getTime();
  return { from: at(1 - count), to: at(1) };
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
