/** A driver with the news of its loading: frames as they come, and trouble that may pass. */

import type { DriverEvent, DriverSample, MediaDriver } from "../engine/driver";
import type { LoadNews } from "./load-news";

export class WatchedDriver implements MediaDriver {
  constructor(
    private readonly inner: MediaDriver,
    private readonly news: LoadNews,
  ) {}

  play(): void {
    this.inner.play();
  }

  pause(): void {
    this.inner.pause();
  }

  seek(mediaMs: number): void {
    this.inner.seek(mediaMs);
  }

  setRate(rate: number): void {
    this.inner.setRate(rate);
  }

  sample(): DriverSample {
    return { ...this.inner.sample(), trouble: this.news.trouble };
  }

  subscribe(listener: (event: DriverEvent) => void): () => void {
    const stops = [
      this.inner.subscribe(listener),
      this.news.listen((frames) => {
        listener(frames === null ? { kind: "change" } : { kind: "frames", ...frames });
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }
}
