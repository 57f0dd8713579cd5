/** What the pages of reports ask the server. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, unwrap } from "../../api/client";
import type { components } from "../../api/schema";
import type { Grouping, queryOf } from "./ask";

export type ScoreReport = components["schemas"]["ScoreReport"];
export type ScoreGroup = components["schemas"]["ScoreGroup"];

export function scoresQuery(wanted: ReturnType<typeof queryOf>, group_by: Grouping) {
  return queryOptions({
    queryKey: ["reports", "scores", group_by, wanted],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/reports/scores", { params: { query: { ...wanted, group_by } }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}
