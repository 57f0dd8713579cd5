/**
 * What the list is asked for. It lives in the address, so that a list can be sent to somebody and the way back leads to
 * the same one. The names are those of the API, but for days: `range`, `from` and `to` are of the reader's own calendar.
 */

import type { InteractionQuery, SavedFilter } from "../../api/client";
import { dayOf, startOf } from "../../lib/days";
import { startOfDay } from "../../lib/format";

export const SORTS = ["-time", "time", "-duration", "duration", "-coverage", "coverage"] as const;
export type Sort = (typeof SORTS)[number];
export const RANGES = ["today", "yesterday", "7d", "30d", "month"] as const;
export type Range = (typeof RANGES)[number];
export const DIRECTIONS = ["inbound", "outbound", "unknown"] as const;
export const LISTS = ["agent", "team", "queue"] as const;
export const FLAGS = ["live", "has_screen_recording", "has_call_recording", "has_transcript", "has_evaluation"] as const;
export const NUMBERS = ["min_duration_ms", "max_duration_ms", "min_coverage", "max_coverage"] as const;
export const LONGEST_TEXT = 200;
const MOST_VALUES = 100;

export type Filters = { readonly [K in (typeof LISTS)[number]]: readonly string[] } & {
  readonly [K in (typeof FLAGS)[number]]: boolean | null;
} & { readonly [K in (typeof NUMBERS)[number]]: number | null } & {
  readonly direction: (typeof DIRECTIONS)[number] | null;
  readonly range: Range | null;
  /** Days as 2026-09-03, both included. */
  readonly from: string | null;
  readonly to: string | null;
  readonly text: string;
  readonly sort: Sort;
};

export const NO_FILTERS: Filters = {
  agent: [],
  team: [],
  queue: [],
  live: null,
  has_screen_recording: null,
  has_call_recording: null,
  has_transcript: null,
  has_evaluation: null,
  min_duration_ms: null,
  max_duration_ms: null,
  min_coverage: null,
  max_coverage: null,
  direction: null,
  range: null,
  from: null,
  to: null,
  text: "",
  sort: "-time",
};

/** Out of an address; what makes no sense there is left out. */
export function readFilters(search: URLSearchParams): Filters {
  const range = oneOf(RANGES, search.get("range"));
  return {
    ...NO_FILTERS,
    ...Object.fromEntries(LISTS.map((name) => [name, several(search.getAll(name))])),
    ...Object.fromEntries(FLAGS.map((name) => [name, flag(search.get(name))])),
    ...Object.fromEntries(NUMBERS.map((name) => [name, number(search.get(name), name.endsWith("coverage") ? 1 : 1e12)])),
    direction: oneOf(DIRECTIONS, search.get("direction")),
    range,
    from: range === null ? day(search.get("from")) : null,
    to: range === null ? day(search.get("to")) : null,
    text: (search.get("text") ?? "").slice(0, LONGEST_TEXT).replaceAll("\0", ""),
    sort: oneOf(SORTS, search.get("sort")) ?? "-time",
  };
}

/** Into an address; what is not asked for is not in it. */
export function writeFilters(filters: Filters): URLSearchParams {
  const search = new URLSearchParams();
  for (const name of LISTS) for (const value of filters[name]) search.append(name, value);
  for (const name of [...FLAGS, ...NUMBERS, "direction", "range", "from", "to"] as const) {
    const value = filters[name];
    if (value !== null) search.set(name, String(value));
  }
  if (filters.text !== "") search.set("text", filters.text);
  if (filters.sort !== "-time") search.set("sort", filters.sort);
  return search;
}

/** As the API takes it. `now` is any instant of the reader's today. */
export function toQuery(filters: Filters, now: number): InteractionQuery {
  const { agent, team, queue, direction, text, sort } = filters;
  const query: Record<string, unknown> = { sort, ...window(filters, now) };
  for (const [name, values] of Object.entries({ agent, team, queue })) if (values.length > 0) query[name] = [...values];
  for (const name of [...FLAGS, ...NUMBERS] as const) if (filters[name] !== null) query[name] = filters[name];
  if (direction !== null) query["direction"] = direction;
  if (text.trim() !== "") query["text"] = text.trim();
  return query as InteractionQuery;
}

/** Out of what a saved filter holds. A relative range stays one: which days it means is found when it is shown. */
export function fromSaved(query: SavedFilter["query"]): Filters {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const read = readFilters(search);
  const { since, until } = query;
  if (read.range !== null) return read;
  return {
    ...read,
    from: typeof since === "number" ? dayOf(since) : null,
    to: typeof until === "number" ? dayOf(until - 1) : null,
  };
}

/** What to save: days as they are, and a relative range as such, for it means other days tomorrow. */
export function toSaved({ range, ...filters }: Filters): SavedFilter["query"] {
  return { ...toQuery({ ...filters, range: null }, 0), sort: filters.sort, ...(range === null ? {} : { range }) };
}

/** How many filters are set, the text and the order left out. */
export function countFilters(filters: Filters): number {
  return writeFilters({ ...filters, text: "", sort: "-time" }).size;
}

/** Nothing is asked for but an order. */
export function isUnfiltered(filters: Filters): boolean {
  return writeFilters({ ...filters, sort: "-time" }).size === 0;
}

function window({ range, from, to }: Filters, now: number): { since?: number; until?: number } {
  const today = new Date(startOfDay(new Date(now)));
  const daysAgo = (days: number) => new Date(today.getFullYear(), today.getMonth(), today.getDate() - days).getTime();
  if (range === "today") return { since: daysAgo(0) };
  if (range === "yesterday") return { since: daysAgo(1), until: daysAgo(0) };
  if (range === "7d") return { since: daysAgo(6) };
  if (range === "30d") return { since: daysAgo(29) };
  if (range === "month") return { since: daysAgo(today.getDate() - 1) };
  return {
    ...(from === null ? {} : { since: startOf(from) ?? 0 }),
    ...(to === null ? {} : { until: startOf(to, 1) ?? 0 }),
  };
}

function day(text: string | null): string | null {
  return text !== null && startOf(text) !== null ? text : null;
}

function several(values: readonly string[]): readonly string[] {
  return [...new Set(values.filter((value) => value !== "" && value.length <= 200 && !value.includes("\0")))].slice(0, MOST_VALUES);
}

function oneOf<T extends string>(values: readonly T[], text: string | null): T | null {
  return values.find((value) => value === text) ?? null;
}

function flag(text: string | null): boolean | null {
  return text === "true" ? true : text === "false" ? false : null;
}

function number(text: string | null, most: number): number | null {
  if (text === null || text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 && value <= most ? value : null;
}
