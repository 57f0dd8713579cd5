/**
 * The player: one position on the presentation timeline, led by the call audio where there is any and by a virtual
 * clock elsewhere, followed by the picture. Someone outside turns it with tick(); it knows no page and no timer.
 *
 * Starting, seeking and skipping all go the same way: everything stands at the new place (waiting), and when
 * everything that is needed there is ready, it runs together.
 */

import { AudioLead } from "./audio-lead";
import type { Monotonic } from "./clock";
import { VirtualClock } from "./clock";
import type { DriverEvent, MediaDriver, MediaFault } from "./driver";
import { ScreenFollower } from "./screen-follower";
import { land, step } from "./skip";
import type { PlayerEvent, PlayerState } from "./state";
import { transition } from "./state";
import type { SyncReport } from "./sync-meter";
import { SyncMeter } from "./sync-meter";
import type { ScreenTrack, Span, Timeline } from "./timeline";
import { screenAt, spanAt } from "./timeline";

/** Something may be out of breath this long before everything stops for it. */
export const STALL_GRACE_MS = 400;
/** At the live edge, this much must have arrived before playback goes on. */
export const LIVE_MARGIN_MS = 1000;
export const MIN_RATE = 0.5;
export const MAX_RATE = 3;

export type WaitReason = "media" | "live" | "pause";

/** What the page shows. A new object only when something in it changed; the position is read apart. */
export interface Snapshot {
  readonly state: PlayerState;
  readonly master: "audio" | "clock";
  readonly screenId: string | null;
  readonly span: Span | null;
  readonly waitingFor: WaitReason | null;
  readonly durationMs: number;
  readonly live: boolean;
  readonly rate: number;
  readonly screenShown: boolean;
  readonly audioFault: MediaFault | null;
  readonly screenFault: MediaFault | null;
  /** The browser refused to play without a gesture, or something else stopped it. */
  readonly stopped: boolean;
}

const NO_TIMELINE: Timeline = { originWallMs: 0, durationMs: 0, live: false, screens: [], audio: null };

export class PlayerEngine {
  private timeline = NO_TIMELINE;
  private state: PlayerState = "idle";
  private held = 0;
  private rate = 1;
  private choice: string | null = null;
  private shown = true;
  private stopped = false;
  private leading = false;
  private starvedSince: number | null = null;
  private waitingFor: WaitReason | null = null;
  private audio: AudioLead | null = null;
  private readonly screens = new Map<string, ScreenFollower>();
  private readonly clock: VirtualClock;
  private readonly meter = new SyncMeter();
  private readonly listeners = new Set<() => void>();
  private snapshot: Snapshot;

  constructor(private readonly now: Monotonic) {
    this.clock = new VirtualClock(now);
    this.snapshot = this.look();
  }

  // --- what it plays

  /** Set or replace the timeline; playback goes on where it is. */
  load(timeline: Timeline): void {
    this.timeline = timeline;
    for (const track of timeline.screens) this.screens.get(track.id)?.retime(track.spans, timeline.originWallMs);
    this.audio?.retime(timeline.audio);
    this.move("load");
    this.publish();
  }

  /** A driver may come before its track is in the timeline, and stays until the returned way out is taken. */
  attachAudio(driver: MediaDriver): () => void {
    const audio = new AudioLead(driver, this.onDriver);
    audio.retime(this.timeline.audio);
    audio.setRate(this.rate);
    this.audio = audio;
    this.regroup();
    return () => {
      audio.detach();
      if (this.audio !== audio) return;
      this.audio = null;
      this.regroup();
    };
  }

  attachScreen(id: string, driver: MediaDriver): () => void {
    const follower = new ScreenFollower(driver, this.now, this.onDriver);
    const track = this.timeline.screens.find((screen) => screen.id === id);
    follower.retime(track?.spans ?? [], this.timeline.originWallMs);
    this.screens.set(id, follower);
    this.regroup();
    return () => {
      follower.detach();
      if (this.screens.get(id) === follower) this.screens.delete(id);
    };
  }

  // --- what the reviewer asks

  play(): void {
    this.stopped = false;
    if (!this.timeline.live && this.positionMs >= this.timeline.durationMs) this.standAt(this.landed(0));
    this.move("play");
    this.tick();
  }

  pause(): void {
    this.audio?.stop(); // first, so that the position read is the one it stands on
    this.standAt(this.positionMs);
    this.move("pause");
    this.publish();
  }

  toggle(): void {
    if (this.state === "playing" || this.state === "waiting") this.pause();
    else this.play();
  }

  seek(positionMs: number): void {
    const limit = this.timeline.live ? this.liveLimitMs : this.timeline.durationMs;
    this.standAt(this.landed(Math.max(0, Math.min(limit, positionMs))));
    this.move("seek");
    this.tick();
  }

  /** Move by playable time. */
  step(deltaMs: number): void {
    this.seek(step(this.track?.spans ?? [], this.positionMs, deltaMs, this.timeline.durationMs));
  }

  seekToLive(): void {
    this.seek(this.liveLimitMs);
  }

  setRate(rate: number): void {
    this.rate = Math.max(MIN_RATE, Math.min(MAX_RATE, rate));
    this.clock.setRate(this.rate);
    this.audio?.setRate(this.rate);
    this.publish();
  }

  showScreen(shown: boolean): void {
    this.shown = shown;
    this.regroup();
  }

  /** Look at one agent's screen, or null for the one that fits the moment. */
  chooseScreen(id: string | null): void {
    this.choice = id;
    this.regroup();
  }

  // --- what the page reads

  get positionMs(): number {
    if (this.state !== "playing") return this.held;
    const at = this.leading && this.audio ? this.audio.positionMs : this.clock.positionMs;
    return Math.max(0, Math.min(this.timeline.durationMs, at));
  }

  get wallMs(): number {
    return this.timeline.originWallMs + this.positionMs;
  }

  get syncErrorMs(): number | null {
    return this.meter.lastMs;
  }

  syncReport(): SyncReport {
    return this.meter.report();
  }

  getSnapshot = (): Snapshot => this.snapshot;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  // --- the turning of the wheel

  /** Call often (each animation frame) while playing, and now and then otherwise. */
  tick(): void {
    if (this.state === "playing") this.tickPlaying();
    else if (this.state === "waiting") this.tickWaiting();
    else if (this.state === "loading" && this.isReady(this.held)) this.move("loaded");
    this.publish();
  }

  private tickPlaying(): void {
    const positionMs = this.positionMs;
    const landing = land(this.track?.spans ?? [], positionMs);
    if (landing.kind === "hold" || landing.positionMs !== positionMs) return this.waitAt(landing.positionMs, "seek");
    if (positionMs >= this.timeline.durationMs) return this.atEnd(positionMs);
    if (!this.handOver(positionMs)) return this.waitAt(positionMs, "stall");
    const starved = this.followScreen(positionMs) || (this.leading && this.audio?.isStarved === true);
    if (!starved) this.starvedSince = null;
    else if (this.starvedSince === null) this.starvedSince = this.now();
    else if (this.now() - this.starvedSince > STALL_GRACE_MS) this.waitAt(positionMs, "stall");
  }

  private tickWaiting(): void {
    const landing = land(this.track?.spans ?? [], this.held);
    if (landing.positionMs !== this.held) this.standAt(landing.positionMs);
    if (!this.timeline.live && this.held >= this.timeline.durationMs) return this.atEnd(this.held);
    const follower = this.follower;
    if (land(this.track?.spans ?? [], this.held + 1).kind === "hold") this.waitingFor = "pause";
    else if (this.timeline.live && this.needsLive(this.held)) this.waitingFor = "live";
    else if (!this.isReady(this.held)) {
      this.waitingFor = "media";
      if (follower?.isReadyAt(this.held) === false) follower.place(this.held);
    } else this.runFrom(this.held);
  }

  private runFrom(positionMs: number): void {
    this.waitingFor = null;
    this.starvedSince = null;
    this.clock.run(positionMs);
    this.leading = false;
    this.move("resume");
    if (this.handOver(positionMs)) return;
    this.standAt(positionMs);
    this.move("stall");
  }

  /** Choose the master for this instant. False when the audio should lead and is not in place yet. */
  private handOver(positionMs: number): boolean {
    const should = this.audio?.leadsAt(positionMs) === true;
    if (should === this.leading) return true;
    if (should && this.audio) {
      if (!this.audio.isPlacedAt(positionMs)) return false;
      this.leading = true;
      this.audio.run();
    } else {
      this.leading = false;
      this.audio?.stop();
      this.clock.run(positionMs);
    }
    return true;
  }

  private followScreen(positionMs: number): boolean {
    const active = this.shown ? this.follower : null;
    for (const follower of this.screens.values()) if (follower !== active) follower.stop();
    if (active === null || (this.leading && this.audio?.isMoving === false)) return false;
    const { errorMs, starved } = active.follow(positionMs, this.rate);
    if (errorMs !== null) this.meter.add(errorMs);
    return starved;
  }

  private atEnd(positionMs: number): void {
    if (this.timeline.live) return this.waitAt(positionMs, "stall");
    this.standAt(this.timeline.durationMs);
    this.move("finish");
  }

  private waitAt(positionMs: number, event: "seek" | "stall"): void {
    this.standAt(positionMs);
    this.move(event);
    this.tickWaiting();
  }

  /** Everything stands still here. */
  private standAt(positionMs: number): void {
    this.held = positionMs;
    this.leading = false;
    this.starvedSince = null;
    this.waitingFor = null;
    this.clock.hold(positionMs);
    this.audio?.place(positionMs);
    for (const [id, follower] of this.screens) {
      if (this.shown && id === this.track?.id) follower.place(positionMs);
      else follower.stop();
    }
  }

  /** Tracks came, went or were chosen: stand and start again together. */
  private regroup(): void {
    this.standAt(this.positionMs);
    if (this.state === "playing") this.move("seek");
    this.tick();
  }

  private isReady(positionMs: number): boolean {
    const audioReady = this.audio === null ? this.timeline.audio === null : this.audio.isReadyAt(positionMs);
    return audioReady && (!this.shown || (this.follower?.isReadyAt(positionMs) ?? true));
  }

  private needsLive(positionMs: number): boolean {
    const margin = this.waitingFor === "live" ? LIVE_MARGIN_MS : 0;
    const follower = this.shown ? this.follower : null;
    return positionMs + margin >= this.timeline.durationMs || follower?.isBeyondEdge(positionMs + margin) === true;
  }

  /** As near to now as there is something to see, with a margin to run on. */
  private get liveLimitMs(): number {
    const track = screenAt(this.timeline.screens, this.timeline.durationMs - 1, this.choice);
    const edge = track ? this.screens.get(track.id)?.edgeMs : undefined;
    const end = edge !== undefined && track?.spans.at(-1)?.open === true ? edge : this.timeline.durationMs;
    return Math.max(0, end - 2 * LIVE_MARGIN_MS);
  }

  private landed(positionMs: number): number {
    return land(screenAt(this.timeline.screens, positionMs, this.choice)?.spans ?? [], positionMs).positionMs;
  }

  private get track(): ScreenTrack | null {
    return screenAt(this.timeline.screens, this.positionMs, this.choice);
  }

  private get follower(): ScreenFollower | null {
    const track = this.track;
    return track === null ? null : (this.screens.get(track.id) ?? null);
  }

  private onDriver = (event: DriverEvent): void => {
    if (event.kind === "stopped") {
      if (this.state === "playing" || this.state === "waiting") {
        this.stopped = true;
        this.pause();
      }
      return;
    }
    if (event.kind === "fragments" && this.state !== "playing") this.follower?.place(this.held);
    this.tick();
  };

  private move(event: PlayerEvent): void {
    this.state = transition(this.state, event);
  }

  private look(): Snapshot {
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
      audioFault: this.audio?.fault ?? null,
      screenFault: this.follower?.fault ?? null,
      stopped: this.stopped,
    };
  }

  private publish(): void {
    const next = this.look();
    const keys = Object.keys(next) as (keyof Snapshot)[];
    if (keys.every((key) => next[key] === this.snapshot[key])) return;
    this.snapshot = next;
    for (const listener of this.listeners) listener();
  }
}
