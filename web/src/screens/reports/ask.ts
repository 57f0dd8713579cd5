/** What a report is asked: in the address, so that it can be sent and gone back to. */

import type { components } from "../../api/schema";
import { lastDays } from "../../lib/days";

export type Grouping = components["schemas"]["ScoreGroupBy"];

export const RANGES = [30, 90, 365] as const;
export const GROUPINGS = ["agent", "team", "form", "question", "evaluator"] as const satisfies readonly Grouping[];
export const FILTERS = ["form", "team", "agent"] as const;

type Filter = (typeof FILTERS)[number];

export interface Ask {
  readonly days: (typeof RANGES)[number];
  readonly by: (typeof GROUPINGS)[number];
  readonly filters: Readonly<Record<Filter, string | null>>;
}

export function readAsk(search: URLSearchParams): Ask {
  return {
    days: RANGES.find((days) => String(days) === search.get("days")) ?? 90,
    by: GROUPINGS.find((by) => by === search.get("by")) ?? "agent",
    filters: { form: search.get("form"), team: search.get("team"), agent: search.get("agent") },
  };
}


export interface Period {
  readonly from: number;
  readonly to: number;
  readonly timezone: string;
}

/** Whole days up to and with today; the same all day, so that nothing is asked twice. */
export function periodOf(days: number, nowMs: number, timezone: string): Period {
  return { ...lastDays(days, nowMs), timezone };
}

/** As the server takes them, for a query and for the address of the CSV. */
export function queryOf({ from, to, timezone }: Period, filters: Ask["filters"]) {
  const { form, team, agent } = filters;
  return {
    from,
    to,
    timezone,
    ...(form === null ? {} : { form: [form] }),
    ...(team === null ? {} : { team: [team] }),
    ...(agent === null ? {} : { agent: [agent] }),
  };
}

/** "2026-W05" → "W5"; the year too where several are shown. */
export function weekName(key: string, withYear: boolean): string {
  const [year = "", week = ""] = key.split("-W");
  return withYear ? `W${String(Number(week))} ${year}` : `W${String(Number(week))}`;
}
