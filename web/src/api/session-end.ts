/**
 * What happens when a session ends under an open page: requests that were refused for it wait here while the person
 * signs in again, and are then sent once more. The page stays as it is, and nothing typed into it is lost.
 */

type Listener = () => void;

export class SessionEnd {
  private signedIn = false;
  private waiting: { readonly promise: Promise<boolean>; readonly settle: (again: boolean) => void } | null = null;
  private readonly listeners = new Set<Listener>();

  /** A server's answer has shown who is signed in: from now on a refusal means that the session ended. */
  began(): void {
    this.signedIn = true;
    this.settle(true);
  }

  /** Signed out on purpose, or never in: refusals are what they are. */
  left(): void {
    this.signedIn = false;
    this.settle(false);
  }

  /** Resolves once somebody signed in again: true, or false if they left or nobody was signed in. */
  again(): Promise<boolean> {
    if (!this.signedIn) return Promise.resolve(false);
    if (this.waiting === null) {
      let settle: (again: boolean) => void = () => undefined;
      const promise = new Promise<boolean>((resolve) => {
        settle = resolve;
      });
      this.waiting = { promise, settle };
      this.tell();
    }
    return this.waiting.promise;
  }

  /** Whether requests wait for a new session. */
  readonly isOver = (): boolean => this.waiting !== null;

  readonly subscribe = (listener: Listener): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private settle(again: boolean): void {
    const { waiting } = this;
    this.waiting = null;
    waiting?.settle(again);
    if (waiting) this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

export const sessionEnd = new SessionEnd();

/** Send a request; when its session has ended, wait for another and send it once more with that one's token. */
export async function sendPatiently(
  request: Request,
  end: SessionEnd,
  send: (request: Request) => Promise<Response>,
  token: () => string | null,
): Promise<Response> {
  const copy = request.clone();
  const answer = await send(request);
  if (answer.status !== 401 || isAboutSigningIn(request)) return answer;
  if (!(await end.again())) return answer;
  const again = new Request(copy, { signal: null });
  const fresh = token();
  if (copy.headers.has("X-CSRF-Token") && fresh !== null) again.headers.set("X-CSRF-Token", fresh);
  return send(again);
}

/** These say by a 401 that the password or code is wrong, or are how one asks whether there is a session. */
function isAboutSigningIn(request: Request): boolean {
  const { pathname } = new URL(request.url);
  return pathname.startsWith("/api/v1/session") || pathname === "/api/v1/password-by-code";
}
