/** What the filters say, one by one, in words. */

import { formatDay, formatLength, formatShare } from "../../lib/format";
import type { Filters } from "./filters";
import { FLAGS, LISTS } from "./filters";
import type { Names } from "./names";
import type { Texts } from "./texts";

export interface Chip {
  readonly key: string;
  readonly label: string;
  /** The filters without it. */
  readonly without: Filters;
}

export function chipsOf(filters: Filters, names: Names, t: Texts): readonly Chip[] {
  const chips: Chip[] = [];
  const add = (key: string, label: string, change: Partial<Filters>) => chips.push({ key, label, without: { ...filters, ...change } });
  if (filters.text.trim() !== "") add("text", t("chip.text", { text: filters.text.trim() }), { text: "" });
  if (filters.range !== null) add("range", t(`range.${filters.range}`), { range: null });
  if (filters.from !== null) add("from", t("chip.from", { day: dayInWords(filters.from) }), { from: null });
  if (filters.to !== null) add("to", t("chip.to", { day: dayInWords(filters.to) }), { to: null });
  for (const name of LISTS) {
    const words = { agent: names.agentName, team: names.teamName, queue: (value: string) => value }[name];
    for (const value of filters[name]) {
      add(`${name} ${value}`, t(`chip.${name}`, { name: words(value) }), { [name]: filters[name].filter((one) => one !== value) });
    }
  }
  if (filters.direction !== null) add("direction", t(`common:direction.${filters.direction}`), { direction: null });
  const { min_duration_ms: least, max_duration_ms: most, min_coverage: low, max_coverage: high } = filters;
  if (least !== null) add("min_duration", t("chip.atLeast", { length: formatLength(least) }), { min_duration_ms: null });
  if (most !== null) add("max_duration", t("chip.atMost", { length: formatLength(most) }), { max_duration_ms: null });
  if (low !== null) add("min_coverage", t("chip.coverageFrom", { share: formatShare(low) }), { min_coverage: null });
  if (high !== null) add("max_coverage", t("chip.coverageTo", { share: formatShare(high) }), { max_coverage: null });
  for (const name of FLAGS) {
    const value = filters[name];
    if (value !== null) add(name, t(`flag.${name}.${value ? "yes" : "no"}`), { [name]: null });
  }
  return chips;
}

function dayInWords(day: string): string {
  return formatDay(new Date(`${day}T12:00`).getTime());
}
