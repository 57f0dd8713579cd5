/**
 * The right to watch one screen recording: opened at the server, renewed while somebody looks, and ended. What a
 * renewal brings is handed on; a lease that was lost (a laptop that slept) is opened anew.
 */

import { problemOf } from "../api/problem";
import type { components } from "../api/schema";
import type { TurnServer } from "./leg";
import type { Rung } from "./rung";

/** What is in the way of the recorder, on one rung or on all of them. */
export interface Obstacle {
  readonly code: components["schemas"]["ObstacleCode"];
  /** As the recorder puts it, in English. */
  readonly text: string;
  readonly rung?: Rung | null | undefined;
}

/** What the recorder says of its part of the way. */
export interface RecorderReport {
  readonly state: "connecting" | "live" | "off";
  readonly rung?: Rung | null | undefined;
  /** A sentence; all that an older recorder says of it. */
  readonly why?: string | undefined;
  readonly obstacles?: readonly Obstacle[] | undefined;
  readonly rtt_ms?: number | null | undefined;
}

export type CallState = "recording" | "paused" | "acw" | "ended";

/** As the server gives it. */
export interface LiveView {
  readonly id: string;
  /** These two are null once it has ended. */
  readonly whep_url: string | null;
  readonly token: string | null;
  readonly turn: TurnServer | null;
  readonly state: CallState;
  readonly recorder: RecorderReport | null;
}

export interface LiveApi<V extends LiveView> {
  open(): Promise<V>;
  renew(id: string): Promise<V>;
  /** Has to go out even while the page is being left. */
  end(id: string): void;
}

/** Often, for a renewal also tells that the call pauses: the server itself would be content with every 20 s. */
const RENEW_MS = 2500;
/** When nobody answers; twice as long each time, but no longer than the second. */
const RETRY_MS = 2000;
const MOST_RETRY_MS = 10_000;
/** As long as the server keeps one that nobody renews: after it nobody is known to be allowed to look. */
const LEASE_MS = 60_000;
const LOST = new Set([404, 409, 410]);

interface LeaseEvents<V> {
  /** A first view, or another one than before. */
  readonly opened: (view: V) => void;
  readonly renewed: (view: V) => void;
  /** No renewal came through while it lasted; it is asked for on. */
  readonly lapsed: () => void;
  /** It cannot be had, and asking again by oneself makes no sense. */
  readonly refused: (error: unknown) => void;
}

export class Lease<V extends LiveView> {
  private view: V | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private lapse: ReturnType<typeof setTimeout> | null = null;
  private retryMs = RETRY_MS;
  private isOver = false;

  constructor(
    private readonly api: LiveApi<V>,
    private readonly events: LeaseEvents<V>,
  ) {
    void this.open();
  }

  /** Ask now instead of when it is due: something seems to have changed. */
  hurry(): void {
    if (this.view !== null && this.timer !== null) this.later(0);
  }

  end(): void {
    this.isOver = true;
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.lapse !== null) clearTimeout(this.lapse);
    if (this.view !== null) this.api.end(this.view.id);
    this.view = null;
  }

  private async open(): Promise<void> {
    try {
      const view = await this.api.open();
      if (this.over()) {
        this.api.end(view.id);
        return;
      }
      this.hold(view);
      this.events.opened(view);
    } catch (error) {
      if (!this.over()) this.events.refused(error);
    }
  }

  private async renew(): Promise<void> {
    const { view } = this;
    if (view === null) return;
    try {
      const renewed = await this.api.renew(view.id);
      if (this.over()) return;
      this.hold(renewed);
      this.events.renewed(renewed);
    } catch (error) {
      if (this.over()) return;
      const { status, retryable } = problemOf(error);
      if (LOST.has(status)) {
        this.view = null;
        await this.open();
      } else if (retryable || status === 0) {
        this.later(this.retryMs);
        this.retryMs = Math.min(2 * this.retryMs, MOST_RETRY_MS);
      } else this.events.refused(error);
    }
  }

  private hold(view: V): void {
    this.view = view;
    this.retryMs = RETRY_MS;
    this.later(RENEW_MS);
    if (this.lapse !== null) clearTimeout(this.lapse);
    this.lapse = setTimeout(this.events.lapsed, LEASE_MS);
  }

  private later(ms: number): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.renew();
    }, ms);
  }

  /** Asked after every wait: it may have ended meanwhile. */
  private over(): boolean {
    return this.isOver;
  }
}
