/** What pages ask and how fresh it has to be. Query keys live here and nowhere else. */

import { QueryClient, infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import type { InteractionDetails, Session } from "./client";
import { api, csrfToken, serverTime, unwrap } from "./client";
import { ApiError, problemOf } from "./problem";

const LIST_LIVE_MS = 5000;
const DETAILS_LIVE_MS = 3000;
const PAGE_SIZE = 50;

/** Details and the server's time at which they were true. */
export interface DetailsAt {
  readonly details: InteractionDetails;
  readonly serverNow: number;
}

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async (): Promise<Session | null> => {
    // Without its cookie there is no session to ask for, and the console stays free of a 401.
    if (csrfToken(document.cookie) === null) return null;
    try {
      return await unwrap(api.GET("/api/v1/session"));
    } catch (error) {
      if (error instanceof ApiError && error.problem.status === 401) return null;
      throw error;
    }
  },
  staleTime: 5 * 60_000,
});

export const interactionsQuery = infiniteQueryOptions({
  queryKey: ["interactions"],
  queryFn: ({ pageParam }) =>
    unwrap(
      api.GET("/api/v1/interactions", {
        params: { query: { limit: PAGE_SIZE, ...(pageParam === null ? {} : { cursor: pageParam }) } },
      }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
  refetchInterval: (query) => {
    const items = query.state.data?.pages.flatMap((page) => page.items) ?? [];
    return items.some((item) => item.state !== "ended") ? LIST_LIVE_MS : 30_000;
  },
});

export function detailsQuery(id: string) {
  return queryOptions({
    queryKey: ["interaction", id],
    queryFn: async (): Promise<DetailsAt> => {
      const answer = api.GET("/api/v1/interactions/{interaction_id}", { params: { path: { interaction_id: id } } });
      const details = await unwrap(answer);
      return { details, serverNow: serverTime((await answer).response) };
    },
    refetchInterval: (query) => {
      const details = query.state.data?.details;
      if (!details) return false;
      return details.state !== "ended" || isPreparing(details) ? DETAILS_LIVE_MS : false;
    },
  });
}

/** Ended, yet something is still on its way. */
function isPreparing({ call_recording, screen_recordings }: InteractionDetails): boolean {
  const audio = call_recording?.state === "waiting" || call_recording?.state === "processing";
  return audio || screen_recordings.some((recording) => recording.state !== "available");
}

export const recordersQuery = queryOptions({
  queryKey: ["recorders"],
  queryFn: async () => (await unwrap(api.GET("/api/v1/recorders"))).items,
  refetchInterval: LIST_LIVE_MS,
});

/** Desktops that wait for approval; for admins. */
export const pendingEnrolmentsQuery = queryOptions({
  queryKey: ["enrolments"],
  queryFn: async () => (await unwrap(api.GET("/api/v1/recorder-enrolments"))).items,
  refetchInterval: LIST_LIVE_MS,
});

/** The desktop that shows a code. Asked once: a wrong code counts against whoever asks. */
export function enrolmentQuery(code: string) {
  return queryOptions({
    queryKey: ["enrolment", code],
    queryFn: () =>
      unwrap(api.GET("/api/v1/recorder-enrolments/{user_code}", { params: { path: { user_code: code } } })),
    retry: false,
    staleTime: Infinity,
    gcTime: 0,
  });
}

export function createQueryClient(): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        retry: (count, error) => count < 2 && problemOf(error).retryable,
        staleTime: 2000,
      },
    },
  });
  client.getQueryCache().subscribe((event) => {
    // The session ended under us: every page then shows the way to sign in.
    if (event.type !== "updated" || event.action.type !== "error") return;
    if (problemOf(event.action.error).status === 401) client.setQueryData(sessionQuery.queryKey, null);
  });
  return client;
}
