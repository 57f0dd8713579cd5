/** A day as the date field has it, and the moment at which it ends here. */

export function dayOf(ms: number | null): string {
  if (ms === null) return "";
  const date = new Date(ms);
  return [date.getFullYear(), pad(date.getMonth() + 1), pad(date.getDate())].join("-");
}

/** The last millisecond of the day; null without one. */
export function endOfDay(day: string): number | null {
  const [year, month, date] = day.split("-").map(Number);
  if (year === undefined || month === undefined || date === undefined || !/^\d{4}-\d\d-\d\d$/.test(day)) return null;
  return new Date(year, month - 1, date + 1).getTime() - 1;
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}
