/** What loading tells besides the bytes: the frames of a segment, and whether the network is there. */

import type { MediaFault } from "../engine/driver";
import type { CodedFrame } from "../engine/picture-frames";

export interface LoadedFrames {
  readonly mediaStartMs: number;
  readonly frames: readonly CodedFrame[];
}

export class LoadNews {
  /** What cannot be loaded now; it is tried again until it can. */
  trouble: MediaFault | null = null;
  private readonly known = new Map<number, LoadedFrames>();
  private readonly listeners = new Set<(frames: LoadedFrames | null) => void>();

  /** Called at once with all frames that are known, then with each news; null: only `trouble` changed. */
  listen(listener: (frames: LoadedFrames | null) => void): () => void {
    for (const frames of this.known.values()) listener(frames);
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  loaded(mediaStartMs: number, frames: readonly CodedFrame[]): void {
    if (frames.length === 0) return;
    const news = { mediaStartMs, frames };
    this.known.set(Math.round(mediaStartMs), news);
    for (const listener of this.listeners) listener(news);
  }

  setTrouble(trouble: MediaFault | null): void {
    if (this.trouble === null && trouble === null) return;
    this.trouble = trouble;
    for (const listener of this.listeners) listener(null);
  }
}
