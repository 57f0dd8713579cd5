/** The one way to the API: typed by the generated schema, CSRF header added, failures thrown as ApiError. */

import createClient from "openapi-fetch";

import { ApiError, problemOfResponse } from "./problem";
import type { components, paths } from "./schema";
import { sendPatiently, sessionEnd } from "./session-end";

export type Session = components["schemas"]["SessionView"];
export type Permission = components["schemas"]["Permission"];
export type InteractionSummary = components["schemas"]["InteractionSummary"];
export type InteractionDetails = components["schemas"]["InteractionDetails"];
export type ScreenRecording = components["schemas"]["ScreenRecording"];
export type CallRecording = components["schemas"]["CallRecording"];
export type Role = components["schemas"]["Role"];
export type Recorder = components["schemas"]["Recorder"];
export type RecorderHealth = components["schemas"]["Health"];
export type CheckSummary = components["schemas"]["CheckSummary"];
export type EnrolmentRequest = components["schemas"]["EnrolmentRequest"];
export type InteractionQuery = NonNullable<paths["/api/v1/interactions"]["get"]["parameters"]["query"]>;
export type Hit = components["schemas"]["Hit"];
export type Transcript = components["schemas"]["Transcript"];
export type SavedFilter = components["schemas"]["SavedFilter"];
export type Comment = components["schemas"]["Comment"];
export type Download = components["schemas"]["Download"];
export type EvaluationSummary = components["schemas"]["EvaluationSummary"];

const SAFE = new Set(["GET", "HEAD"]);

export const api = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? "",
  fetch: (request) => sendPatiently(request, sessionEnd, (one) => fetch(one), () => csrfToken(document.cookie)),
});

api.use({
  onRequest({ request }) {
    const token = csrfToken(document.cookie);
    if (!SAFE.has(request.method) && token !== null) request.headers.set("X-CSRF-Token", token);
    return request;
  },
});

export function csrfToken(cookies: string): string | null {
  const pair = cookies.split("; ").find((cookie) => cookie.startsWith("deskreel_csrf="));
  return pair === undefined ? null : decodeURIComponent(pair.slice("deskreel_csrf=".length));
}

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** The body of a good answer; throws the problem of any other. */
export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) throw new ApiError(problemOfResponse(response.status, response.statusText, error));
  return data as T;
}

/** Server wall time of an answer, for what is still going on; whole seconds, so good for a display only. */
export function serverTime(response: Response): number {
  const date = Date.parse(response.headers.get("Date") ?? "");
  return Number.isNaN(date) ? Date.now() : date;
}
