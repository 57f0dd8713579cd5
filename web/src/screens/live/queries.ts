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

/** Calls in progress, and how far the browser's clock is behind the server's. */
export const liveCallsQuery = queryOptions({
  queryKey: ["live-calls"],
  queryFn: async ({ signal }) => {
    const list = await unwrap(api.GET("/api/v1/live-calls", { params: { query: { limit: MOST } }, signal }));
    return { ...list, clockMs: list.as_of - Date.now() };
  },
  refetchInterval: WALL_MS,
});

export function liveApi(recordingId: string): LiveApi<LiveView> {
  return {
    open: () => unwrap(api.POST("/api/v1/screen-recordings/{recording_id}/live", { params: { path: { recording_id: recordingId } } })),
    renew: (id) => unwrap(api.PUT("/api/v1/live-views/{view_id}", { params: { path: { view_id: id } }, signal: AbortSignal.timeout(RENEWAL_MS) })),
    end: (id) => {
      api.DELETE("/api/v1/live-views/{view_id}", { params: { path: { view_id: id } }, keepalive: true }).catch(() => undefined);
    },
  };
}
