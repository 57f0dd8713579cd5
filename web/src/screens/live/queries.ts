/** What the live pages ask, and how they watch. */

import { queryOptions } from "@tanstack/react-query";

import { api, unwrap } from "../../api/client";
import type { components } from "../../api/schema";
import type { LiveApi } from "../../live/lease";

export type LiveCall = components["schemas"]["LiveCall"];
export type LiveView = components["schemas"]["LiveView"];

const WALL_MS = 4000;
const MOST = 1000;
/** A renewal that is not answered is asked for again, long before the lease is over. */
const RENEWAL_MS = 8000;

/** How far the browser's clock is behind the server's. */
function withClock<T extends { readonly as_of: number }>(answer: T): T & { readonly clockMs: number } {
  return { ...answer, clockMs: answer.as_of - Date.now() };
}

/** Calls in progress. */
export const liveCallsQuery = queryOptions({
  queryKey: ["live-calls"],
  queryFn: async ({ signal }) => withClock(await unwrap(api.GET("/api/v1/live-calls", { params: { query: { limit: MOST } }, signal }))),
  refetchInterval: WALL_MS,
});

/** One of them. Asked anew by whoever knows that it goes on: once it is over there is nothing to ask for. */
export function liveCallQuery(recordingId: string) {
  return queryOptions({
    queryKey: ["live-calls", recordingId],
    queryFn: async ({ signal }) =>
      withClock(await unwrap(api.GET("/api/v1/live-calls/{recording_id}", { params: { path: { recording_id: recordingId } }, signal }))),
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
}

export function liveApi(recordingId: string): LiveApi<LiveView> {
  return {
    open: () => unwrap(api.POST("/api/v1/screen-recordings/{recording_id}/live", { params: { path: { recording_id: recordingId } } })),
    renew: (id) => unwrap(api.PUT("/api/v1/live-views/{view_id}", { params: { path: { view_id: id } }, signal: AbortSignal.timeout(RENEWAL_MS) })),
    end: (id) => {
      api.DELETE("/api/v1/live-views/{view_id}", { params: { path: { view_id: id } }, keepalive: true }).catch(() => undefined);
    },
  };
}
