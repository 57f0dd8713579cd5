/** The stretch of days that the coverage report is about. Pure. */

import { dayOf } from "../../../lib/days";

export const RANGES = [7, 30, 90] as const;
export type RangeDays = (typeof RANGES)[number];


export function daysOf(text: string | null): RangeDays {
  return RANGES.find((one) => String(one) === text) ?? 30;
}

export interface DayPoint extends Readonly<Record<string, unknown>> {
  readonly day: string;
  /** Percent, one decimal; null: nothing was expected that day. */
  readonly coverage: number | null;
  /** Minutes. */
  readonly missing: number;
}

/** One point for each day of the stretch, also for those without calls. */
export function dayPoints(
  items: readonly { readonly key: string; readonly coverage?: number | null; readonly missing_ms: number }[],
  from: number,
  to: number,
): DayPoint[] {
  const known = new Map(items.map((item) => [item.key, item]));
  const points: DayPoint[] = [];
  for (const day = new Date(from); day.getTime() < to; day.setDate(day.getDate() + 1)) {
    const key = dayOf(day.getTime());
    const item = known.get(key);
    const share = item?.coverage ?? null;
    points.push({
      day: key,
      // rounded down: what is missing never shows as 100
      coverage: share === null ? null : Math.floor(share * 1000) / 10,
      missing: Math.round((item?.missing_ms ?? 0) / 6000) / 10,
    });
  }
  return points;
}

