/**
 * The turning of the wheel: what is done with each tick in each state. Owns the position, who leads it, and the state;
 * `player.ts` is the face of it, `course.ts` says where to go, `ensemble.ts` has the media.
 *
 * Starting, seeking and skipping all go the same way: everything stands at the new place (waiting), and when
 * everything that is needed there is ready, it runs together.
 */

import type { Monotonic } from "./clock";
import { VirtualClock } from "./clock";
import { Course } from "./course";
import type { DriverEvent } from "./driver";
import { Ensemble } from "./ensemble";
import type { Snapshot, WaitReason } from "./snapshot";
import type { PlayerEvent, PlayerState } from "./state";
import { transition } from "./state";
import { SyncMeter } from "./sync-meter";
import type { ScreenTrack, Timeline } from "./timeline";
import { spanAt } from "./timeline";

/** Something may be out of breath this long before everything stops for it. */
export const STALL_GRACE_MS = 400;
/** At the live edge, this much must have arrived before playback goes on. */
export const LIVE_MARGIN_MS = 1000;

export class Wheel {
  readonly course = new Course();
  readonly media: Ensemble;
  readonly clock: VirtualClock;
  readonly meter = new SyncMeter();
  state: PlayerState = "idle";
  /** Where everything stands, unless it is playing. */
  held = 0;
  rate = 1;
  shown = true;
  stopped = false;
  gated = false;
  private leading = false;
  private starvedSince: number | null = null;
  private waitingFor: WaitReason | null = null;
  private lastMs = 0;

  constructor(
    private readonly now: Monotonic,
    private readonly onDriver: (event: DriverEvent) => void,
  ) {
    this.clock = new VirtualClock(now);
    this.media = new Ensemble(now, (event) => {
      this.onDriver(event);
    });
  }

  get timeline(): Timeline {
    return this.course.timeline;
  }

  get positionMs(): number {
    if (this.state !== "playing") return this.held;
    const { audio } = this.media;
    const at = this.leading && audio ? audio.positionMs : this.clock.positionMs;
    return Math.max(0, Math.min(this.timeline.durationMs, at));
  }

  /** Time really goes on now; sound takes a moment from the order to the first sample. */
  get isMoving(): boolean {
    return this.state === "playing" && (!this.leading || this.media.audio?.isMoving === true);
  }

  get isLedByClock(): boolean {
    return this.state === "playing" && !this.leading;
  }

  get track(): ScreenTrack | null {
    return this.course.trackAt(this.positionMs);
  }

  get shownId(): string | null {
    return this.shown ? (this.track?.id ?? null) : null;
  }

  /** As near to now as there is something to see, with a margin to run on. */
  get liveLimitMs(): number {
    const track = this.course.trackAt(this.timeline.durationMs - 1);
    const edge = track ? this.media.follower(track.id)?.edgeMs : undefined;
    const end = edge !== undefined && track?.spans.at(-1)?.open === true ? edge : this.timeline.durationMs;
    return Math.max(0, end - 2 * LIVE_MARGIN_MS);
  }

  move(event: PlayerEvent): void {
    this.state = transition(this.state, event);
  }

  turn(): void {
    if (this.state === "playing") this.turnPlaying();
    else if (this.state === "waiting") this.turnWaiting();
    else if (this.state === "loading" && this.isReady(this.held)) this.move("loaded");
  }

  /** Everything stands still here. */
  standAt(positionMs: number): void {
    this.held = positionMs;
    this.leading = false;
    this.starvedSince = null;
    this.waitingFor = null;
    this.clock.hold(positionMs);
    this.media.place(positionMs, this.shownId);
  }

  waitAt(positionMs: number, event: "seek" | "stall"): void {
    this.standAt(positionMs);
    this.move(event);
    this.turnWaiting();
  }

  look(): Snapshot {
    const track = this.track;
    return {
      state: this.state,
      master: this.leading ? "audio" : "clock",
      screenId: track?.id ?? null,
      span: track ? spanAt(track.spans, this.positionMs) : null,
      waitingFor: this.state === "waiting" ? this.waitingFor : null,
      durationMs: this.timeline.durationMs,
      live: this.timeline.live,
      rate: this.rate,
      screenShown: this.shown,
      loop: this.course.loop,
      audioFault: this.media.audio?.fault ?? null,
      screenFault: this.media.follower(track?.id ?? null)?.fault ?? null,
      trouble: this.media.trouble(this.shownId),
      stopped: this.stopped,
    };
  }

  private turnPlaying(): void {
    const { positionMs } = this;
    const from = this.lastMs;
    this.lastMs = positionMs;
    const onward = this.course.onward(from, positionMs);
    if (onward !== null) return this.waitAt(onward, "seek");
    if (positionMs >= this.timeline.durationMs) return this.atEnd(positionMs);
    if (!this.handOver(positionMs)) return this.waitAt(positionMs, "stall");
    const starved = this.followScreen(positionMs) || (this.leading && this.media.audio?.isStarved === true);
    if (!starved) this.starvedSince = null;
    else if (this.starvedSince === null) this.starvedSince = this.now();
    else if (this.now() - this.starvedSince > STALL_GRACE_MS) this.waitAt(positionMs, "stall");
  }

  private turnWaiting(): void {
    const landed = this.course.landed(this.held);
    if (landed !== this.held) this.standAt(landed);
    if (!this.timeline.live && this.held >= this.timeline.durationMs) return this.atEnd(this.held);
    if (this.course.isHeldAt(this.held)) this.waitingFor = "pause";
    else if (this.timeline.live && this.needsLive(this.held)) this.waitingFor = "live";
    else if (!this.isReady(this.held)) {
      this.waitingFor = "media";
      const follower = this.media.follower(this.shownId);
      if (follower?.isReadyAt(this.held) === false) follower.place(this.held);
    } else if (this.gated) this.waitingFor = null;
    else this.runFrom(this.held);
  }

  private runFrom(positionMs: number): void {
    this.waitingFor = null;
    this.starvedSince = null;
    this.lastMs = positionMs;
    this.clock.run(positionMs);
    this.leading = false;
    this.move("resume");
    if (this.handOver(positionMs)) return;
    this.standAt(positionMs);
    this.move("stall");
  }

  /** Choose the master for this instant. False when the audio should lead and is not in place yet. */
  private handOver(positionMs: number): boolean {
    const { audio } = this.media;
    const should = audio?.leadsAt(positionMs) === true;
    if (should === this.leading) return true;
    if (should && audio) {
      if (!audio.isPlacedAt(positionMs)) return false;
      this.leading = true;
      audio.run();
    } else {
      this.leading = false;
      audio?.stop();
      this.clock.run(positionMs);
    }
    return true;
  }

  private followScreen(positionMs: number): boolean {
    const { audio } = this.media;
    if (this.leading && audio?.isMoving === false) return false;
    const rate = this.leading && audio ? audio.heardRate : this.rate;
    const { errorMs, starved } = this.media.follow(this.shownId, positionMs, rate);
    if (errorMs !== null) this.meter.add(errorMs);
    return starved;
  }

  private atEnd(positionMs: number): void {
    if (this.timeline.live) return this.waitAt(positionMs, "stall");
    this.standAt(this.timeline.durationMs);
    this.move("finish");
  }

  private isReady(positionMs: number): boolean {
    const { audio } = this.media;
    const audioReady = audio === null ? this.timeline.audio === null : audio.isReadyAt(positionMs);
    return audioReady && (this.media.follower(this.shownId)?.isReadyAt(positionMs) ?? true);
  }

  private needsLive(positionMs: number): boolean {
    const margin = this.waitingFor === "live" ? LIVE_MARGIN_MS : 0;
    const beyond = this.media.follower(this.shownId)?.isBeyondEdge(positionMs + margin) === true;
    return positionMs + margin >= this.timeline.durationMs || beyond;
  }
}
