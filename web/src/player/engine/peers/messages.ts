/**
 * What two tabs say to each other so that they play as one. The tab with the sound leads; tabs that show the screen
 * alone follow. Times are each sender's own monotonic milliseconds: `offset.ts` finds out how they relate.
 */

/** Where the leader is. */
export interface Sample {
  /** The leader's clock at which all of this was so. */
  readonly atMs: number;
  readonly positionMs: number;
  readonly rate: number;
  /** Wants to run. */
  readonly running: boolean;
  /** Time really goes on: it waits for nothing. */
  readonly moving: boolean;
  /** The browser stopped it, and wants a gesture in the leader's tab. */
  readonly stopped: boolean;
}

/** What a reviewer asks for in a tab that follows. */
export type Order =
  | { readonly kind: "play" }
  | { readonly kind: "pause" }
  | { readonly kind: "seek"; readonly positionMs: number }
  | { readonly kind: "rate"; readonly rate: number }
  /** Someone played on while the leader was away: be where I am. */
  | { readonly kind: "adopt"; readonly positionMs: number; readonly rate: number; readonly running: boolean };

export type Message =
  /** A leader begins. */
  | { readonly kind: "hello"; readonly from: string }
  /** Another leader has this channel already. */
  | { readonly kind: "taken"; readonly from: string; readonly to: string }
  /** A follower wants to know where the leader is, and says how far off it was. */
  | { readonly kind: "ask"; readonly from: string; readonly sentMs: number; readonly apartMs: number | null; readonly withinMs: number | null }
  /** The answer to an ask, with its sentMs, or of the leader's own accord. */
  | { readonly kind: "sample"; readonly from: string; readonly to: string | null; readonly echoMs: number | null; readonly sample: Sample }
  | { readonly kind: "order"; readonly from: string; readonly order: Order };

/** Where messages go to and come from; whoever sends does not hear itself. */
export interface Channel {
  send(message: Message): void;
  listen(listener: (message: Message) => void): () => void;
}

const KINDS = new Set(["hello", "taken", "ask", "sample", "order"]);

/** Other versions of these pages may be open in other tabs: what is not understood is not a message. */
export function isMessage(value: unknown): value is Message {
  if (typeof value !== "object" || value === null) return false;
  const { kind, from } = value as { kind?: unknown; from?: unknown };
  return typeof kind === "string" && KINDS.has(kind) && typeof from === "string";
}
