/**
 * Watches one screen recording while it goes on: holds the lease, goes down the ladder and up again (`course`), and
 * gives the page a stream that moves, or none. A picture that must not be seen, or that stands still, is not given out.
 */

import { ApiError } from "../api/problem";
import type { Attempt, Standing, Step, Why } from "./course";
import { stepOf } from "./course";
import type { Pace } from "./flow";
import type { CallState, LiveApi, LiveView, RecorderReport } from "./lease";
import { Lease } from "./lease";
import type { Leg, LegOptions } from "./leg";
import type { Rung } from "./rung";
import { isBetter } from "./rung";
import { Watch } from "./watch";

export interface LiveSnapshot<V extends LiveView = LiveView> {
  readonly phase: "opening" | "connecting" | "live" | "paused" | "ended" | "failed";
  readonly attempt: Attempt;
  /** Of the browser's part of the way; null until it is known. */
  readonly rung: Rung | null;
  readonly why: Why | null;
  /** What the gateway said when it refused. */
  readonly fault: unknown;
  /** The newest; kept after the end. */
  readonly view: V | null;
  readonly recorder: RecorderReport | null;
  /** Moves now. Null: cover the picture and show no frame of before. */
  readonly stream: MediaStream | null;
  readonly pace: Pace | null;
  /** Why it cannot be watched at all. */
  readonly error: unknown;
}

/** Or why this browser can make none. */
export type MakeLeg = ((options: LegOptions) => Leg) | "no-webrtc" | "no-h264";

const TICK_MS = 250;
/** A picture that stood still for so long is covered: a pause may be what holds it. */
const COVER_MS = 3000;
const PROBE_EVERY_MS = 60_000;
const PROBE_MS = 6000;
const PROLONG_MS = 20_000;
/** A recorder's report may be left over from before. */
const BELIEVE_MS = 2500;

export class LiveEngine<V extends LiveView = LiveView> {
  private snapshot: LiveSnapshot<V>;
  private lease: Lease<V> | null = null;
  private watch: Watch | null = null;
  /** A second connection, to see whether a better way is open by now. */
  private probe: Watch | null = null;
  private probedAtMs = 0;
  private timer: ReturnType<typeof setInterval> | null = null;
  private isTicking = false;
  private state: CallState = "recording";
  private prolongedAtMs = 0;
  private diedAtMs: number | null = null;
  /** Since when the recorder says that it cannot send. */
  private offAtMs: number | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly api: LiveApi<V>,
    private readonly makeLeg: MakeLeg,
  ) {
    const why = typeof makeLeg === "string" ? makeLeg : null;
    const attempt = why === null ? "any" : "https";
    const nothing = { rung: null, fault: null, view: null, recorder: null, stream: null, pace: null, error: null };
    this.snapshot = { phase: "opening", attempt, why, ...nothing };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getSnapshot = (): LiveSnapshot<V> => this.snapshot;

  start(): void {
    if (this.lease !== null) return;
    this.show({ phase: "opening", error: null, view: null });
    this.timer = setInterval(() => void this.tick(), TICK_MS);
    this.lease = new Lease(this.api, {
      opened: (view) => {
        this.drop();
        this.state = "paused"; // so that what goes on, begins
        this.show({ phase: "connecting" });
        this.use(view);
      },
      renewed: (view) => {
        this.use(view);
        this.prolong(view.token);
      },
      // Such as while the session has ended and its dialog is open: what is buffered must not be seen either.
      lapsed: () => {
        this.drop();
        this.state = "paused";
        this.show({ phase: "opening", stream: null, pace: null });
      },
      refused: (error) => {
        this.stop();
        this.show({ phase: "failed", error });
      },
    });
  }

  /** Leave it: nothing of the picture stays. */
  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.lease?.end();
    this.lease = null;
    this.drop();
    this.show({ stream: null, pace: null });
  }

  /** How the call is by now, whoever read it; `recorder` undefined: not known from there. */
  told(state: CallState, recorder?: RecorderReport | null): void {
    if (this.lease === null || this.snapshot.view === null) return;
    const was = this.state;
    this.state = state;
    if (recorder !== undefined) this.hear(recorder);
    if (state === "ended") {
      this.stop();
      this.show({ phase: "ended" });
    } else if (state === "paused") {
      this.closeProbe();
      this.show({ phase: "paused", stream: null, pace: null });
    } else if (was === "paused") this.goOn();
  }

  private use(view: V): void {
    this.show({ view });
    this.told(view.state, view.recorder);
  }

  /** The sessions at the gateway, too. One that cannot be prolonged ends, and is then made anew. */
  private prolong(token: string | null): void {
    if (token === null || performance.now() - this.prolongedAtMs < PROLONG_MS) return;
    this.prolongedAtMs = performance.now();
    for (const watch of [this.watch, this.probe]) watch?.leg.renew(token).catch(() => undefined);
  }

  private hear(recorder: RecorderReport | null): void {
    const isOff = recorder !== null && (recorder.state === "off" || recorder.rung === "https");
    if (!isOff && this.offAtMs !== null) this.probedAtMs = -PROBE_EVERY_MS; // it can again: see at once
    this.offAtMs = isOff ? (this.offAtMs ?? performance.now()) : null;
    this.show({ recorder });
  }

  /** Capturing began, or goes on after a pause. */
  private goOn(): void {
    const { attempt } = this.snapshot;
    const { watch } = this;
    this.diedAtMs = null;
    this.offAtMs = null;
    if (attempt === "https" || watch === null || watch.leg.state === "broken") {
      this.attempt(attempt);
      return;
    }
    watch.begin();
    this.show({ phase: "connecting" });
  }

  private attempt(attempt: Attempt): void {
    const isLast = attempt === "https";
    this.drop();
    this.watch = isLast ? null : this.connect(attempt === "relay");
    this.probedAtMs = performance.now();
    this.show({ phase: isLast ? "live" : "connecting", attempt, rung: isLast ? "https" : null, stream: null, pace: null });
  }

  private connect(relayOnly: boolean): Watch | null {
    const { view } = this.snapshot;
    if (typeof this.makeLeg === "string" || view === null || view.whep_url === null || view.token === null) return null;
    return new Watch(this.makeLeg({ whepUrl: view.whep_url, token: view.token, turn: view.turn, relayOnly }));
  }

  private async tick(): Promise<void> {
    if (this.isTicking || !this.isCapturing()) return;
    this.isTicking = true;
    try {
      if (this.watch !== null) await this.look(this.watch);
      if (this.isCapturing()) await this.lookForBetter();
    } finally {
      this.isTicking = false;
    }
  }

  private async look(watch: Watch): Promise<void> {
    await watch.look();
    if (watch !== this.watch || !this.isCapturing()) return;
    const isMoving = watch.hasMovedWithin(COVER_MS);
    this.show({
      phase: isMoving ? "live" : "connecting",
      rung: watch.flow.rung,
      stream: isMoving ? watch.leg.stream : null,
      pace: isMoving ? watch.pace : null,
    });
    const step = stepOf(this.standing(watch));
    if (step !== null) this.take(step, watch);
    else if (watch.askWhy() && watch.frameAtMs !== null) this.lease?.hurry(); // it stopped: is it paused?
  }

  private standing({ leg, sinceMs, connectedAtMs, frameAtMs, isPublishing }: Watch): Standing {
    const nowMs = performance.now();
    const { attempt, view } = this.snapshot;
    const recorderCannot = this.offAtMs !== null && nowMs - this.offAtMs >= BELIEVE_MS;
    const isRefused = leg.fault instanceof ApiError;
    const hasTurn = view !== null && view.turn !== null;
    const { diedAtMs } = this;
    return { nowMs, attempt, sinceMs, leg: leg.state, isRefused, connectedAtMs, frameAtMs, hasTurn, isPublishing, recorderCannot, diedAtMs };
  }

  private take(step: NonNullable<Step>, { leg }: Watch): void {
    if (step.died) this.diedAtMs = performance.now();
    this.attempt(step.to);
    this.show({ why: step.why ?? this.snapshot.why, fault: step.why === "refused" ? leg.fault : null });
  }

  /** On a lower rung: from time to time whether a better one is open by now. */
  private async lookForBetter(): Promise<void> {
    const { attempt, rung } = this.snapshot;
    const { probe } = this;
    if (probe === null) {
      const isLow = attempt === "https" || (rung !== null && rung !== "direct");
      const nowMs = performance.now();
      if (!isLow || this.offAtMs !== null || nowMs - this.probedAtMs < PROBE_EVERY_MS) return;
      this.probedAtMs = nowMs;
      this.probe = this.connect(false);
      return;
    }
    await probe.look();
    if (probe !== this.probe) return;
    const { frames, rung: found } = probe.flow;
    if (frames > 0 && found !== null && (rung === null || isBetter(found, rung))) {
      this.probe = null;
      this.drop();
      this.watch = probe;
      this.show({ attempt: "any", why: null, fault: null, rung: found });
    } else if (probe.leg.state === "broken" || frames > 0 || performance.now() - probe.sinceMs >= PROBE_MS) this.closeProbe();
  }

  private isCapturing(): boolean {
    return this.lease !== null && (this.state === "recording" || this.state === "acw");
  }

  private drop(): void {
    this.watch?.leg.close();
    this.watch = null;
    this.closeProbe();
  }

  private closeProbe(): void {
    this.probe?.leg.close();
    this.probe = null;
  }

  private show(change: Partial<LiveSnapshot<V>>): void {
    const changed = Object.entries(change).some(([name, value]) => this.snapshot[name as keyof LiveSnapshot] !== value);
    if (!changed) return;
    this.snapshot = { ...this.snapshot, ...change };
    for (const listener of this.listeners) listener();
  }
}
