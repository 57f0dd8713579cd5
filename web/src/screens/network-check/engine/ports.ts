/** What the check needs from the browser, handed in; `browser.ts` has the real ones. */

import type { Codec, Plan } from "./facts";

export interface Ports {
  /** Ask the server where to go. */
  readonly plan: (region: string | null) => Promise<Plan>;
  readonly fetch: (address: string, init?: RequestInit) => Promise<Response>;
  /** ms of a steady clock. */
  readonly now: () => number;
  /** ms since the epoch. */
  readonly wall: () => number;
  readonly wait: (ms: number) => Promise<void>;
  /** null: this browser has no WebRTC, or forbids it. */
  readonly peer: ((config: RTCConfiguration) => RTCPeerConnection) | null;
  /** sha-256 in base64; null: not on a page without TLS. */
  readonly digest: ((data: Uint8Array<ArrayBuffer>) => Promise<string>) | null;
  readonly random: (bytes: number) => Uint8Array<ArrayBuffer>;
  /** The page itself came over TLS, so that it may ask nobody without. */
  readonly secure: boolean;
  readonly codec: () => Codec;
}
