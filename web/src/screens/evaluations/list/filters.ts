/** Which evaluations a list shows: in the address, so that it can be sent and gone back to. */

import type { EvaluationQuery, EvaluationState } from "../queries";

export const VIEWS = ["mine", "disputed", "all"] as const;
export type View = (typeof VIEWS)[number];
export const STATES = ["assigned", "draft", "published", "acknowledged", "disputed", "answered", "cancelled"] as const satisfies readonly EvaluationState[];

export interface Filters {
  readonly view: View;
  readonly states: readonly EvaluationState[];
  readonly form: string | null;
  readonly agent: string | null;
  readonly evaluator: string | null;
  readonly overdue: boolean;
  readonly failed: boolean;
}

export function readFilters(search: URLSearchParams, fallback: View): Filters {
  return {
    view: VIEWS.find((view) => view === search.get("view")) ?? fallback,
    states: STATES.filter((state) => search.getAll("state").includes(state)),
    form: search.get("form"),
    agent: search.get("agent"),
    evaluator: search.get("evaluator"),
    overdue: search.get("overdue") === "true",
    failed: search.get("failed") === "true",
  };
}

export function writeFilters({ view, states, form, agent, evaluator, overdue, failed }: Filters): URLSearchParams {
  const search = new URLSearchParams({ view });
  for (const state of states) search.append("state", state);
  for (const [name, value] of Object.entries({ form, agent, evaluator })) if (value !== null) search.set(name, value);
  if (overdue) search.set("overdue", "true");
  if (failed) search.set("failed", "true");
  return search;
}

/** What the server is asked. What is one's own comes by when it is due, the rest the newest first. */
export function toQuery({ view, states, form, agent, evaluator, overdue, failed }: Filters): EvaluationQuery {
  const wanted = states.length > 0 ? states : VIEW_STATES[view];
  return {
    kind: view === "mine" ? "any" : "usual",
    sort: view === "mine" ? "due" : view === "disputed" ? "-published" : "-created",
    ...(view === "mine" ? { mine: true } : {}),
    ...(wanted.length === 0 ? {} : { state: [...wanted] }),
    ...(form === null ? {} : { form: [form] }),
    ...(agent === null ? {} : { agent: [agent] }),
    ...(evaluator === null ? {} : { evaluator: [evaluator] }),
    ...(overdue ? { overdue: true } : {}),
    ...(failed ? { failed: true } : {}),
  };
}

const VIEW_STATES: Readonly<Record<View, readonly EvaluationState[]>> = { mine: ["assigned", "draft"], disputed: ["disputed"], all: [] };

export function isNarrowed({ states, form, agent, evaluator, overdue, failed }: Filters): boolean {
  return states.length > 0 || [form, agent, evaluator].some((one) => one !== null) || overdue || failed;
}
