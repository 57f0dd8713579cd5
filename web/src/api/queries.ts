/** What pages ask and how fresh it has to be. Query keys live here and nowhere else. */

import { QueryClient, infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import type { InteractionDetails, InteractionQuery, Session } from "./client";
import { api, csrfToken, serverTime, unwrap } from "./client";
import { ApiError, problemOf } from "./problem";
import { sessionEnd } from "./session-end";

const LIST_LIVE_MS = 5000;
const DETAILS_LIVE_MS = 3000;
const LIST_QUIET_MS = 15_000;
const PAGE_SIZE = 50;
/** Who scrolls on wants many. */
const NEXT_PAGES_SIZE = 200;

/** Details and the server's time at which they were true. */
export interface DetailsAt {
  readonly details: InteractionDetails;
  readonly serverNow: number;
}

/** Who is signed in now; null when nobody is. */
export async function askForSession(): Promise<Session | null> {
  // Without its cookie there is no session to ask for, and the console stays free of a 401.
  if (csrfToken(document.cookie) === null) return null;
  try {
    return await unwrap(api.GET("/api/v1/session"));
  } catch (error) {
    if (error instanceof ApiError && error.problem.status === 401) return null;
    throw error;
  }
}

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async (): Promise<Session | null> => {
    const session = await askForSession();
    if (session !== null) sessionEnd.began();
    // It ended under an open page: wait there for another one.
    else if (await sessionEnd.again()) return askForSession();
    return session;
  },
  staleTime: 5 * 60_000,
});

/** A list of interactions, page by page. It is not asked for again by itself: `interactionsHeadQuery` tells what is new. */
export function interactionsQuery(question: InteractionQuery) {
  return infiniteQueryOptions({
    queryKey: ["interactions", question],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/v1/interactions", {
          params: {
            query: {
              ...question,
              ...(pageParam === null ? { limit: PAGE_SIZE, count: true } : { limit: NEXT_PAGES_SIZE, cursor: pageParam }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: Infinity,
  });
}

/** The first interactions of a list, again and again while the list is open. */
export function interactionsHeadQuery(question: InteractionQuery) {
  return queryOptions({
    queryKey: ["interactions-head", question],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/interactions", { params: { query: { ...question, limit: PAGE_SIZE, count: true } }, signal })),
    refetchInterval: (query) =>
      query.state.data?.items.some((item) => item.state !== "ended") ? LIST_LIVE_MS : LIST_QUIET_MS,
    staleTime: LIST_LIVE_MS,
  });
}

/** Saved filters: one's own, then those that others share. */
export const savedFiltersQuery = queryOptions({
  queryKey: ["saved-filters"],
  queryFn: async () => (await unwrap(api.GET("/api/v1/saved-filters"))).items,
});

/** Agents whose names hold a text; for those who may see users. */
export function agentChoicesQuery(text: string) {
  return queryOptions({
    queryKey: ["agent-choices", text],
    queryFn: async ({ signal }) => {
      const query = { limit: 100, ...(text.trim() === "" ? {} : { q: text.trim().slice(0, 200) }) };
      const { items } = await unwrap(api.GET("/api/v1/screen-recording/users", { params: { query }, signal }));
      return items.flatMap(({ agent_id: value, name }) => (value === null ? [] : [{ value, label: name }]));
    },
    staleTime: 60_000,
  });
}

/** All teams; for those who may see users. */
export const teamChoicesQuery = queryOptions({
  queryKey: ["team-choices"],
  queryFn: async () => (await unwrap(api.GET("/api/v1/teams", { params: { query: { limit: 500 } } }))).items,
  staleTime: 60_000,
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

/** What was said in a call; null as long as there is no transcript. For those who may play it. */
export function transcriptQuery(id: string) {
  return queryOptions({
    queryKey: ["transcript", id],
    queryFn: async () => {
      const path = { interaction_id: id };
      return (await unwrap(api.GET("/api/v1/interactions/{interaction_id}/transcripts", { params: { path } }))).items[0] ?? null;
    },
    staleTime: 60_000,
    refetchInterval: (query) => (query.state.data === null ? LIST_QUIET_MS : false),
  });
}

/** What reviewers noted on a call, in the order of its timeline. */
export function commentsQuery(id: string) {
  return queryOptions({
    queryKey: ["comments", id],
    queryFn: async () => {
      const path = { interaction_id: id };
      return (await unwrap(api.GET("/api/v1/interactions/{interaction_id}/comments", { params: { path } }))).items;
    },
    refetchInterval: LIST_QUIET_MS,
  });
}

/** The evaluations of a call that one may see, the newest first. */
export function evaluationsOfQuery(id: string) {
  return queryOptions({
    queryKey: ["evaluations", "of", id],
    queryFn: async () =>
      (await unwrap(api.GET("/api/v1/evaluations", { params: { query: { interaction: id, kind: "any", limit: 100 } } }))).items,
  });
}

/** Forms by which calls can be evaluated now. */
export const publishedFormsQuery = queryOptions({
  queryKey: ["forms", "published"],
  queryFn: async () => (await unwrap(api.GET("/api/v1/forms", { params: { query: { state: "published", limit: 100 } } }))).items,
  staleTime: 30_000,
});

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

/** The last connectivity check of a recorder, row by row; `at` tells when it was. */
export function recorderCheckQuery(id: string, at: number) {
  return queryOptions({
    queryKey: ["recorder-check", id, at],
    queryFn: () => unwrap(api.GET("/api/v1/recorders/{recorder_id}/check", { params: { path: { recorder_id: id } } })),
    staleTime: Infinity,
  });
}

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
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: (count, error) => count < 2 && problemOf(error).retryable,
        staleTime: 2000,
      },
    },
  });
}
