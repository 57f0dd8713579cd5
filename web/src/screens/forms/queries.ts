/** What the pages of forms ask the server. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, unwrap } from "../../api/client";
import type { components } from "../../api/schema";

type Schemas = components["schemas"];

export type Form = Schemas["FormDetails"];
export type FormSummary = Schemas["FormSummary"];
export type FormState = Schemas["FormState"];
export type FormProblem = Schemas["FormProblem"];

export const FORMS = ["forms"] as const;

export function formsQuery(state: FormState | null, text: string) {
  return infiniteQueryOptions({
    queryKey: [...FORMS, "list", state, text],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/v1/forms", {
          params: {
            query: {
              limit: 50,
              ...(state === null ? {} : { state }),
              ...(text.trim() === "" ? {} : { q: text.trim() }),
              ...(pageParam === null ? {} : { cursor: pageParam }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function formQuery(id: string) {
  return queryOptions({
    queryKey: ["form", id],
    queryFn: () => unwrap(api.GET("/api/v1/forms/{form_id}", { params: { path: { form_id: id } } })),
  });
}

export function formVersionQuery(id: string, version: number) {
  return queryOptions({
    queryKey: ["form", id, "version", version],
    queryFn: () => unwrap(api.GET("/api/v1/forms/{form_id}/versions/{version}", { params: { path: { form_id: id, version } } })),
    staleTime: Infinity,
  });
}
