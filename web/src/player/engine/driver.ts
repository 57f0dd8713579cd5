/** What the engine asks of a media element. The engine owns this contract; drivers adapt to it. */

import type { CodedFrame } from "./picture-frames";
import type { MediaFragment } from "./time-map";

/** A fault that someone can read. */
export interface MediaFault {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** One look at the element, consistent in itself. */
export interface DriverSample {
  readonly mediaMs: number;
  /** Could run on from here at once. */
  readonly ready: boolean;
  readonly seeking: boolean;
  /** At the end of the media, with no more to come. */
  readonly ended: boolean;
  /** Set for good faults only: the driver has given up. */
  readonly fault: MediaFault | null;
  /** Cannot load now, and asks again by itself. What is buffered plays on. */
  readonly trouble?: MediaFault | null;
}

export type DriverEvent =
  | { readonly kind: "fragments"; readonly fragments: readonly MediaFragment[]; readonly complete: boolean }
  | { readonly kind: "frames"; readonly mediaStartMs: number; readonly frames: readonly CodedFrame[] } // of one fragment
  | { readonly kind: "change" } // ready, seeking, ended or fault may have changed
  | { readonly kind: "stopped" }; // the browser wants a gesture first, or something outside paused the element

export interface MediaDriver {
  play(): void;
  pause(): void;
  seek(mediaMs: number): void;
  setRate(rate: number): void;
  sample(): DriverSample;
  /** Called at once with what is already known. Returns the way out. */
  subscribe(listener: (event: DriverEvent) => void): () => void;
}
