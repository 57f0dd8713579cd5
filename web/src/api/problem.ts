/** Problem JSON (RFC 9457) as every part of Deskreel sends it, and the one error that pages see. */

import { inReadersWords } from "../i18n/server-words";

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly hint: string | null;
  readonly retryable: boolean;
  /** The whole document: some problems carry more, such as `current` of what somebody else changed meanwhile. */
  readonly body?: Readonly<Record<string, unknown>>;
}

/** A problem out of a response body, null when it is none. */
export function readProblem(body: unknown): Problem | null {
  if (typeof body !== "object" || body === null) return null;
  const raw = body as Record<string, unknown>;
  if (typeof raw["code"] !== "string" || typeof raw["title"] !== "string") return null;
  return {
    status: typeof raw["status"] === "number" ? raw["status"] : 0,
    code: raw["code"],
    title: raw["title"],
    detail: typeof raw["detail"] === "string" ? raw["detail"] : "",
    hint: typeof raw["hint"] === "string" && raw["hint"] !== "" ? raw["hint"] : null,
    retryable: raw["retryable"] === true,
    body: raw,
  };
}

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
    this.name = "ApiError";
  }
}

/** Codes of problems that no server named; pages have their own words for them. */
export const UNREACHABLE = "unreachable";
export const UNNAMED = "http_";

/** What to tell someone about anything that was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return inReadersWords(error.problem);
  return {
    status: 0,
    code: UNREACHABLE,
    title: "The server cannot be reached",
    detail: error instanceof Error ? error.message : "",
    hint: "Check the network, then try again. If it lasts, see whether the server runs.",
    retryable: true,
  };
}

export function problemOfResponse(status: number, statusText: string, body: unknown): Problem {
  return (
    readProblem(body) ?? {
      status,
      code: `${UNNAMED}${String(status)}`,
      title: `The server answered ${String(status)}`,
      detail: statusText,
      hint: status >= 500 ? "Try again; if it lasts, look into the server's log." : null,
      retryable: status >= 500,
    }
  );
}
