/**
 * The player: one position on the presentation timeline, led by the call audio where there is any and by a virtual
 * clock elsewhere, followed by the picture. Someone outside turns it with tick(); it knows no page and no timer.
 * This is its face: what a page asks of it and reads from it.
 */

import type { Monotonic } from "./clock";
import type { DriverEvent, MediaDriver } from "./driver";
import { Published } from "./published";
import type { Stretch } from "./skip";
import type { Loop, Snapshot } from "./snapshot";
import type { SyncReport } from "./sync-meter";
import type { Timeline } from "./timeline";
import { Wheel } from "./wheel";

export type { Loop, Snapshot, WaitReason } from "./snapshot";
export { LIVE_MARGIN_MS, STALL_GRACE_MS } from "./wheel";

export const MIN_RATE = 0.5;
export const MAX_RATE = 3;
/** How far a step by one frame goes where the frames are not known. */
export const FRAME_MS = 200;

export class PlayerEngine {
  private readonly wheel: Wheel;
  private readonly published: Published;

  constructor(now: Monotonic) {
    this.wheel = new Wheel(now, this.onDriver);
    this.published = new Published(this.wheel.look());
  }

  // --- what it plays

  /** Set or replace the timeline; playback goes on where it is. */
  load(timeline: Timeline): void {
    this.wheel.course.timeline = timeline;
    this.wheel.media.retime(timeline);
    this.wheel.move("load");
    this.publish();
  }

  /** A driver may come before its track is in the timeline, and stays until the returned way out is taken. */
  attachAudio(driver: MediaDriver): () => void {
    const { media, timeline, rate } = this.wheel;
    const audio = media.addAudio(driver, timeline, rate);
    this.regroup();
    return () => {
      if (media.dropAudio(audio)) this.regroup();
    };
  }

  /** A screen that comes while the call plays joins in without stopping it. */
  attachScreen(id: string, driver: MediaDriver): () => void {
    const { media, timeline, state } = this.wheel;
    const inMidPlay = state === "playing" && media.follower(id) === null;
    const follower = media.addScreen(id, driver, timeline, inMidPlay);
    if (!inMidPlay) this.regroup();
    return () => {
      media.dropScreen(id, follower);
    };
  }

  // --- what the reviewer asks

  play(): void {
    const { wheel } = this;
    wheel.stopped = false;
    if (!wheel.timeline.live && wheel.positionMs >= wheel.timeline.durationMs) wheel.standAt(wheel.course.landed(0));
    wheel.move("play");
    this.tick();
  }

  pause(): void {
    this.wheel.media.audio?.stop(); // first, so that the position read is the one it stands on
    this.wheel.standAt(this.positionMs);
    this.wheel.move("pause");
    this.publish();
  }

  toggle(): void {
    if (this.isRunning) this.pause();
    else this.play();
  }

  seek(positionMs: number): void {
    const { timeline, liveLimitMs, course } = this.wheel;
    const limit = timeline.live ? liveLimitMs : timeline.durationMs;
    this.wheel.standAt(course.landed(Math.max(0, Math.min(limit, positionMs))));
    this.wheel.move("seek");
    this.tick();
  }

  /** Move by playable time. */
  step(deltaMs: number): void {
    this.seek(this.wheel.course.stepFrom(this.positionMs, deltaMs));
  }

  /** Stand on the next frame, or on the one before. */
  stepFrame(direction: 1 | -1): void {
    if (this.isRunning) this.pause();
    const { media, track, held } = this.wheel;
    const beside = media.framesOf(track?.id ?? null)?.beside(held, direction) ?? null;
    if (beside === null) this.step(direction * FRAME_MS);
    else this.seek(beside);
  }

  seekToLive(): void {
    this.seek(this.wheel.liveLimitMs);
  }

  setRate(rate: number): void {
    const { wheel } = this;
    wheel.rate = Math.max(MIN_RATE, Math.min(MAX_RATE, rate));
    wheel.clock.setRate(wheel.rate);
    wheel.media.audio?.setRate(wheel.rate);
    this.publish();
  }

  /** While hidden, nothing is asked of the picture; shown again, it joins in. */
  showScreen(shown: boolean): void {
    this.wheel.shown = shown;
    if (this.wheel.state === "playing") this.tick();
    else this.regroup();
  }

  /** Look at one agent's screen, or null for the one that fits the moment. */
  chooseScreen(id: string | null): void {
    this.wheel.course.choice = id;
    this.regroup();
  }

  setLoop(loop: Loop | null): void {
    this.wheel.course.loop = loop;
    this.publish();
  }

  /** Stretches that playback leaves out, because nothing happens in them. Standing in one is allowed. */
  leaveOut(stretches: readonly Stretch[]): void {
    this.wheel.course.leftOut = stretches;
  }

  // --- what another player asks, whose clock this one keeps with

  /** Closed: everything is made ready, and nothing runs until it opens. */
  gate(closed: boolean): void {
    const { wheel } = this;
    if (wheel.gated === closed) return;
    wheel.gated = closed;
    if (closed && wheel.state === "playing") wheel.waitAt(wheel.positionMs, "stall");
    this.tick();
  }

  /** The other player is here now: take its position over, where this one's own clock leads. */
  align(positionMs: number): void {
    if (this.wheel.isLedByClock) this.wheel.clock.run(positionMs);
  }

  // --- what the page reads

  get positionMs(): number {
    return this.wheel.positionMs;
  }

  get wallMs(): number {
    return this.wheel.timeline.originWallMs + this.positionMs;
  }

  /** Wants to run, though it may be waiting for something. */
  get isRunning(): boolean {
    return this.wheel.state === "playing" || this.wheel.state === "waiting";
  }

  /** Time really goes on now. */
  get isMoving(): boolean {
    return this.wheel.isMoving;
  }

  /** Picture minus master, in the reviewer's time. */
  get syncErrorMs(): number | null {
    return this.wheel.meter.lastMs;
  }

  syncReport(): SyncReport {
    return this.wheel.meter.report();
  }

  /** Where the picture stands still, as far as it was loaded. */
  stillStretches(): readonly Stretch[] {
    const { media, track } = this.wheel;
    return media.framesOf(track?.id ?? null)?.stillStretches() ?? [];
  }

  getSnapshot = (): Snapshot => this.published.current;

  subscribe = (listener: () => void): (() => void) => this.published.subscribe(listener);

  /** Call often (each animation frame) while playing, and now and then otherwise. */
  tick(): void {
    this.wheel.turn();
    this.publish();
  }

  /** Tracks came, went or were chosen: stand and start again together. */
  private regroup(): void {
    this.wheel.standAt(this.positionMs);
    if (this.wheel.state === "playing") this.wheel.move("seek");
    this.tick();
  }

  private onDriver = (event: DriverEvent): void => {
    const { wheel } = this;
    if (event.kind === "stopped") {
      if (!this.isRunning) return;
      wheel.stopped = true;
      this.pause();
      return;
    }
    if (event.kind === "fragments" && wheel.state !== "playing") wheel.media.follower(wheel.shownId)?.place(wheel.held);
    this.tick();
  };

  private publish(): void {
    this.published.offer(this.wheel.look());
  }
}
