/** The audit log's filter as it stands in the address, and as the API takes it. Pure. */

import { startOf } from "../../lib/days";
import type { AuditFilter } from "./queries";

export const FILTERS = ["actor", "action", "subject", "since", "until"] as const;

/** Days are those of the reader's zone; "until" includes its day. */
export function filterOf(search: URLSearchParams): AuditFilter {
  const text = (name: string) => search.get(name)?.trim().slice(0, 200) ?? "";
  const since = startOf(text("since"), 0);
  const until = startOf(text("until"), 1);
  return {
    ...(text("actor") === "" ? {} : { actor: text("actor") }),
    ...(text("action") === "" ? {} : { action: text("action") }),
    ...(text("subject") === "" ? {} : { subject: text("subject") }),
    ...(since === null ? {} : { since }),
    ...(until === null ? {} : { until }),
  };
}


/** What an entry says besides, in short: changed settings as "name: old → new", other facts as "name: value". */
export function detailLines(details: Readonly<Record<string, unknown>>): string[] {
  const lines: string[] = [];
  for (const [name, value] of Object.entries(details)) {
    if (name === "changes" && typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [setting, pair] of Object.entries(value as Record<string, unknown>)) {
        const [before, after] = Array.isArray(pair) && pair.length === 2 ? (pair as [unknown, unknown]) : [undefined, pair];
        lines.push(`${setting}: ${before === undefined || before === null ? "" : `${shown(before)} → `}${shown(after)}`);
      }
    } else {
      lines.push(`${name}: ${shown(value)}`);
    }
  }
  return lines;
}

function shown(value: unknown): string {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "–" : JSON.stringify(value);
}
