/** What the pages of evaluations ask the server, under keys that begin with the name of the thing. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import type { InteractionQuery } from "../../api/client";
import { api, unwrap } from "../../api/client";
import type { components, paths } from "../../api/schema";

type Schemas = components["schemas"];

export type Evaluation = Schemas["EvaluationDetails"];
export type EvaluationSummary = Schemas["EvaluationSummary"];
export type EvaluationState = Schemas["State"];
export type Feedback = Schemas["Feedback"];
export type FeedbackFields = Schemas["FeedbackFields"];
export type Rectangle = Schemas["Rectangle"];
export type HistoryEntry = Schemas["HistoryEntry"];
export type SamplingRule = Schemas["SamplingRule"];
export type SamplingRuleFields = Schemas["SamplingRuleFields"];
export type Calibration = Schemas["CalibrationDetails"];
export type EvaluationQuery = NonNullable<paths["/api/v1/evaluations"]["get"]["parameters"]["query"]>;

const PAGE_SIZE = 50;
/** Who scrolls on wants many. */
const NEXT_PAGES_SIZE = 200;

/** Everything that shows evaluations in a list: to be asked anew after one of them changed. */
export const EVALUATIONS = ["evaluations"] as const;
export const CALIBRATIONS = ["calibrations"] as const;
export const SAMPLING_RULES = ["sampling-rules"] as const;

export function evaluationsQuery(question: EvaluationQuery) {
  return infiniteQueryOptions({
    queryKey: [...EVALUATIONS, "list", question],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/v1/evaluations", {
          params: { query: { ...question, ...(pageParam === null ? { limit: PAGE_SIZE } : { limit: NEXT_PAGES_SIZE, cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function evaluationQuery(id: string) {
  return queryOptions({
    queryKey: ["evaluation", id],
    queryFn: () => unwrap(api.GET("/api/v1/evaluations/{evaluation_id}", { params: { path: { evaluation_id: id } } })),
    staleTime: 10_000,
  });
}

/** To whom evaluations can be given; for those who may assign. */
export const evaluatorsQuery = queryOptions({
  queryKey: ["evaluators"],
  queryFn: async () => (await unwrap(api.GET("/api/v1/evaluators"))).items,
  staleTime: 30_000,
});

/** All forms by name, whatever their state; for filters. */
export const formNamesQuery = queryOptions({
  queryKey: ["forms", "names"],
  queryFn: async () => (await unwrap(api.GET("/api/v1/forms", { params: { query: { limit: 100 } } }))).items,
  staleTime: 30_000,
});

export const samplingRulesQuery = queryOptions({
  queryKey: SAMPLING_RULES,
  queryFn: async () => (await unwrap(api.GET("/api/v1/sampling-rules"))).items,
});

export const calibrationsQuery = infiniteQueryOptions({
  queryKey: [...CALIBRATIONS, "list"],
  queryFn: ({ pageParam, signal }) =>
    unwrap(
      api.GET("/api/v1/calibrations", {
        params: { query: { limit: PAGE_SIZE, ...(pageParam === null ? {} : { cursor: pageParam }) } },
        signal,
      }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

export function calibrationQuery(id: string) {
  return queryOptions({
    queryKey: [...CALIBRATIONS, "one", id],
    queryFn: () => unwrap(api.GET("/api/v1/calibrations/{calibration_id}", { params: { path: { calibration_id: id } } })),
  });
}

/** Calls to choose from: the newest that a text finds. */
export function callChoicesQuery(text: string) {
  return queryOptions({
    queryKey: ["call-choices", text],
    queryFn: async ({ signal }) => {
      const query = { limit: 20, ...(text.trim() === "" ? {} : { text: text.trim().slice(0, 200) }) } satisfies InteractionQuery;
      return (await unwrap(api.GET("/api/v1/interactions", { params: { query }, signal }))).items;
    },
    staleTime: 10_000,
  });
}
