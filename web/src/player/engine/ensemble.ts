/**
 * The media that play together: the call audio and one follower per screen recording. Owns which are there, and which
 * screen is only joining; decides nothing about time or state.
 */

import { AudioLead } from "./audio-lead";
import type { Monotonic } from "./clock";
import type { DriverEvent, MediaDriver, MediaFault } from "./driver";
import { PictureFrames } from "./picture-frames";
import type { Following } from "./screen-follower";
import { ScreenFollower } from "./screen-follower";
import type { Timeline } from "./timeline";

/** A screen that joins in mid play is placed this far ahead, which is about what it takes to get ready. */
const JOIN_AHEAD_MS = 600;
/** It is waited for, without stopping the others, for so long; then it counts like the others. */
const JOIN_PATIENCE_MS = 10_000;
const NOTHING: Following = { errorMs: null, starved: false };

/** Takes its place in the running play. */
interface Joining {
  readonly sinceMs: number;
  placed: boolean;
}

export class Ensemble {
  audio: AudioLead | null = null;
  private readonly screens = new Map<string, ScreenFollower>();
  private readonly drivers = new Map<string, MediaDriver>();
  private readonly frames = new Map<string, PictureFrames>();
  private readonly joining = new Map<string, Joining>();
  private audioDriver: MediaDriver | null = null;

  constructor(
    private readonly now: Monotonic,
    private readonly onDriver: (event: DriverEvent) => void,
  ) {}

  addAudio(driver: MediaDriver, timeline: Timeline, rate: number): AudioLead {
    const audio = new AudioLead(driver, this.now, this.onDriver);
    audio.retime(timeline.audio);
    audio.setRate(rate);
    this.audio = audio;
    this.audioDriver = driver;
    return audio;
  }

  /** False when another one has taken its place already. */
  dropAudio(audio: AudioLead): boolean {
    audio.detach();
    if (this.audio !== audio) return false;
    this.audio = null;
    this.audioDriver = null;
    return true;
  }

  addScreen(id: string, driver: MediaDriver, timeline: Timeline, inMidPlay: boolean): ScreenFollower {
    const follower = new ScreenFollower(driver, this.now, this.onDriver);
    const track = timeline.screens.find((screen) => screen.id === id);
    follower.retime(track?.spans ?? [], timeline.originWallMs);
    const frames = new PictureFrames(driver);
    frames.retime(track?.spans ?? [], timeline.originWallMs);
    this.frames.get(id)?.detach();
    this.frames.set(id, frames);
    this.screens.set(id, follower);
    this.drivers.set(id, driver);
    if (inMidPlay) this.joining.set(id, { sinceMs: this.now(), placed: false });
    return follower;
  }

  dropScreen(id: string, follower: ScreenFollower): void {
    follower.detach();
    if (this.screens.get(id) !== follower) return;
    this.screens.delete(id);
    this.frames.get(id)?.detach();
    this.frames.delete(id);
    this.drivers.delete(id);
    this.joining.delete(id);
  }

  retime(timeline: Timeline): void {
    for (const { id, spans } of timeline.screens) {
      this.screens.get(id)?.retime(spans, timeline.originWallMs);
      this.frames.get(id)?.retime(spans, timeline.originWallMs);
    }
    this.audio?.retime(timeline.audio);
  }

  follower(id: string | null): ScreenFollower | null {
    return id === null ? null : (this.screens.get(id) ?? null);
  }

  framesOf(id: string | null): PictureFrames | null {
    return id === null ? null : (this.frames.get(id) ?? null);
  }

  /** All stand still at a position; screens that are not shown only stop. */
  place(positionMs: number, shownId: string | null): void {
    this.joining.clear();
    this.audio?.place(positionMs);
    for (const [id, follower] of this.screens) {
      if (id === shownId) follower.place(positionMs);
      else follower.stop();
    }
  }

  /** One screen keeps up with the master, the others stop. Null: none is shown. */
  follow(shownId: string | null, positionMs: number, rate: number): Following {
    for (const [id, follower] of this.screens) if (id !== shownId) follower.stop();
    const follower = this.follower(shownId);
    if (shownId === null || follower === null) return NOTHING;
    const joining = this.joining.get(shownId);
    if (joining && !this.joined(joining, follower, positionMs, rate)) return NOTHING;
    this.joining.delete(shownId);
    return follower.follow(positionMs, rate);
  }

  /** What keeps some of it from loading now. */
  trouble(shownId: string | null): MediaFault | null {
    const screen = shownId === null ? undefined : this.drivers.get(shownId);
    return screen?.sample().trouble ?? this.audioDriver?.sample().trouble ?? null;
  }

  private joined(joining: Joining, follower: ScreenFollower, positionMs: number, rate: number): boolean {
    if (this.now() - joining.sinceMs > JOIN_PATIENCE_MS) return true;
    if (!joining.placed) {
      if (follower.edgeMs > 0) {
        follower.place(positionMs + JOIN_AHEAD_MS * rate);
        joining.placed = true;
      }
      return false;
    }
    return follower.isReadyAt(positionMs);
  }
}
