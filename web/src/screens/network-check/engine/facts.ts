/** What the check finds out, before anybody judges it. Plain values; what is not found out yet is not there. */

/** The ways of TURN, the best first. */
export const RUNGS = ["turn_udp", "turn_tcp", "turn_tls"] as const;
export type Rung = (typeof RUNGS)[number];

export interface Turn {
  readonly host: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly username: string;
  readonly password: string;
}

/** Where the check goes and what lets it in, as the server says. */
export interface Plan {
  readonly region: string;
  /** All that can be asked for. */
  readonly regions: readonly string[];
  /** Without a slash at its end. */
  readonly gatewayUrl: string;
  /** Of the gateways that carry live views, likewise. */
  readonly liveUrls: readonly string[];
  readonly probeId: string;
  readonly token: string;
  readonly turn: Turn | null;
  /** ms since the epoch, as the answer was written. */
  readonly serverTime: number;
}

/** Something that did not work, in the words of whoever said so. */
export interface Failure {
  readonly failed: string;
  readonly hint: string;
}

export function isFailure(found: unknown): found is Failure {
  return typeof found === "object" && found !== null && "failed" in found;
}

export interface Server {
  readonly answer: { readonly ms: number } | Failure;
  /** Server minus browser. */
  readonly clockMs: number | null;
  readonly uncertaintyMs: number;
}

/** An answer that the page may read; one that it may not; none. A browser tells no more of an address elsewhere. */
export type Reached =
  | { readonly kind: "answer"; readonly status: number; readonly body: string; readonly ms: number }
  | { readonly kind: "unreadable" }
  | { readonly kind: "mixed" }
  | { readonly kind: "nothing" };

export interface Link {
  readonly rttMs: number | null;
  readonly jitterMs: number | null;
  /** Of what was sent: lost, or later than a second. */
  readonly lossPercent: number | null;
  readonly count: number;
}

export interface Stored {
  readonly bytes: number;
  readonly ms: number;
  /** Of it the gateway's own work with its storage. */
  readonly storedMs: number;
}

/** null: not tried, for a page without TLS cannot name a digest. */
export interface Traffic {
  readonly chunk: Stored | Failure | null;
  readonly upKbps: number | Failure | null;
  readonly downKbps: number | Failure;
}

/** How far one rung of TURN goes. */
export type Relayed =
  | { readonly kind: "echo"; readonly ms: number; readonly link: Link }
  | { readonly kind: "no-echo" }
  | { readonly kind: "no-address"; readonly said: string };

/** Live view straight to a gateway. `untried`: it is too busy, or older than this page. */
export type Direct =
  | { readonly kind: "connected"; readonly ms: number }
  /** `ports`: which it may take; null: any, as far as it says. */
  | { readonly kind: "closed"; readonly host: string; readonly addresses: readonly string[]; readonly ports: string | null }
  | ({ readonly kind: "refused" } & Failure)
  | { readonly kind: "untried" };

export interface Ice {
  /** Addresses of this machine as the STUN server sees them. */
  readonly seen: readonly string[];
  readonly rungs: Readonly<Record<Rung, Relayed>>;
}

/** Whether this browser plays what recorders make. */
export interface Codec {
  readonly recordings: boolean;
  readonly live: boolean;
}

export interface Facts {
  readonly codec: Codec;
  readonly server?: Server;
  readonly plan?: Plan;
  readonly health?: Reached;
  readonly page?: Reached;
  /** By echoes over HTTPS. */
  readonly link?: Link;
  readonly traffic?: Traffic;
  /** null: this browser has no WebRTC. */
  readonly direct?: Direct | null;
  /** null: this browser has no WebRTC. */
  readonly ice?: Ice | null;
}
