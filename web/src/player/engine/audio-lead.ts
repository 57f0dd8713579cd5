/** The call recording as master: position ⇄ audio time, and whether it can lead at an instant. */

import type { Monotonic } from "./clock";
import type { DriverEvent, DriverSample, MediaDriver, MediaFault } from "./driver";
import { HeardSpeed } from "./heard-speed";
import type { AudioTrack } from "./timeline";
import { audioCovers } from "./timeline";

/** Standing still, sound this near is at the right place: pausing an element moves it by a little. */
const PLACED_MS = 25;
/**
 * Elements report a little progress at once and then stand until sound really comes out (about 100 ms in Chromium):
 * only beyond this is it running.
 */
const MOVING_MS = 30;
/** The element may end a little before the duration that the server computed. */
const END_SLACK_MS = 250;

export class AudioLead {
  private running = false;
  private startedAtMs = 0;
  private track: AudioTrack | null = null;
  private readonly speed = new HeardSpeed();
  private readonly unsubscribe: () => void;

  constructor(
    private readonly driver: MediaDriver,
    private readonly now: Monotonic,
    onEvent: (event: DriverEvent) => void,
  ) {
    this.unsubscribe = driver.subscribe(onEvent);
  }

  retime(track: AudioTrack | null): void {
    this.track = track;
  }

  get positionMs(): number {
    return (this.track?.startMs ?? 0) + this.sample.mediaMs;
  }

  get fault(): MediaFault | null {
    return this.sample.fault;
  }

  /** Audio takes a moment from play() to the first sample; followers wait for it. */
  get isMoving(): boolean {
    return this.running && this.sample.mediaMs > this.startedAtMs + MOVING_MS;
  }

  get isStarved(): boolean {
    const sample = this.sample;
    return sample.seeking || (!sample.ready && !sample.ended);
  }

  /** Has sound for this position, so it is the master there. */
  leadsAt(positionMs: number): boolean {
    const sample = this.sample;
    if (sample.fault !== null || !audioCovers(this.track, positionMs)) return false;
    return !(sample.ended && positionMs >= this.positionMs - END_SLACK_MS);
  }

  isReadyAt(positionMs: number): boolean {
    if (!this.leadsAt(positionMs)) return true;
    return this.sample.ready && !this.sample.seeking;
  }

  /** Stand at a position, or at the beginning if that is still to come. */
  place(positionMs: number): void {
    this.stop();
    if (this.track === null) return;
    const target = Math.max(0, positionMs - this.track.startMs);
    if (target < this.track.durationMs && Math.abs(this.sample.mediaMs - target) > PLACED_MS) this.driver.seek(target);
  }

  isPlacedAt(positionMs: number): boolean {
    return Math.abs(this.positionMs - positionMs) <= 60 && !this.isStarved;
  }

  run(): void {
    if (this.running) return;
    this.running = true;
    this.startedAtMs = this.sample.mediaMs;
    this.driver.play();
  }

  stop(): void {
    if (this.running) this.driver.pause();
    this.running = false;
    this.speed.settle();
  }

  setRate(rate: number): void {
    this.speed.change(rate, this.now(), this.isMoving);
    this.driver.setRate(rate);
  }

  /** The speed of the sound that comes out now; after `setRate` it takes a moment to change. */
  get heardRate(): number {
    return this.speed.at(this.now(), this.sample.mediaMs);
  }

  detach(): void {
    this.unsubscribe();
  }

  private get sample(): DriverSample {
    return this.driver.sample();
  }
}
