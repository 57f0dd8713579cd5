/** WHEP (RFC 9725's counterpart for viewers): one session at the gateway, opened by an offer that has all its candidates. */

import { ApiError, problemOfResponse } from "../api/problem";

export type Send = (url: string, init: RequestInit) => Promise<Response>;

/** A gateway that does not answer is none. */
const ANSWER_MS = 3000;

export class WhepSession {
  private constructor(
    private readonly send: Send,
    private readonly url: string,
  ) {}

  /** Throws the gateway's problem, or what the network threw. */
  static async open(send: Send, at: string, token: string, offer: string): Promise<{ session: WhepSession; answer: string }> {
    const response = await send(at, {
      method: "POST",
      headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/sdp" },
      body: offer,
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!response.ok) throw await refusal(response);
    const answer = await response.text();
    return { session: new WhepSession(send, new URL(response.headers.get("Location") ?? "", absolute(at)).href), answer };
  }

  /** Prolong it to the expiry of a newer token. */
  async renew(token: string): Promise<void> {
    const init = { method: "PUT", headers: { Authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(ANSWER_MS) };
    const response = await this.send(`${this.url}/token`, init);
    if (!response.ok) throw await refusal(response);
  }

  /** Goes out even while the page is being left. Resolves once it is answered, whatever the answer is, or nobody answers. */
  async end(token: string): Promise<void> {
    const init = { method: "DELETE", headers: { Authorization: `Bearer ${token}` }, keepalive: true, signal: AbortSignal.timeout(ANSWER_MS) };
    await this.send(this.url, init).catch(() => undefined);
  }
}

/** Whether the gateway has somebody who sends; null when it does not say. */
export async function isPublishing(send: Send, whepUrl: string, token: string): Promise<boolean | null> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  try {
    const response = await send(whepUrl.replace(/\/whep$/, ""), { headers: { Authorization: `Bearer ${token}` }, signal });
    if (!response.ok) return null;
    const { publishing } = (await response.json()) as { publishing?: unknown };
    return typeof publishing === "boolean" ? publishing : null;
  } catch {
    return null;
  }
}

async function refusal(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  return new ApiError(problemOfResponse(response.status, response.statusText, body));
}

function absolute(url: string): string {
  return new URL(url, globalThis.location?.href).href;
}
